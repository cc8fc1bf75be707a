import Channels
import TestSupport
import Testing

@testable import QUIC

/// Input that is made to take long, or much room.
@Suite struct BombTests {
    /// Datagrams of 60,000 bytes of frames each.
    private func packed(_ frames: [[UInt8]]) -> [[UInt8]] {
        var packets: [[UInt8]] = []
        for frame in frames {
            if packets.isEmpty || packets[packets.count - 1].count + frame.count > 60_000 { packets.append([]) }
            packets[packets.count - 1] += frame
        }
        return packets
    }

    @Test(
        "tens of thousands of tiny frames of each kind take time in proportion",
        arguments: [
            "pings", "stream bytes", "holes in order", "holes backwards", "holes in two streams", "streams", "resets", "crypto",
            "crypto backwards", "windows", "IDs",
        ])
    func frames(kind: String) {
        let growth = Growth(to: 40_000) { count in
            var dialogue = Dialogue.opened()
            let packets = packed((0..<count).map { Self.frame(kind, UInt64($0), of: UInt64(count)) }).map {
                dialogue.peers.short(.client, $0)
            }
            let time = processorTime {
                for packet in packets { dialogue.send(.client, packet) }
                dialogue.feed.finish()
            }
            #expect(dialogue.connection.fromLow.heldCost <= QUICLimits().heldByteCount)
            #expect(dialogue.recorder.sides.values.allSatisfy { !$0.isFaulty })
            return time
        }
        #expect(growth.isLinear, "\(kind): \(growth)")
    }

    private static func frame(_ kind: String, _ index: UInt64, of count: UInt64) -> [UInt8] {
        switch kind {
        case "pings": [0x01]
        case "stream bytes": QUICPeers.stream(0, at: index, [1])
        case "holes in order": QUICPeers.stream(0, at: 1 + 2 * index, [1])
        case "holes backwards": QUICPeers.stream(0, at: 2 * (count - index), [1])
        case "holes in two streams": QUICPeers.stream(4 * (index & 1), at: 1 + 2 * index, [1])
        case "streams": QUICPeers.stream(4 * index, at: 1, [1])
        case "resets": QUICPeers.reset(4 * index, code: 1, size: 1)
        case "crypto": QUICPeers.crypto([1], at: Int(1 + 2 * index))
        case "crypto backwards": QUICPeers.crypto([1], at: Int(2 * (count - index)))
        case "windows": [0x11] + QUICPeers.number(4 * index) + QUICPeers.number(index)
        default:
            QUICPeers.newID(PacketBuilder.bigEndian(index) + [1], sequence: index, token: [UInt8](repeating: 1, count: 16))
        }
    }

    @Test("acknowledgements of thousands of ranges, and of ranges of 2^62, take time in proportion")
    func acknowledgements() {
        let growth = Growth(to: 20_000) { count in
            var dialogue = Dialogue.opened()
            let sentCount = count * 9 / 20
            for index in 0..<sentCount { dialogue.write(at: UInt64(index), [1]) }
            // So many ranges of one packet each, none of which was sent; then all packets that there can be.
            let many =
                [0x02] + QUICPeers.number(50_000) + [0] + QUICPeers.number(UInt64(count)) + [0] + [UInt8](repeating: 0, count: 2 * count)
            let huge = [0x02] + QUICPeers.number(1 << 62 - 1) + [0, 0] + QUICPeers.number(1 << 62 - 1)
            let packets = (0..<10).map { _ in dialogue.peers.short(.server, many) } + [dialogue.peers.short(.server, huge)]
            let time = processorTime { for packet in packets { dialogue.send(.server, packet) } }
            // What lies so far ahead is not believed.
            #expect(dialogue.connection.traffic(of: .fromLow).missingPacketCount < 50_000)
            dialogue.write(at: UInt64(sentCount), [2])
            #expect(dialogue.side(0).bytes.count == sentCount + 1)
            return time
        }
        #expect(growth.isLinear, "\(growth)")
    }

    @Test("many streams with gaps cost no more for each packet than a few")
    func gaps() {
        // As many packets as streams: what looks at each stream for each packet grows by the square.
        let growth = Growth(to: 10_000) { count in
            var dialogue = Dialogue.opened()
            let packets = packed((0..<count).map { QUICPeers.stream(4 * UInt64($0), at: 1, [1]) }).map { dialogue.peers.short(.client, $0) }
            for packet in packets { dialogue.send(.client, packet) }
            let idle = (0..<count).map { _ in dialogue.peers.short(.client, [0x01]) }
            return processorTime { for packet in idle { dialogue.send(.client, packet) } }
        }
        #expect(growth.isLinear, "\(growth)")
    }

    @Test("connection IDs that an end announces are kept up to a limit, the newest ones")
    func connectionIDs() {
        var dialogue = Dialogue.opened()
        for index in 0..<1_000 {
            dialogue.say(
                .server,
                QUICPeers.newID(PacketBuilder.bigEndian(UInt64(index)), sequence: UInt64(index), token: [UInt8](repeating: 1, count: 16)))
        }
        #expect(dialogue.connection.fromHigh.ids.count == 64)
        let packet = dialogue.peers.short(.client, QUICPeers.stream(0, at: 0, [1]), to: PacketBuilder.bigEndian(UInt64(999)))
        dialogue.send(.client, packet, path: 4)
        #expect(dialogue.side(0).bytes == [1])
    }
}
