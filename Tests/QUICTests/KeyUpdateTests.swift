import Channels
import TestSupport
import Testing

@testable import QUIC

@Suite struct KeyUpdateTests {
    @Test("several updates of both ends are followed", arguments: QUICPeers.Suite.all.map(\.code))
    func several(code: UInt16) throws {
        let suite = try #require(QUICPeers.Suite.all.first { $0.code == code })
        var dialogue = Dialogue.opened(QUICPeers(suite))
        for round in 0..<7 {
            dialogue.write(at: UInt64(round), [UInt8(round)])
            dialogue.say(.server, QUICPeers.stream(0, at: UInt64(round), [UInt8(100 + round)]))
            dialogue.peers.updateKeys(.client)
            if round % 2 == 0 { dialogue.peers.updateKeys(.server) }
        }
        #expect(dialogue.side(0).bytes == Array(0..<7))
        #expect(dialogue.side(0, .server).bytes == Array(100..<107))
        #expect(dialogue.connection.fromLow.phases?.generation == 6)
        #expect(dialogue.connection.fromHigh.phases?.generation == 3)
    }

    @Test("updates of which no packet was captured are found", arguments: 1...8)
    func lost(count: Int) {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [0])
        for _ in 0..<count { dialogue.peers.updateKeys(.client) }
        dialogue.write(at: 1, [1])
        dialogue.peers.updateKeys(.client)
        dialogue.write(at: 2, [2])
        #expect(dialogue.side(0).bytes == [0, 1, 2])
    }

    @Test("the first packet of all may come after updates")
    func firstAfterUpdates() {
        var dialogue = Dialogue.opened()
        for _ in 0..<3 { dialogue.peers.updateKeys(.server) }
        dialogue.say(.server, QUICPeers.stream(0, at: 0, [5]))
        #expect(dialogue.side(0, .server).bytes == [5])
    }

    @Test("packets that come after an update and were sent before it are read")
    func reordered() {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [0])
        let late = [
            dialogue.peers.short(.client, QUICPeers.stream(0, at: 1, [1])), dialogue.peers.short(.client, QUICPeers.stream(0, at: 2, [2])),
        ]
        dialogue.peers.updateKeys(.client)
        dialogue.write(at: 3, [3])
        for packet in late { dialogue.send(.client, packet) }
        dialogue.write(at: 4, [4])
        #expect(dialogue.side(0).bytes == [0, 1, 2, 3, 4])
        #expect(dialogue.connection.fromLow.phases?.generation == 1)
    }

    @Test("packets that nothing opens do not bring the keys out of step, nor cost much for long")
    func forged() {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [0])
        var random = SeededRandom(3)
        for _ in 0..<2_000 { dialogue.send(.client, [0x40 | random.bytes(1)[0] & 0x3F] + dialogue.peers.serverID + random.bytes(40)) }
        dialogue.peers.updateKeys(.client)
        dialogue.write(at: 1, [1])
        #expect(dialogue.side(0).bytes == [0, 1])
        #expect(dialogue.connection.fromLow.unopenedCount == 2_000)
    }

    @Test("a number that is far from the last one captured is found by what was acknowledged")
    func farNumbers() {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [0])
        // Two bytes of a number say which of 65,536 it is: 100,000 packets are missing.
        dialogue.say(.server, QUICPeers.ack(0...99_999))
        let packet = dialogue.peers.short(.client, QUICPeers.stream(0, at: 1, [1]), number: 100_000, numberByteCount: 2)
        dialogue.send(.client, packet)
        #expect(dialogue.side(0).bytes == [0, 1])
        #expect(dialogue.connection.traffic(of: .fromLow).missingPacketCount == 99_999)
    }
}
