import Bytes
import Capture
import Channels
import Foundation
import Inspection
import Packets
import TLS
import TestSupport
import Testing
import WebSocket

/// Captures in `fixtures/tls`, through the whole stack: what the network does to packets changes no message, and TLS does not either.
@Suite struct TLSCaptureTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fixtures/tls")

    static let names = [
        "tls13-aes-128-gcm", "tls13-key-updates-many", "tls13-early-data-taken", "tls12-ecdhe-rsa-chacha20",
        "tls12-rsa-aes-128-cbc-sha-mte", "tls12-renegotiated-by-client", "tls10-rsa-aes-256-cbc-sha-mte", "frames-across-records",
        "deflate", "connect",
    ]

    /// A TCP packet of a capture: its header as bytes up to the payload, and the payload.
    private struct Packet {
        var segment: Segment
        var payload: [UInt8]

        func rebuilt(_ range: Range<Int>? = nil) -> [UInt8] {
            let range = range ?? 0..<payload.count
            // FIN and PSH belong to the last piece.
            let flags = range.upperBound == payload.count ? segment.flags : segment.flags.subtracting([.fin, .psh])
            return PacketBuilder.tcp(
                from: segment.source, to: segment.destination, sequence: segment.sequence &+ UInt32(range.lowerBound),
                acknowledgment: segment.acknowledgment, flags: flags, window: segment.window, payload: Array(payload[range]))
        }
    }

    private static func packets(_ name: String) throws -> [Packet] {
        var packets: [Packet] = []
        var reader = try CaptureReader(ByteSource(path: folder.appendingPathComponent("\(name)/capture.pcap").path), name: name)
        var decoder = PacketDecoder()
        while let header = try reader.next() {
            guard case .segment(let segment) = decoder.decode(header, reader.bytes) else { continue }
            packets.append(Packet(segment: segment, payload: reader.bytes.extracting(segment.capturedRange).copied()))
        }
        return packets
    }

    private static func inspect(_ name: String, _ packets: [[UInt8]]) throws -> Recording {
        let store = KeyStore()
        let log = KeyLogReader(into: store, source: store.addSource("keys.txt"))
        let lines = [UInt8](try Data(contentsOf: folder.appendingPathComponent("\(name)/keys.txt")))
        log.take(lines.span)
        log.finish()
        var options = Inspector.Options()
        options.layers = [TLSLayer(store)]
        return Recording.of(packets, options)
    }

    /// The messages of both sides, as they were said.
    private static func said(_ recording: Recording) -> [[[SeenMessage]]] {
        recording.connections.map { [$0.client.messages, $0.server.messages] }
    }

    private static func expectSame(_ name: String, _ packets: [[UInt8]], as whole: Recording, _ comment: Comment) throws {
        let recording = try inspect(name, packets)
        #expect(recording.faults == [], comment)
        #expect(said(recording) == said(whole), comment)
    }

    @Test("segments of one byte, and others", arguments: names)
    func cut(name: String) throws {
        let packets = try Self.packets(name)
        let whole = try Self.inspect(name, packets.map { $0.rebuilt() })
        #expect(whole.connections.count == 1 && Self.said(whole)[0].allSatisfy { !$0.isEmpty })
        for length in [1, 3, 50, 700] {
            let pieces = packets.flatMap { packet in
                packet.payload.isEmpty
                    ? [packet.rebuilt()]
                    : stride(from: 0, to: packet.payload.count, by: length).map { start in
                        packet.rebuilt(start..<min(start + length, packet.payload.count))
                    }
            }
            try Self.expectSame(name, pieces, as: whole, "\(length) bytes")
        }
    }

    @Test("packets twice, at once and later", arguments: names)
    func twice(name: String) throws {
        let packets = try Self.packets(name).map { $0.rebuilt() }
        let whole = try Self.inspect(name, packets)
        try Self.expectSame(name, packets.flatMap { [$0, $0] }, as: whole, "at once")
        let later = packets.indices.flatMap { $0 >= 5 ? [packets[$0], packets[$0 - 5]] : [packets[$0]] }
        try Self.expectSame(name, later, as: whole, "five later")
    }

    @Test("packets of one side in another order", arguments: names)
    func disorder(name: String) throws {
        let packets = try Self.packets(name)
        let whole = try Self.inspect(name, packets.map { $0.rebuilt() })
        for seed in SeededRandom.seeds {
            var random = SeededRandom(seed)
            var order: [Packet] = []
            var pieces = packets.flatMap { packet in
                packet.payload.count < 2
                    ? [packet]
                    : Self.halves(packet, at: .random(in: 1..<packet.payload.count, using: &random))
            }
            // Handshake and end of TCP stay where they are.
            let (first, last) = (pieces.prefix(3), pieces.suffix(6))
            pieces = Array(pieces.dropFirst(3).dropLast(6))
            while !pieces.isEmpty {
                order += pieces.prefix(2).shuffled(using: &random)
                pieces.removeFirst(min(2, pieces.count))
            }
            try Self.expectSame(name, (first + order + last).map { $0.rebuilt() }, as: whole, "seed \(seed)")
        }
    }

    @Test("TLS without content is counted, by who ended it")
    func silence() throws {
        // The handshake of TCP and of TLS, up to the acknowledgement of the server's tickets.
        let packets = try Self.packets("tls13-aes-128-gcm")
        let handshake = packets.prefix(12).map { $0.rebuilt() }
        let acknowledgement = packets[11].segment
        func ending(by flags: TCPFlags, ofServer isServer: Bool) -> [UInt8] {
            let segment = acknowledgement
            return isServer
                ? PacketBuilder.tcp(
                    from: segment.destination, to: segment.source, sequence: segment.acknowledgment, acknowledgment: segment.sequence,
                    flags: flags)
                : PacketBuilder.tcp(
                    from: segment.source, to: segment.destination, sequence: segment.sequence, acknowledgment: segment.acknowledgment,
                    flags: flags)
        }
        let endings: [([[UInt8]], SpokenProtocol?)] = [
            ([ending(by: [.rst, .ack], ofServer: true)], .endedTLS), ([ending(by: [.fin, .ack], ofServer: true)], .endedTLS),
            ([ending(by: [.rst, .ack], ofServer: false)], .silentTLS), ([], .silentTLS),
            (packets.dropFirst(12).map { $0.rebuilt() }, nil),
        ]
        for (rest, expected) in endings {
            let unread = try Self.inspect("tls13-aes-128-gcm", handshake + rest).summary.unread
            for spoken in [SpokenProtocol.endedTLS, .silentTLS] {
                #expect(unread.connections[Int(spoken.rawValue)] == (spoken == expected ? 1 : 0), "\(spoken) of \(rest.count) packets")
            }
        }
    }

    private static func halves(_ packet: Packet, at place: Int) -> [Packet] {
        var (first, second) = (packet, packet)
        first.payload = Array(packet.payload[..<place])
        first.segment.flags.subtract([.fin, .psh])
        second.payload = Array(packet.payload[place...])
        second.segment.sequence &+= UInt32(place)
        return [first, second]
    }
}
