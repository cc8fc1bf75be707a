import Bytes
import Capture
import Foundation
import Inspection
import Packets
import TestSupport
import Testing
import WebSocket

/// The captures in `fixtures/`, with their packets as a careless capture would have them.
@Suite struct FixtureTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("fixtures")

    /// Captures with one packet of each kind only: no stray copies, holes or contradictions of their own.
    private static let names = [
        "aiohttp-plain", "bfinal", "chat", "connect-tunnel", "controls-injected", "deflate-no-takeover", "deflate-one-sided",
        "deflate-takeover-both", "fragments-with-ping", "ipv6-loopback", "killed-server", "large-message", "stream-clean",
        "stream-overlapping", "stream-reordered", "stream-retransmitted", "stream-wrap", "tuple-reused", "upgrade-after-keepalive",
        "upgrade-split", "vlan-qinq", "refused-403", "not-websocket",
    ]

    private struct Packets {
        var headers: [PacketHeader] = []
        var bytes: [[UInt8]] = []
    }

    private static func packets(_ name: String) throws -> Packets {
        var packets = Packets()
        var reader = try CaptureReader(ByteSource(path: folder.appendingPathComponent("\(name)/capture.pcap").path), name: name)
        while let header = try reader.next() {
            packets.headers.append(header)
            packets.bytes.append(reader.bytes.copied())
        }
        return packets
    }

    private static func inspect(_ packets: Packets, _ order: [Int]) -> Recording {
        var recording = Recording()
        var inspector = Inspector()
        for (number, place) in order.enumerated() {
            var header = packets.headers[place]
            header.number = UInt64(number + 1)
            let bytes = packets.bytes[place]
            inspector.inspect(header, bytes.span, into: &recording)
        }
        inspector.finish(into: &recording)
        return recording
    }

    @Test("every packet twice changes no frame and no message", arguments: names)
    func twice(name: String) throws {
        let packets = try Self.packets(name)
        let once = Self.inspect(packets, Array(packets.headers.indices))
        #expect(once.faults == [])
        let twice = Self.inspect(packets, packets.headers.indices.flatMap { [$0, $0] })
        #expect(twice.sides == once.sides)
    }

    @Test("neighbours that changed places change no frame and no message", arguments: names)
    func swapped(name: String) throws {
        let packets = try Self.packets(name)
        let once = Self.inspect(packets, Array(packets.headers.indices))
        for shift in 0..<2 {
            var order = Array(packets.headers.indices)
            // The first packet opens the connection, and behind the last of it nothing is shown.
            for place in stride(from: 1 + shift, to: max(2, order.count - 4), by: 2) where place + 1 < order.count - 4 {
                order.swapAt(place, place + 1)
            }
            #expect(Self.inspect(packets, order).sides == once.sides, "from packet \(2 + shift) on")
        }
    }
}
