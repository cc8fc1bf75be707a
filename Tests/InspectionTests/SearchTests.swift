import Bytes
import Inspection
import Packets
import TestSupport
import Testing
import WebSocket

/// What is found without a handshake: WebSocket where it is, and nothing where it is not.
@Suite struct SearchTests {
    // MARK: What is no WebSocket

    /// Segments of one direction each, in turn, of a connection joined midway.
    private static func joined(_ segments: [(side: Side, bytes: [UInt8])], port: UInt16 = 49_152) -> [[UInt8]] {
        var conversation = Conversation()
        conversation.client.port = port
        conversation.server.port = 9_999
        for segment in segments { conversation.say(segment.side, segment.bytes) }
        return conversation.packets(conversation.pieces(opens: false, closes: false, cut: { 60_000 }))
    }

    @Test("random bytes are no frames, in segments of any size", arguments: SeededRandom.seeds)
    func randomBytes(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<300 {
            let largest = [4, 16, 64, 300, 1_448].randomElement(using: &random) ?? 16
            let segments = (0..<30).map { _ in
                (side: Bool.random(using: &random) ? Side.client : .server, bytes: random.bytes(.random(in: 1...largest, using: &random)))
            }
            #expect(Recording.of(Self.joined(segments)).connections.isEmpty)
        }
    }

    /// Messages of other protocols, as a side sends them again and again.
    private static let foreign: [(name: String, client: [UInt8], server: [UInt8])] = [
        // SUBSCRIBE is 82 and a length, as a binary frame's header is; SUBACK answers it.
        ("MQTT", [0x82, 0x0A, 0, 1, 0, 5, 0x61, 0x2F, 0x62, 0x2F, 0x63, 0], [0x90, 3, 0, 1, 0]),
        ("MQTT pings", [0xC0, 0], [0xD0, 0]),
        ("DNS", [0, 0x1D, 0x81, 0x80, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 0x77, 0x77, 0x77, 0], [0, 4, 0x82, 0x02, 0x41, 0x42]),
        ("TLS application data", [0x17, 3, 3, 0, 4, 1, 2, 3, 4], [0x17, 3, 3, 0, 2, 0x82, 0]),
        (
            "memcached", [0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x61],
            [0x81, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x61]
        ),
        ("PostgreSQL", [0x42, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0], [0x32, 0, 0, 0, 4, 0x43, 0, 0, 0, 6, 0x41, 0]),
        ("MySQL", [1, 0, 0, 0, 0x0E], [7, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]),
        ("a row of zeros", [UInt8](repeating: 0, count: 64), [UInt8](repeating: 0, count: 128)),
        ("small numbers", [1, 0, 0, 0, 2, 0, 0, 0], [0x82, 0, 0, 0, 0x81, 0, 0, 0]),
        ("16-bit numbers", [0x82, 0, 0x82, 0, 0x82, 0, 0x82, 0], [0x8A, 0, 0x8A, 0]),
        ("a type and a length", [0x89, 4, 1, 2, 3, 4], [0x8A, 2, 5, 6]),
        ("text", Array("AUTH LOGIN\r\n".utf8), Array("250 Accepted\r\n".utf8)),
    ]

    @Test("other protocols that are joined midway are no WebSocket", arguments: foreign.indices)
    func foreignProtocols(index: Int) {
        let (name, client, server) = Self.foreign[index]
        for (there, back) in [(1, 1), (1, 0), (0, 1), (3, 1)] {
            var segments: [(side: Side, bytes: [UInt8])] = []
            for _ in 0..<40 {
                segments += Array(repeating: (side: Side.client, bytes: client), count: there)
                segments += Array(repeating: (side: Side.server, bytes: server), count: back)
            }
            #expect(Recording.of(Self.joined(segments)).connections.isEmpty, "\(name), \(there) to \(back)")
        }
    }

    // MARK: What is

    @Test("one side of a connection is enough, when its frames are of more than one kind", arguments: [Side.client, .server])
    func oneSide(side: Side) {
        var random = SeededRandom(3)
        var conversation = Conversation()
        for number in 0..<12 {
            let key = random.bytes(4)
            conversation.frame(side, 0x81, Array("{\"price\":\(number)}".utf8), key: key)
        }
        let pieces = conversation.pieces(opens: false, closes: false).filter { !$0.payload.isEmpty }
        let recording = Recording.of(conversation.packets(pieces))
        #expect(recording.connections.map(\.connection.status) == [.inferred])
        #expect(recording.connections.first?[side] == conversation.expected[side])
    }

    @Test("behind a gap amid large binary messages the next frames are found, and none before", arguments: SeededRandom.seeds)
    func behindGap(seed: UInt64) throws {
        var random = SeededRandom(seed)
        for kind in 0..<3 {
            var conversation = Conversation.upgraded()
            for _ in 0..<5 {
                let payload = (0..<20_000).map { place in
                    kind == 0 ? UInt8(truncatingIfNeeded: random.next()) : kind == 1 ? 0 : UInt8(place % 4 == 0 ? 1 : 0)
                }
                conversation.frame(.server, 0x82, payload)
            }
            conversation.frame(.server, 0x81, Array("and then".utf8))
            conversation.frame(.server, 0x81, Array("there was text".utf8))
            let pieces = conversation.pieces(closes: false)
            let lost = try #require(pieces.firstIndex { $0.side == .server && $0.payload.starts(with: [0x82]) })
            var kept = pieces
            kept.remove(at: lost)
            let frames = conversation.expected[.server]?.frames ?? []
            let shown = try #require(Recording.of(conversation.packets(kept)).connections.first).server.frames
            #expect(shown == Array(frames.dropFirst()), "kind \(kind)")
        }
    }
}
