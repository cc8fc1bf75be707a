import Channels
import TestSupport
import Testing

@testable import QUIC

/// Bytes of a stream that are missing, and when that is decided.
@Suite struct GapTests {
    @Test("bytes of a packet that was acknowledged and not captured are missing for certain, and what follows goes on")
    func certain() {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [1, 2])
        dialogue.write(at: 2, [3, 4, 5], isCaptured: false)
        dialogue.write(at: 5, [6])
        // It may still come, or come again.
        dialogue.idle(100)
        #expect(dialogue.side(0).content == [1, 2])
        dialogue.say(.server, QUICPeers.ack(0...102))
        // The capture may have swapped it with the acknowledgement.
        #expect(dialogue.side(0).content == [1, 2])
        dialogue.idle(8)
        #expect(dialogue.side(0).content == [1, 2, nil, 6])
        #expect(dialogue.side(0).missingCount == 3)
        #expect(dialogue.connection.traffic(of: .fromLow).missingPacketCount == 1)
        #expect(dialogue.connection.traffic(of: .fromLow).lostPacketCount == 0)
        dialogue.write(at: 6, [7], isLast: true)
        #expect(dialogue.side(0).content == [1, 2, nil, 6, 7] && dialogue.side(0).hasEnded && !dialogue.side(0).isFaulty)
        dialogue.say(.server, QUICPeers.ack(0...111))
        // What is missing has arrived, and so has all else.
        #expect(dialogue.connection.isAcknowledged(0, from: .fromLow, upTo: 7))
    }

    @Test("a packet that comes after its acknowledgement is in time where it does so soon")
    func swapped() {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [1])
        let late = dialogue.peers.short(.client, QUICPeers.stream(0, at: 1, [2]))
        dialogue.write(at: 2, [3])
        dialogue.say(.server, QUICPeers.ack(0...2))
        #expect(dialogue.connection.traffic(of: .fromLow).missingPacketCount == 1)
        dialogue.idle(3)
        dialogue.send(.client, late)
        #expect(dialogue.side(0).content == [1, 2, 3])
        #expect(dialogue.connection.traffic(of: .fromLow).missingPacketCount == 0)
    }

    @Test("bytes that the network lost come again, and are no loss of the capture, however long that takes")
    func retransmitted() {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [1])
        dialogue.write(at: 1, [2], isCaptured: false)
        for index in 2..<300 { dialogue.write(at: UInt64(index), [UInt8(index & 0xFF)]) }
        dialogue.say(.server, QUICPeers.ack(2...299, 0...0))
        dialogue.idle(300)
        dialogue.write(at: 1, [2])
        #expect(dialogue.side(0).bytes.count == 300 && dialogue.side(0).missingCount == 0)
        #expect(dialogue.connection.traffic(of: .fromLow).missingPacketCount == 0)
        #expect(dialogue.connection.traffic(of: .fromLow).repeatedByteCount == 0)
    }

    @Test("where one packet was lost on the way and another in the capture, what is missing is awaited for a while")
    func both() {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [1])
        dialogue.write(at: 1, [2], isCaptured: false)
        dialogue.write(at: 2, [3], isCaptured: false)
        dialogue.write(at: 3, [4])
        dialogue.say(.server, QUICPeers.ack(2...3, 0...0))
        dialogue.idle(100)
        #expect(dialogue.side(0).content == [1])
        // The one that was lost comes again; the other one does not.
        dialogue.write(at: 1, [2])
        #expect(dialogue.side(0).content == [1, 2])
        dialogue.idle(600)
        #expect(dialogue.side(0).content == [1, 2, nil, 4])
        #expect(dialogue.side(0).missingCount == 1)
    }

    @Test("gaps of one stream do not hold up another")
    func independent() {
        var dialogue = Dialogue.opened()
        dialogue.write(0, at: 1, [2])
        dialogue.write(4, at: 0, [7], isLast: true)
        #expect(dialogue.side(4).bytes == [7] && dialogue.side(4).hasEnded)
        #expect(dialogue.side(0).bytes.isEmpty)
    }

    @Test("at the end everything that is held is handed on, and what is missing is said, the end of a stream included")
    func finish() {
        var dialogue = Dialogue.opened()
        dialogue.write(0, at: 2, [3, 4])
        dialogue.write(0, at: 6, [7])
        dialogue.write(4, at: 0, [1])
        dialogue.write(4, at: 5, [], isLast: true)
        dialogue.feed.finish()
        #expect(dialogue.side(0).content == [nil, 3, 4, nil, 7])
        #expect(dialogue.side(0).missingCount == 4)
        #expect(dialogue.side(4).content == [1, nil] && dialogue.side(4).missingCount == 4 && dialogue.side(4).hasEnded)
        #expect(!dialogue.side(4).isFaulty)
        #expect(dialogue.recorder.isFinished)
    }

    @Test("what came before a reset is handed on, whatever is missing before it")
    func reset() {
        var dialogue = Dialogue.opened()
        dialogue.write(at: 0, [1])
        dialogue.write(at: 3, [4])
        dialogue.say(.client, QUICPeers.reset(0, code: 5, size: 9))
        #expect(dialogue.side(0).content == [1, nil, 4] && dialogue.side(0).reset == 5 && !dialogue.side(0).isFaulty)
        // Also where the end had come.
        dialogue.write(4, at: 0, [1])
        dialogue.write(4, at: 3, [4], isLast: true)
        dialogue.say(.client, QUICPeers.reset(4, code: 6, size: 4))
        #expect(dialogue.side(4).content == [1, nil, 4] && dialogue.side(4).reset == 6 && !dialogue.side(4).hasEnded)
    }

    @Test("what is held has a limit, beyond which the oldest gap is given up")
    func limit() {
        var limits = QUICLimits()
        limits.heldByteCount = 20_000
        var dialogue = Dialogue.opened(limits: limits)
        dialogue.write(at: 0, [1])
        for index in 0..<100 { dialogue.write(at: UInt64(2 + index * 1_001), [UInt8](repeating: 5, count: 1_000)) }
        #expect(dialogue.connection.fromLow.heldCost <= 20_000)
        #expect(dialogue.side(0).bytes.count > 70_000)
        dialogue.feed.finish()
        #expect(dialogue.side(0).bytes.count == 1 + 100 * 1_000)
        #expect(dialogue.side(0).missingCount == 100)
        #expect(!dialogue.side(0).isFaulty)
    }

    @Test("where too much is held, the streams that hold it give up their gaps, and not those that come later")
    func fairLimit() {
        var limits = QUICLimits()
        limits.heldByteCount = 20_000
        var dialogue = Dialogue.opened(limits: limits)
        for index in 0..<19 { dialogue.write(0, at: UInt64(1 + index * 1_000), [UInt8](repeating: 5, count: 1_000)) }
        dialogue.write(4, at: 1, [UInt8](repeating: 6, count: 2_000))
        #expect(dialogue.side(0).missingCount == 1 && dialogue.side(0).bytes.count == 19_000)
        dialogue.write(4, at: 0, [7])
        #expect(dialogue.side(4).missingCount == 0 && dialogue.side(4).bytes.count == 2_001)
    }

    @Test(
        "packets left out at random: what is shown was said, in its place, and nothing is missing that was captured",
        arguments: SeededRandom.seeds)
    func random(seed: UInt64) {
        var random = SeededRandom(seed)
        var dialogue = Dialogue.opened()
        let content = random.bytes(40_000)
        var captured = [Bool](repeating: false, count: content.count)
        var acknowledged: UInt64 = 0
        for start in stride(from: 0, to: content.count, by: 100) {
            let isCaptured = Int.random(in: 0..<8, using: &random) > 0
            dialogue.write(
                at: UInt64(start), Array(content[start..<start + 100]), isLast: start + 100 == content.count, isCaptured: isCaptured)
            if isCaptured { for index in start..<start + 100 { captured[index] = true } }
            acknowledged += 1
            if Int.random(in: 0..<4, using: &random) == 0 { dialogue.say(.server, QUICPeers.ack(0...acknowledged - 1)) }
        }
        dialogue.feed.finish()
        let side = dialogue.side(0)
        #expect(!side.isFaulty)
        #expect(side.bytes == content.indices.filter { captured[$0] }.map { content[$0] })
        #expect(
            side.missingCount == UInt64(captured.count { !$0 }) - (captured.last! ? 0 : UInt64(captured.reversed().prefix { !$0 }.count)))
    }
}
