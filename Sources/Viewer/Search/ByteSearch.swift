/// Finds bytes among bytes, 32 places at a time.
struct ByteSearch: Sendable {
    private let needle: [UInt8]
    private let ignoresCase: Bool

    /// - Parameter ignoresCase: the letters A to Z are the same as a to z.
    init(_ needle: [UInt8], ignoresCase: Bool) {
        self.ignoresCase = ignoresCase
        self.needle = ignoresCase ? needle.map(Self.small) : needle
    }

    private static func small(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    /// The bit in which a letter's two cases differ; 0 for what is no letter or where case counts.
    private func caseBit(_ byte: UInt8) -> UInt8 { ignoresCase && (0x61...0x7A).contains(byte) ? 0x20 : 0 }

    func firstMatch(in bytes: Span<UInt8>, from start: Int) -> Range<Int>? {
        let length = needle.count
        guard let first = needle.first, let last = needle.last, bytes.count - start >= length else { return nil }
        let (firstBit, lastBit) = (caseBit(first), caseBit(last))
        let end = bytes.count - length
        var at = start
        // Invariant: the loads end at `at + 31` and `at + length - 1 + 31`, which is at most the last byte.
        unsafe bytes.withUnsafeBytes { haystack in
            let (heads, tails) = (Self.words(first), Self.words(last))
            let (headBits, tailBits) = (Self.words(firstBit), Self.words(lastBit))
            let (ones, tops) = (Self.words(0x01), Self.words(0x80))
            while at + 31 <= end {
                let head = unsafe haystack.loadUnaligned(fromByteOffset: at, as: SIMD4<UInt64>.self) | headBits
                let tail = unsafe haystack.loadUnaligned(fromByteOffset: at + length - 1, as: SIMD4<UInt64>.self) | tailBits
                // A byte is 0 where both are as wanted; then its top bit is set below, and sometimes that of the byte behind it.
                let differences = (head ^ heads) | (tail ^ tails)
                let hits = (differences &- ones) & ~differences & tops
                if hits[0] | hits[1] | hits[2] | hits[3] != 0 { break }
                at += 32
            }
        }
        while at <= end {
            if isMatch(bytes, at: at) { return at..<at + length }
            at += 1
            // Behind a place that only seemed to be one, the wide loop is taken up again.
            if at % 64 == 0, at + 31 <= end { return firstMatch(in: bytes, from: at) }
        }
        return nil
    }

    /// A byte in all places: words, because the optimizer takes them through vector registers as they are.
    private static func words(_ byte: UInt8) -> SIMD4<UInt64> { SIMD4(repeating: UInt64(byte) &* 0x0101_0101_0101_0101) }

    private func isMatch(_ bytes: Span<UInt8>, at start: Int) -> Bool {
        for index in needle.indices {
            let byte = bytes[start + index]
            guard (ignoresCase ? Self.small(byte) : byte) == needle[index] else { return false }
        }
        return true
    }
}
