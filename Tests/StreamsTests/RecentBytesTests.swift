import Streams
import Testing

@Suite struct RecentBytesTests {
    /// Whether a changed copy of the first ten bytes is noted after `count` segments of ten bytes.
    private static func isNoted(after count: Int, remembering byteCount: Int) -> Bool {
        var receiver = Receiver(remembering: byteCount)
        receiver.synchronize(99)
        for index in 0..<count { receiver.take(100 + UInt32(index * 10), Array(repeating: UInt8(index), count: 10)) }
        let clean = receiver.take(100, Array(repeating: 0, count: 10))
        #expect(!clean.contradicts)
        return receiver.take(100, Array(repeating: 0xEE, count: 10)).contradicts
    }

    @Test("the last four pieces of a stream are compared, as far as they are remembered at all")
    func remembered() {
        #expect(Self.isNoted(after: 1, remembering: 1_000))
        #expect(Self.isNoted(after: 4, remembering: 1_000))
        #expect(!Self.isNoted(after: 5, remembering: 1_000))
        // Two halves of 52 bytes: two pieces each, of ten bytes and sixteen that name them.
        #expect(Self.isNoted(after: 4, remembering: 104))
        #expect(!Self.isNoted(after: 5, remembering: 104))
        // A piece that is larger than a half is not remembered, nor is any when the comparison is off.
        #expect(!Self.isNoted(after: 1, remembering: 50))
        #expect(!Self.isNoted(after: 1, remembering: 0))
    }

    @Test("a copy that differs only in bytes that are new contradicts nothing")
    func newBytes() {
        var receiver = Receiver()
        receiver.synchronize(99)
        receiver.take(100, [0, 1, 2])
        let longer = receiver.take(101, [1, 2, 3, 4])
        let changed = receiver.take(102, [0xEE, 3, 4, 5])
        let bytes = receiver.bytes
        #expect(longer.isRetransmission && !longer.contradicts)
        #expect(changed.contradicts)
        #expect(bytes == [0, 1, 2, 3, 4, 5])
    }
}
