import Bytes
import HTTP
import Inspection
import Packets
import Rules
import TestSupport
import Testing
import Verdicts
import WebSocket

/// What comes with the status that refuses an upgrade.
@Suite struct RefusalTests {
    private static let page = "<html>\r\n<h1>Not here</h1>\r\n</html>\r\n"
    private static let chunked =
        "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n8;x=y\r\n<html>\r\n\r\n1C\r\n<h1>Not here</h1>\r\n</html>\r\n\r\n0\r\n\r\n"

    private static func counted(_ body: String, status: String = "403 Forbidden") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func refused(_ answer: String, behind more: (inout Conversation) -> Void = { _ in }) -> Conversation {
        var conversation = Conversation()
        conversation.say(.client, Conversation.request)
        conversation.say(.server, Array(answer.utf8))
        more(&conversation)
        return conversation
    }

    private static func body(_ recording: Recording) throws -> RefusalBody {
        #expect(recording.faults == [])
        let seen = try #require(recording.connections.first)
        #expect(seen.connection.status == .refused)
        #expect(seen.verdict?.manner == .refused)
        return try #require(seen.connection.refusalBody)
    }

    private static func limited(to count: Int) -> Inspector.Options {
        var options = Inspector.Options()
        options.limits.refusalByteCount = count
        return options
    }

    @Test("the body comes with its connection, counted or chunked, however its packets are cut", arguments: [1, 2, 7, 30, 1_448])
    func whole(size: Int) throws {
        for answer in [Self.counted(Self.page), Self.chunked] {
            let conversation = Self.refused(answer)
            let body = try Self.body(.of(conversation.packets(conversation.pieces { size })))
            #expect(body == RefusalBody(bytes: Array(Self.page.utf8), length: 36))
        }
    }

    @Test("a body without a length ends with its connection")
    func untilClose() throws {
        let answer = "HTTP/1.0 502 Bad Gateway\r\n\r\nno upstream"
        let conversation = Self.refused(answer)
        #expect(try Self.body(.of(conversation.packets())) == RefusalBody(bytes: Array("no upstream".utf8), length: 11))
        let open = conversation.packets(conversation.pieces(closes: false))
        #expect(try Self.body(.of(open)) == RefusalBody(bytes: Array("no upstream".utf8), length: nil, isComplete: false))
    }

    @Test("an answer that has no body is told at once", arguments: ["204 No Content", "304 Not Modified", "403 Forbidden"])
    func none(status: String) throws {
        let length = status.hasPrefix("403") ? "Content-Length: 0\r\n" : ""
        let conversation = Self.refused("HTTP/1.1 \(status)\r\n\(length)\r\n") { conversation in
            conversation.say(.client, Conversation.request)
            conversation.say(.server, Conversation.response)
        }
        let recording = Recording.of(conversation.packets())
        #expect(try Self.body(recording) == RefusalBody(bytes: [], length: 0))
        #expect(recording.connections.map(\.connection.status) == [.refused, .open])
    }

    @Test("a body that stops early is shown as far as it came, and said not to be complete")
    func brokenOff() throws {
        let counted = Self.refused("HTTP/1.1 403 Forbidden\r\nContent-Length: 50\r\n\r\nonly this")
        #expect(try Self.body(.of(counted.packets())) == RefusalBody(bytes: Array("only this".utf8), length: 50, isComplete: false))
        let malformed = Self.refused("HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nonly\r\nthis")
        #expect(try Self.body(.of(malformed.packets())) == RefusalBody(bytes: Array("only".utf8), length: nil, isComplete: false))
    }

    @Test("of a long body the beginning is kept, and the attempt is told of before the end of it")
    func long() throws {
        let text = String(repeating: "0123456789", count: 50)
        let answer = "HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n1F4\r\n\(text)\r\n"
        // A stream that goes on for ever: no last chunk, no FIN.
        let conversation = Self.refused(answer) { $0.say(.server, Array("5\r\nagain\r\n".utf8)) }
        let pieces = conversation.pieces(closes: false) { 60 }
        let kept = Array(text.utf8.prefix(100))
        #expect(
            try Self.body(.of(conversation.packets(pieces), Self.limited(to: 100)))
                == RefusalBody(bytes: kept, length: nil, isCut: true))
        #expect(
            try Self.body(.of(Self.refused(Self.counted(text)).packets(), Self.limited(to: 100)))
                == RefusalBody(bytes: kept, length: 500, isCut: true))
        let exact = Self.refused(Self.counted(text))
        #expect(try Self.body(.of(exact.packets(), Self.limited(to: 500))) == RefusalBody(bytes: Array(text.utf8), length: 500))
    }

    @Test("bytes missing from a body end what is shown of it, and the next upgrade is still found")
    func hole() throws {
        let conversation = Self.refused(Self.counted(Self.page)) { conversation in
            conversation.say(.client, Conversation.request)
            conversation.say(.server, Conversation.response)
            conversation.frame(.server, 0x81, Array("hello".utf8))
        }
        var pieces = conversation.pieces { 60 }
        let head = Self.counted(Self.page).utf8.count - Self.page.utf8.count
        let lost = try #require(pieces.indices.filter { pieces[$0].side == .server && !pieces[$0].payload.isEmpty }.dropFirst().first)
        #expect(head < 60)
        pieces.remove(at: lost)
        let recording = Recording.of(conversation.packets(pieces))
        let body = try Self.body(recording)
        #expect(body == RefusalBody(bytes: Array(Self.page.utf8.prefix(60 - head)), length: 36, isComplete: false))
        #expect(recording.connections.map(\.connection.status) == [.refused, .open])
        #expect(recording.connections.last?.server.frames.count == 1)
    }

    @Test("a granted upgrade, and an ordinary answer, have no such body")
    func others() {
        var conversation = Conversation()
        conversation.say(.client, Array("GET /poll HTTP/1.1\r\nHost: example.com\r\n\r\n".utf8))
        conversation.say(.server, Array(Self.counted(Self.page, status: "200 OK").utf8))
        conversation.say(.client, Conversation.request)
        conversation.say(.server, Conversation.response)
        let recording = Recording.of(conversation.packets())
        #expect(recording.connections.map(\.connection.status) == [.open])
        #expect(recording.connections.first?.connection.refusalBody == nil)
    }

    @Test("what is kept of a body counts among the waiting bytes, and stays within them")
    func memory() throws {
        let text = String(repeating: "x", count: 3_000)
        let conversation = Self.refused("HTTP/1.1 403 Forbidden\r\nContent-Length: 9000\r\n\r\n\(text)")
        var most = 0
        let packets = conversation.packets(conversation.pieces(closes: false) { 500 })
        _ = Recording.of(packets) { most = max(most, $0) }
        #expect(most == 3_000)
        var options = Inspector.Options()
        options.limits.totalByteCount = 100
        let body = try Self.body(.of(packets, options))
        #expect(body.bytes.count == 1_024)
        #expect(body.isCut)
    }
}
