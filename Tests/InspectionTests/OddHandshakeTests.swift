import Bytes
import HTTP
import Inspection
import Rules
import TestSupport
import Testing
import Verdicts
import WebSocket

/// Handshakes that break the rules of HTTP, and are read as far as it can be told what they are.
@Suite struct OddHandshakeTests {
    private static let request = String(decoding: Conversation.request, as: UTF8.self)
    private static let response = String(decoding: Conversation.response, as: UTF8.self)

    /// A handshake of these heads, a text and a Close each way.
    private static func talk(_ request: String = request, _ response: String = response) -> Conversation {
        var conversation = Conversation()
        conversation.say(.client, Array(request.utf8))
        conversation.say(.server, Array(response.utf8))
        conversation.frame(.client, 0x81, Array("one".utf8))
        conversation.frame(.server, 0x81, Array("two".utf8))
        conversation.frame(.client, 0x88, [0x03, 0xe8])
        conversation.frame(.server, 0x88, [0x03, 0xe8])
        return conversation
    }

    private static func expect(_ conversation: Conversation, _ findings: [Rule], packets: [[UInt8]]? = nil) {
        let recording = Recording.of(packets ?? conversation.packets())
        #expect(recording.faults == [])
        #expect(recording.connections.count == 1)
        guard let seen = recording.connections.first else { return }
        #expect(seen.connection.status == .open)
        for side in Side.allCases {
            #expect(seen[side].frames.map(\.placeless) == conversation.expected[side]?.frames.map(\.placeless))
        }
        #expect(seen.findings == findings)
    }

    // MARK: Heads out of the grammar

    @Test(
        "a malformed line of the answer is a finding, and frames are read",
        arguments: [
            response.replacing("\r\n\r\n", with: "\r\nfoo\r\n\r\n"), response.replacing("\r\n\r\n", with: "\r\n: foo\r\n\r\n"),
            response.replacing("Upgrade: w", with: " Upgrade: w"), response.replacing("HTTP", with: "http"),
            response.replacing("101", with: "0101"),
        ])
    func answer(_ response: String) { Self.expect(Self.talk(Self.request, response), [.headMalformed]) }

    @Test(
        "a malformed line of the request is a finding, and the connection is read",
        arguments: [
            request.replacing("\r\n\r\n", with: "\r\nfoo\r\n\r\n"), request.replacing("\r\n\r\n", with: "\r\n: foo\r\n\r\n"),
            request.replacing("Host:", with: " Host:"), request.replacing("HTTP", with: "http"),
        ])
    func question(_ request: String) { Self.expect(Self.talk(request), [.headMalformed]) }

