import Channels
import TestSupport
import Testing

@testable import QUIC

/// Input that is made to take long, or much room.
@Suite struct BombTests {
    private func seconds(_ body: () -> Void) -> Double {
        let clock = ContinuousClock()
        let time = clock.measure(body)
        return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    }

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
        let count: UInt64 = 40_000
        let frames: [[UInt8]] = (0..<count).map { index in
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
                QUICPeers.newID(
                    PacketBuilder.bigEndian(index) + [1], sequence: index, token: [UInt8](repeating: 1, count: 16))
            }
        }
        var dialogue = Dialogue.opened()
        let packets = packed(frames).map { dialogue.peers.short(.client, $0) }
        let time = seconds {
            for packet in packets { dialogue.send(.client, packet) }
            dialogue.feed.finish()
        }
        // A build without optimization, on a machine that does something else besides; what is not linear takes minutes.
        #expect(time < 20, "\(kind): \(time) s")
        #expect(dialogue.connection.fromLow.heldCost <= QUICLimits().heldByteCount)
        #expect(dialogue.recorder.sides.values.allSatisfy { !$0.isFaulty })
    }

    @Test("acknowledgements of thousands of ranges, and of ranges of 2^62, take time in proportion")
    func acknowledgements() {
        var dialogue = Dialogue.opened()
        for index in 0..<9_000 { dialogue.write(at: UInt64(index), [1]) }
        // 20,000 ranges of one packet each, none of which was sent; then all packets that there can be.
        let many = [0x02] + QUICPeers.number(50_000) + [0] + QUICPeers.number(20_000) + [0] + [UInt8](repeating: 0, count: 40_000)
        let huge = [0x02] + QUICPeers.number(1 << 62 - 1) + [0, 0] + QUICPeers.number(1 << 62 - 1)
        let packets = (0..<10).map { _ in dialogue.peers.short(.server, many) } + [dialogue.peers.short(.server, huge)]
        let time = seconds { for packet in packets { dialogue.send(.server, packet) } }
        #expect(time < 20, "\(time) s")
        // What lies so far ahead is not believed.
        #expect(dialogue.connection.traffic(of: .fromLow).missingPacketCount < 50_000)
        dialogue.write(at: 9_000, [2])
        #expect(dialogue.side(0).bytes.count == 9_001)
    }

    @Test("many streams with gaps cost no more for each packet than a few")
    func gaps() {
        var dialogue = Dialogue.opened()
        let packets = packed((0..<10_000).map { QUICPeers.stream(4 * $0, at: 1, [1]) }).map { dialogue.peers.short(.client, $0) }
        for packet in packets { dialogue.send(.client, packet) }
        let idle = (0..<2_000).map { _ in dialogue.peers.short(.client, [0x01]) }
        let time = seconds { for packet in idle { dialogue.send(.client, packet) } }
        #expect(time < 10, "\(time) s")
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
