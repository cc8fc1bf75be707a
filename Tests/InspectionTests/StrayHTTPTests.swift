import Bytes
import Rules
import TestSupport
import Testing
import Verdicts
import WebSocket

@testable import Inspection

/// HTTP in a stream that was upgraded is no frame, and nothing that can be a frame is taken for it.
@Suite struct StrayHTTPTests {
    private static let answer = Array("HTTP/1.1 502 Bad Gateway\r\nServer: edge/2.1\r\nContent-Length: 4\r\n\r\ngone".utf8)
    private static let request = Array("GET /health HTTP/1.1\r\nHost: example.com\r\n\r\n".utf8)

    private static func talk(_ side: Side, _ bytes: [UInt8]) -> Conversation {
        var conversation = Conversation.upgraded()
        conversation.frame(.client, 0x81, Array("one".utf8))
        conversation.frame(.server, 0x81, Array("two".utf8))
        conversation.say(side, bytes)
        return conversation
    }

    private static func expect(_ side: Side, _ bytes: [UInt8], named name: String, cut: @escaping () -> Int) {
        let conversation = talk(side, bytes)
        let recording = Recording.of(conversation.packets(conversation.pieces(cut: cut)))
        guard let seen = recording.connections.first else { return #expect(Bool(false), "no connection") }
        #expect(recording.faults == [])
        #expect(recording.connections.count == 1)
        for side in [Side.client, .server] { #expect(seen[side] == conversation.expected[side]) }
        #expect(seen.findings.filter { $0 == .httpInsteadOfFrames }.count == 1)
        #expect(seen.findings.allSatisfy { $0 == .httpInsteadOfFrames || $0 == .closeMissing })
        #expect(seen.verdict?.cause == .http)
        #expect(seen.verdict?.text.contains("HTTP instead of frames (\(name) in packet") == true)
    }

    @Test("a response after frames is HTTP, however it is cut", arguments: 1...40)
    func response(size: Int) { Self.expect(.server, Self.answer, named: "502 Bad Gateway") { size } }

    @Test("a request after frames is HTTP, however it is cut", arguments: 1...40)
    func request(size: Int) { Self.expect(.client, Self.request, named: "GET request") { size } }

    @Test("a head that is cut at random, or never ends, is HTTP all the same")
    func random() {
        var random = SeededRandom(14)
        for _ in 0..<50 {
            let kept = Int.random(in: 26...Self.answer.count, using: &random)
            let isWhole = kept >= Self.answer.count - 4
            Self.expect(.server, Array(Self.answer.prefix(kept)), named: isWhole ? "502 Bad Gateway" : "response") {
                Int.random(in: 1...30, using: &random)
            }
        }
    }

    @Test("the first bytes after the 101 can be HTTP")
    func first() {
        var conversation = Conversation.upgraded()
        conversation.say(.server, Self.answer)
        let recording = Recording.of(conversation.packets())
        #expect(recording.connections.first?.findings.first == .httpInsteadOfFrames)
        #expect(recording.connections.first?.server.frames.isEmpty == true)
    }

    @Test("frames that begin like HTTP stay frames", arguments: 1...20)
    func nearMisses(size: Int) {
        var conversation = Conversation.upgraded()
        // 0x41 and 0x42: the first fragment of a compressed message, and 0x48 'H' a broken Close that is not HTTP.
        conversation.frame(.server, 0x82, Self.answer)
        conversation.frame(.server, 0x81, Self.answer)
        conversation.frame(.client, 0x82, Self.request)
        conversation.frame(.client, 0x81, Self.request)
        conversation.frame(.server, 0x48, Array("TP/1".utf8) + [UInt8](repeating: 0x20, count: 80))
        conversation.frame(.server, 0x47, Array("T /".utf8) + [UInt8](repeating: 0x20, count: 66))
        conversation.frame(.client, 0x47, Array("T / HTTP/1.1\r\n".utf8) + [UInt8](repeating: 0x20, count: 55))
        let recording = Recording.of(conversation.packets(conversation.pieces { size }))
        #expect(recording.connections.first?.findings.contains(.httpInsteadOfFrames) == false)
        #expect(recording.connections.first?.server.frames.count == 4)
        #expect(recording.connections.first?.client.frames.count == 3)
    }

    @Test("bytes that a status line only begins, and what follows belies, are frames", arguments: [7, 8, 11, 12])
    func belied(count: Int) {
        var bytes = Array(Self.answer.prefix(count)) + [UInt8](repeating: 0, count: 100)
        if count == 12 { bytes[12] = 0x01 }
        let conversation = Self.talk(.server, bytes)
        for size in [1, 3, 1_448] {
            let recording = Recording.of(conversation.packets(conversation.pieces { size }))
            #expect(recording.connections.first?.findings.contains(.httpInsteadOfFrames) == false)
            #expect(recording.connections.first?.findings.contains(.controlFragmented) == true)
        }
    }
}
