import Packets
import Streams
import TestSupport
import Testing

@Suite struct MetamorphicTests {
    /// What every variant of a capture must come to: the clean stream and nothing else.
    private static func expectClean(_ receiver: borrowing Receiver, _ traffic: Traffic) {
        let (bytes, gaps, isConsistent) = (receiver.bytes, receiver.gaps, receiver.isConsistent)
        let (isFinished, held) = (receiver.reassembler.isFinished, receiver.reassembler.heldBytes)
        #expect(bytes == traffic.bytes)
        #expect(gaps.isEmpty)
        #expect(isConsistent)
        #expect(isFinished)
        #expect(held == 0)
    }

    @Test("segments in order are the stream", arguments: SeededRandom.seeds)
    func inOrder(seed: UInt64) {
        var traffic = Traffic(seed: seed)
        var receiver = Receiver()
        receiver.synchronize(traffic.sequence(-1))
        traffic.run(into: &receiver)
        Self.expectClean(receiver, traffic)
    }

    @Test("the order of segments changes nothing", arguments: SeededRandom.seeds)
    func shuffled(seed: UInt64) {
        var traffic = Traffic(seed: seed)
        traffic.shuffle(within: 2 + Int(seed % 30))
        var receiver = Receiver()
        receiver.synchronize(traffic.sequence(-1))
        traffic.run(into: &receiver)
        Self.expectClean(receiver, traffic)
    }

    @Test("repeated, re-cut and contradicting segments and probes change nothing", arguments: Traffic.Addition.allCases, SeededRandom.seeds)
    func additions(_ addition: Traffic.Addition, seed: UInt64) {
        var traffic = Traffic(seed: seed)
        if seed % 2 == 0 { traffic.shuffle(within: 8) }
        traffic.add([addition], share: 0.5)
        var receiver = Receiver()
        receiver.synchronize(traffic.sequence(-1))
        traffic.run(into: &receiver)
        Self.expectClean(receiver, traffic)
        let conflicts = receiver.contradictionCount
        #expect((addition == .changed) == (conflicts > 0))
    }

    @Test("everything at once changes nothing", arguments: SeededRandom.seeds)
    func allAtOnce(seed: UInt64) {
        var traffic = Traffic(seed: seed, count: 20_000)
        traffic.shuffle(within: 12)
        traffic.add(Traffic.Addition.allCases, share: 0.7)
        var receiver = Receiver()
        receiver.synchronize(traffic.sequence(-1))
        traffic.run(into: &receiver)
        Self.expectClean(receiver, traffic)
    }

    @Test("honest repetitions contradict nothing", arguments: SeededRandom.seeds)
    func noFalseConflicts(seed: UInt64) {
        var traffic = Traffic(seed: seed, count: 20_000)
        traffic.shuffle(within: 12)
        traffic.add([.duplicate, .overlap, .zeroWindowProbe], share: 0.8)
        var receiver = Receiver()
        receiver.synchronize(traffic.sequence(-1))
        traffic.run(into: &receiver)
        let conflicts = receiver.contradictionCount
        #expect(conflicts == 0)
    }

    @Test("a segment with another content right behind its first copy is always noted", arguments: SeededRandom.seeds)
    func conflicts(seed: UInt64) {
        var traffic = Traffic(seed: seed)
        let count = traffic.pieces.count
        traffic.add([.changed], share: 1)
        // A single byte is taken for a keep-alive probe.
        let short = traffic.pieces.filter { $0.bytes.count == 1 }.count / 2
        var receiver = Receiver()
        receiver.synchronize(traffic.sequence(-1))
        traffic.run(into: &receiver)
        let conflicts = receiver.contradictionCount
        #expect(conflicts == count - short)
    }

    @Test("without a SYN, acknowledgements tell where the stream begins", arguments: SeededRandom.seeds)
    func midStreamAcknowledged(seed: UInt64) {
        var traffic = Traffic(seed: seed)
        traffic.shuffle(within: 8)
        traffic.add(Traffic.Addition.allCases, share: 0.3)
        var receiver = Receiver()
        receiver.acknowledge(traffic.sequence(0))
        traffic.run(into: &receiver)
        Self.expectClean(receiver, traffic)
    }

    @Test("without a SYN or acknowledgements the first segment is the beginning", arguments: SeededRandom.seeds)
    func midStream(seed: UInt64) {
        var traffic = Traffic(seed: seed)
        traffic.shuffle(within: 8, fixed: 1)
        traffic.add([.duplicate, .changed, .keepAlive, .zeroWindowProbe], share: 0.3)
        var receiver = Receiver()
        traffic.run(into: &receiver)
        Self.expectClean(receiver, traffic)
    }

    @Test("segments that the capture dropped are gaps of their size at their place", arguments: SeededRandom.seeds)
    func dropped(seed: UInt64) {
        var traffic = Traffic(seed: seed)
        var random = SeededRandom(seed)
        var isMissing = Array(repeating: false, count: traffic.bytes.count)
        var receiver = Receiver()
        receiver.synchronize(traffic.sequence(-1))
        traffic.run(into: &receiver) { piece in
            guard piece.flags == .ack, Int.random(in: 0..<10, using: &random) == 0 else { return false }
            for place in piece.range { isMissing[place] = true }
            return true
        }
        receiver.finish()
        var place = 0
        var isRight = true
        for run in receiver.runs {
            switch run {
            case .bytes(let bytes):
                isRight =
                    isRight && Array(traffic.bytes[place..<place + bytes.count]) == bytes
                    && !isMissing[place..<place + bytes.count].contains(true)
                place += bytes.count
            case .gap(let count, _):
                isRight = isRight && !isMissing[place..<place + Int(count)].contains(false)
                place += Int(count)
            case .cutOff: isRight = false
            }
        }
        #expect(isRight)
        #expect(place == traffic.bytes.count)
    }
}
