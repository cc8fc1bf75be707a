import Packets
import Streams
import Testing

@Suite struct HoleTests {
    /// Ten bytes before and ten bytes behind a hole of ten, from sequence number 100 on.
    private static func withHole(_ receiver: inout Receiver) {
        receiver.synchronize(99)
        receiver.take(100, Array(0..<10))
        receiver.take(120, Array(20..<30))
    }

    private static let passedOver: [Receiver.Run] = [.bytes(Array(0..<10)), .gap(10, .notCaptured), .bytes(Array(20..<30))]

    @Test("a hole that the other side acknowledged past is a gap, after the third such acknowledgement")
    func acknowledgedHole() {
        var receiver = Receiver()
        Self.withHole(&receiver)
        receiver.acknowledge(130)
        receiver.acknowledge(130)
        let early = receiver.gaps
        receiver.acknowledge(130)
        let runs = receiver.runs
        #expect(early.isEmpty)
        #expect(runs == Self.passedOver)
    }

    @Test("acknowledgements up to the hole say nothing about it")
    func duplicateAcknowledgements() {
        var receiver = Receiver()
        Self.withHole(&receiver)
        for _ in 0..<50 { receiver.acknowledge(110) }
        receiver.take(110, Array(10..<20))
        receiver.finish()
        let runs = receiver.runs
        #expect(runs == [.bytes(Array(0..<30))])
    }

    @Test("a hole that is filled before patience ends is no gap, and patience begins anew")
    func filledInTime() {
        var receiver = Receiver()
        Self.withHole(&receiver)
        receiver.acknowledge(130)
        receiver.acknowledge(130)
        receiver.take(110, Array(10..<20))
        receiver.take(140, Array(40..<50))
        receiver.acknowledge(150)
        receiver.take(130, Array(30..<40))
        let runs = receiver.runs
        #expect(runs == [.bytes(Array(0..<50))])
    }

    @Test("an acknowledgement inside the hole makes a gap only up to it")
    func partlyAcknowledged() {
        var receiver = Receiver()
        Self.withHole(&receiver)
        for _ in 0..<3 { receiver.acknowledge(114) }
        receiver.take(114, Array(14..<20))
        receiver.finish()
        let runs = receiver.runs
        #expect(runs == [.bytes(Array(0..<10)), .gap(4, .notCaptured), .bytes(Array(14..<30))])
    }

    @Test("what comes after its place was passed over is not delivered")
    func tooLate() {
        var receiver = Receiver()
        Self.withHole(&receiver)
        for _ in 0..<3 { receiver.acknowledge(130) }
        let late = receiver.take(110, Array(10..<20))
        let runs = receiver.runs
        #expect(late.delivered.isEmpty && !late.contradicts)
        #expect(runs == Self.passedOver)
    }

    @Test("more held bytes than the limit allows make a gap before the first of them")
    func heldLimit() {
        var receiver = Receiver()
        receiver.limits.heldByteCount = 1_000
        receiver.synchronize(99)
        receiver.acknowledge(100)
        var sequence: UInt32 = 110
        // Each counts 64 bytes more than the ten that it carries: 13 are within the limit, 14 above it.
        for count in 1...14 {
            let before = receiver.gaps
            #expect(before.isEmpty, "segment \(count)")
            receiver.take(sequence, Array(repeating: 1, count: 10))
            sequence += 10
        }
        let runs = receiver.runs
        #expect(runs == [.gap(10, .limit), .bytes(Array(repeating: 1, count: 140))])
    }

    @Test("where the other direction was not captured, the 129th segment behind a hole makes it a gap")
    func oneDirection() {
        var receiver = Receiver()
        receiver.synchronize(99)
        for index in 1...128 { receiver.take(100 + UInt32(index), [1]) }
        let before = receiver.runs
        receiver.take(229, [1])
        let runs = receiver.runs
        #expect(before.isEmpty)
        #expect(runs == [.gap(1, .limit), .bytes(Array(repeating: 1, count: 129))])
    }

    @Test("holes that are open at the end are gaps, one by one")
    func openAtTheEnd() {
        var receiver = Receiver()
        Self.withHole(&receiver)
        receiver.take(133, [33])
        receiver.finish()
        let runs = receiver.runs
        #expect(runs == [.bytes(Array(0..<10)), .gap(10, .end), .bytes(Array(20..<30)), .gap(3, .end), .bytes([33])])
    }

    @Test("bytes that are known from acknowledgements alone are a gap at the end")
    func acknowledgedTail() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(100, [0])
        receiver.acknowledge(151)
        receiver.finish()
        let runs = receiver.runs
        #expect(runs == [.bytes([0]), .gap(50, .end)])
    }

    @Test("bytes that are known from acknowledgements alone are a gap after sixteen of them")
    func longPatience() {
        var receiver = Receiver()
        receiver.synchronize(99)
        for _ in 0..<15 { receiver.acknowledge(150) }
        let before = receiver.runs
        receiver.acknowledge(150)
        receiver.take(150, [50])
        let runs = receiver.runs
        #expect(before.isEmpty)
        #expect(runs == [.gap(50, .notCaptured), .bytes([50])])
    }

    @Test("the number of a FIN that was not captured is not a missing byte")
    func lostFIN() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(100, Array(0..<10))
        for _ in 0..<40 { receiver.acknowledge(111) }
        receiver.finish()
        let runs = receiver.runs
        #expect(runs == [.bytes(Array(0..<10))])
    }

    @Test("the number of a FIN that was captured is not a missing byte either", arguments: [0, 20])
    func tailBeforeFIN(acknowledgements: Int) {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(100, Array(0..<10))
        receiver.take(120, [], flags: [.fin, .ack])
        for _ in 0..<acknowledgements { receiver.acknowledge(121) }
        receiver.finish()
        let runs = receiver.runs
        let isFinished = receiver.reassembler.isFinished
        #expect(runs == [.bytes(Array(0..<10)), .gap(10, acknowledgements == 0 ? .end : .notCaptured)])
        #expect(isFinished)
    }

    @Test("a single byte missing before a captured FIN is a gap")
    func oneByteBeforeFIN() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(101, [], flags: [.fin, .ack])
        for _ in 0..<20 { receiver.acknowledge(102) }
        receiver.finish()
        let runs = receiver.runs
        #expect(runs == [.gap(1, .notCaptured)])
    }

    @Test("bytes that the capture cut off are counted where they belong")
    func snaplen() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(100, Array(0..<10), length: 30)
        receiver.take(110, Array(10..<40))
        receiver.take(145, Array(45..<50), length: 10)
        receiver.take(140, Array(40..<44), length: 5)
        let runs = receiver.runs
        #expect(
            runs == [
                .bytes(Array(0..<10)), .cutOff(20), .bytes(Array(30..<44)), .cutOff(1), .bytes(Array(45..<50)), .cutOff(5),
            ])
    }
}