    @Test("an answer whose status cannot be read is a finding, unless it may answer a request that is missing")
    func unread() {
        let conversation = Self.talk(Self.request, Self.response.replacing("101", with: "1O1"))
        let recording = Recording.of(conversation.packets())
        #expect(recording.faults == [])
        #expect(recording.connections.map(\.connection.status) == [.unanswered])
        #expect(recording.connections.first?.findings == [.headMalformed])
        #expect(recording.connections.first?.verdict?.text.contains("a first line that cannot be read") == true)
        var later = Conversation()
        later.say(.client, Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        later.say(.server, Array("HTTP/1.1 204 No Content\r\n\r\n".utf8))
        later.say(.client, Conversation.request)
        later.say(.server, Array("HTTP/1.1 1O1 Switching\r\n\r\n".utf8))
        let lost = later.pieces().filter { $0.payload.count != 27 }
        let findings = Recording.of(later.packets(lost)).connections.flatMap(\.findings)
        #expect(!findings.contains(.headMalformed))
    }

    // MARK: Long heads

    @Test("fields beyond the limit are left out, nothing is missed in them, and frames are read")
    func manyFields() {
        let fields = (0..<1_200).map { "X-\($0): \($0)\r\n" }.joined()
        let end = Self.response.replacing("HTTP/1.1 101 Switching Protocols\r\n", with: "")
        Self.expect(Self.talk(Self.request, "HTTP/1.1 101 Switching Protocols\r\n\(fields)\(end)"), [.headLimit])
    }

    @Test("an answer longer than the limit is said to be that")
    func longAnswer() throws {
        var options = Inspector.Options()
        options.limits.headByteCount = 1_000
        let long = Self.response.replacing("\r\n\r\n", with: "\r\nX: \(String(repeating: "x", count: 2_000))\r\n\r\n")
        let recording = Recording.of(Self.talk(Self.request, long).packets(), options)
        let seen = try #require(recording.connections.first)
        #expect(seen.findings == [.headLimit])
        #expect(seen.verdict?.text.contains("longer than the limit") == true)
        #expect(seen.verdict?.unknown == .answer)
        #expect(recording.summary.unreadAnswers == 1)
    }

    // MARK: HTTP after the answer

    @Test(
        "a client that sends HTTP after a good answer sends no frame, and the server's frames are read", arguments: ["GET", "POST", "FOO"])
    func stillHTTP(method: String) throws {
        var conversation = Conversation.upgraded()
        conversation.frame(.server, 0x81, Array("one".utf8))
        conversation.say(.client, Array("\(method) / HTTP/1.1\r\nHost: example.com\r\n\r\n".utf8))
        conversation.frame(.server, 0x81, Array("two".utf8))
        conversation.frame(.server, 0x88, [0x03, 0xea])
        let recording = Recording.of(conversation.packets())
        #expect(recording.faults == [])
        #expect(recording.connections.count == 1)
        let seen = try #require(recording.connections.first)
        #expect(seen.findings.filter { $0 == .httpInsteadOfFrames }.count == 1)
        #expect(seen.server == conversation.expected[.server])
        #expect(seen.verdict?.cause == .http)
    }

    @Test("a client that was given reason not to take the answer for an upgrade goes on with HTTP, and nobody is blamed for that")
    func notUpgraded() {
        var conversation = Conversation()
        for _ in 1...2 {
            conversation.say(.client, Conversation.request)
            conversation.say(.server, Array("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n".utf8))
        }
        let recording = Recording.of(conversation.packets())
        #expect(recording.connections.map(\.verdict?.manner).first == .notUpgraded)
        #expect(recording.connections.count == 2)
        #expect(!recording.connections.flatMap(\.findings).contains(.httpInsteadOfFrames))
    }

    // MARK: The content of a request

    @Test(
        "frames begin after the content of the request, wherever that comes",
        arguments: [("Content-Length: 5", "hello"), ("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n")], 0...2)
    func content(_ body: (field: String, bytes: String), place: Int) {
        let request = Self.request.replacing("\r\n\r\n", with: "\r\n\(body.field)\r\n\r\n")
        var conversation = Conversation()
        conversation.say(.client, Array((request + (place == 0 ? body.bytes : "")).utf8))
        if place == 1 { conversation.say(.client, Array(body.bytes.utf8)) }
        conversation.say(.server, Conversation.response)
        if place == 2 { conversation.say(.client, Array(body.bytes.utf8)) }
        conversation.frame(.client, 0x81, Array("one".utf8))
        conversation.frame(.client, 0x88, [0x03, 0xe8])
        conversation.frame(.server, 0x88, [0x03, 0xe8])
        for size in [1, 3, 10_000] {
            Self.expect(conversation, [], packets: conversation.packets(conversation.pieces { size }))
        }
    }

    @Test("content that is announced and never sent takes nothing away from the frames")
    func contentMissing() {
        Self.expect(Self.talk(Self.request.replacing("\r\n\r\n", with: "\r\nContent-Length: 5\r\n\r\n")), [])
    }

    @Test("after content that cannot be read, frames are looked for")
    func contentBroken() {
        var conversation = Conversation()
        conversation.say(.client, Array(Self.request.replacing("\r\n\r\n", with: "\r\nTransfer-Encoding: chunked\r\n\r\nnonsense").utf8))
        conversation.say(.server, Conversation.response)
        for number in 0..<6 as Range<UInt8> {
            conversation.frame(.client, 0x82, [number])
            conversation.frame(.server, 0x82, [number])
        }
        let recording = Recording.of(conversation.packets())
        #expect(recording.faults == [])
        #expect(recording.connections.count == 1)
        #expect(recording.connections.first?.client.frames.count == 6)
        #expect(recording.connections.first?.server.frames.count == 6)
    }

    // MARK: Early data

    @Test("what comes before the answer that refuses is early, what comes after it is not", arguments: [true, false])
    func early(isEarly: Bool) {
        var conversation = Conversation()
        conversation.say(.client, Conversation.request)
        let frame = Conversation.frame(0x81, Array("hi".utf8), key: [1, 2, 3, 4])
        if isEarly { conversation.say(.client, frame) }
        conversation.say(.server, Array("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".utf8))
        if !isEarly { conversation.say(.client, frame) }
        let recording = Recording.of(conversation.packets())
        #expect(recording.faults == [])
        #expect(recording.connections.map(\.connection.status) == [.refused])
        #expect(recording.connections.first?.findings == (isEarly ? [.requestEarlyData] : []))
    }
}
