import Packets
import Streams
import Testing

@Suite struct OddSegmentTests {
    @Test("a stream is finished when all up to its FIN was handed on, and not before")
    func finish() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(104, [4, 5], flags: [.fin, .ack])
        let early = receiver.reassembler.isFinished
        receiver.take(100, [0, 1, 2, 3])
        let (isFinished, sequence) = (receiver.reassembler.isFinished, receiver.reassembler.finSequence)
        #expect(!early)
        #expect(isFinished)
        #expect(sequence == 106)
    }

    @Test("a FIN in the midst of what was already delivered ends nothing")
    func staleFIN() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(100, Array(0..<20))
        receiver.take(105, [], flags: [.fin, .ack])
        let early = receiver.reassembler.isFinished
        receiver.take(120, [20], flags: [.fin, .ack])
        let sequence = receiver.reassembler.finSequence
        #expect(!early)
        #expect(sequence == 121)
    }

    @Test("a FIN far from the stream ends nothing")
    func farFIN() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(100 + 1 << 28, [], flags: [.fin, .ack])
        receiver.finish()
        let (runs, sequence) = (receiver.runs, receiver.reassembler.finSequence)
        #expect(runs.isEmpty)
        #expect(sequence == nil)
    }

    @Test("one acknowledgement of bytes that cannot be does not hide the holes that follow")
    func absurdAcknowledgement() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(100, [0])
        receiver.acknowledge(100 + 1 << 30)
        receiver.take(101, [1])
        receiver.acknowledge(112)
        receiver.finish()
        let runs = receiver.runs
        #expect(runs == [.bytes([0, 1]), .gap(10, .end)])
    }

    @Test("a keep-alive probe says nothing, also where the bytes before it are missing")
    func keepAliveBehindHole() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(100, Array(0..<10))
        receiver.acknowledge(120)
        receiver.take(119, [0x00])
        receiver.take(120, Array(20..<30))
        for _ in 0..<3 { receiver.acknowledge(130) }
        let runs = receiver.runs
        #expect(runs == [.bytes(Array(0..<10)), .gap(10, .notCaptured), .bytes(Array(20..<30))])
    }

    @Test("a zero-window probe carries the next byte, and the whole segment follows")
    func zeroWindowProbe() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(100, [0, 1])
        for _ in 0..<5 { receiver.take(102, [2]) }
        receiver.take(102, [2, 3, 4])
        let (bytes, conflicts) = (receiver.bytes, receiver.contradictionCount)
        #expect(bytes == [0, 1, 2, 3, 4])
        #expect(conflicts == 0)
    }

    @Test("the SYN belongs to the stream also when data overtook it")
    func lateSYN() {
        var receiver = Receiver()
        receiver.take(100, [0, 1])
        let (isForeign, isOtherForeign) = (
            receiver.reassembler.isForeign(synSequence: 99), receiver.reassembler.isForeign(synSequence: 101)
        )
        receiver.synchronize(99)
        receiver.take(102, [2])
        let bytes = receiver.bytes
        #expect(!isForeign)
        #expect(isOtherForeign)
        #expect(bytes == [0, 1, 2])
    }

    @Test("the SYN of another connection is told from one sent again")
    func foreignSYN() {
        var receiver = Receiver()
        let unknown = receiver.reassembler.isForeign(synSequence: 5)
        receiver.synchronize(99)
        receiver.take(100, [0, 1])
        let (again, other) = (receiver.reassembler.isForeign(synSequence: 99), receiver.reassembler.isForeign(synSequence: 100))
        #expect(!unknown)
        #expect(!again)
        #expect(other)
    }

    @Test("data on a SYN begin one behind its sequence number")
    func dataOnSYN() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(99, [0, 1, 2], flags: .syn)
        receiver.take(100, [0, 1, 2, 3])
        let (bytes, conflicts) = (receiver.bytes, receiver.contradictionCount)
        #expect(bytes == [0, 1, 2, 3])
        #expect(conflicts == 0)
    }

    @Test("without a SYN the stream begins where the other side has acknowledged to")
    func midStream() {
        var receiver = Receiver()
        receiver.acknowledge(100)
        receiver.take(99, [0xFF])
        receiver.take(104, [4])
        receiver.take(98, [0xFE, 0xFF, 0, 1, 2, 3])
        let runs = receiver.runs
        #expect(runs == [.bytes([0, 1, 2, 3, 4])])
    }

    @Test("an acknowledgement far from the first segment does not decide where the stream begins")
    func midStreamAbsurdAcknowledgement() {
        var receiver = Receiver()
        receiver.acknowledge(100 + 1 << 30)
        receiver.take(100, [0])
        let runs = receiver.runs
        #expect(runs == [.bytes([0])])
    }

    @Test("a segment from the other half of the sequence space changes nothing")
    func farSegments() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(100, [0])
        receiver.take(100 &+ 1 << 31, [0xFF])
        receiver.take(101 &+ 1 << 31, [0xFF])
        receiver.take(99 &+ 1 << 31, Array(repeating: 0xFF, count: 100))
        receiver.take(101, [1])
        receiver.finish()
        let runs = receiver.runs
        #expect(runs == [.bytes([0, 1])])
    }
}
