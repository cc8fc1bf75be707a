import Packets
import Streams
import Testing

@Suite struct OverlapTests {
    @Test("a held piece that was cut off ends where the next held one begins")
    func cutOffBeforeHeld() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(130, Array(30..<40))
        receiver.take(110, Array(10..<15), length: 40)
        receiver.take(135, Array(35..<55))
        receiver.take(100, Array(0..<10))
        let runs = receiver.runs
        #expect(runs == [.bytes(Array(0..<15)), .cutOff(15), .bytes(Array(30..<40)), .cutOff(10), .bytes(Array(50..<55))])
    }

    @Test("what the capture cut off an in-order segment ends where a held one begins")
    func cutOffInOrder() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(130, Array(30..<40))
        receiver.take(100, Array(0..<10), length: 60)
        let runs = receiver.runs
        #expect(runs == [.bytes(Array(0..<10)), .cutOff(20), .bytes(Array(30..<40)), .cutOff(20)])
    }

    @Test("a segment of which nothing but its header was captured is cut off, also out of order")
    func headerOnly() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(110, [], length: 20)
        receiver.take(130, [1])
        receiver.take(100, [], length: 10)
        let runs = receiver.runs
        #expect(runs == [.cutOff(30), .bytes([1])])
    }

    @Test("a held copy is not replaced by a later one that also fills the hole")
    func heldCopyWins() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(104, [4, 5])
        let placement = receiver.take(100, [0, 1, 2, 3, 0xFF, 0xFF, 6, 7])
        let bytes = receiver.bytes
        #expect(bytes == [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(placement.contradicts)
    }

    @Test("a later copy of a held segment with another content contradicts it")
    func heldContradicted() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(104, [4, 5])
        let same = receiver.take(104, [4, 5])
        let other = receiver.take(104, [4, 0xFF])
        receiver.take(100, [0, 1, 2, 3])
        let bytes = receiver.bytes
        #expect(bytes == [0, 1, 2, 3, 4, 5])
        #expect(!same.contradicts)
        #expect(other.contradicts)
    }

    @Test("the delivered copy is what a retransmission is compared with")
    func comparedWithDelivered() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(104, [4, 5])
        receiver.take(100, [0, 1, 2, 3, 0xFF, 0xFF])
        let clean = receiver.take(100, [0, 1, 2, 3, 4, 5])
        let changed = receiver.take(103, [3, 4, 0xFF])
        #expect(clean.isRetransmission && !clean.contradicts)
        #expect(changed.contradicts)
    }

    @Test("more captured bytes than the header announces are payload all the same")
    func moreThanAnnounced() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(100, [0, 1, 2], length: 1)
        receiver.take(104, [4, 5], length: 0)
        receiver.take(103, [3])
        let bytes = receiver.bytes
        #expect(bytes == [0, 1, 2, 3, 4, 5])
    }
}
