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
            let (firsts, lasts) = (SIMD32<UInt8>(repeating: first), SIMD32<UInt8>(repeating: last))
            while at + 31 <= end {
                let heads = unsafe haystack.loadUnaligned(fromByteOffset: at, as: SIMD32<UInt8>.self)
                let tails = unsafe haystack.loadUnaligned(fromByteOffset: at + length - 1, as: SIMD32<UInt8>.self)
                let isHit = ((heads | SIMD32(repeating: firstBit)) .== firsts) .& ((tails | SIMD32(repeating: lastBit)) .== lasts)
                if any(isHit) { break }
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

    private func isMatch(_ bytes: Span<UInt8>, at start: Int) -> Bool {
        for index in needle.indices {
            let byte = bytes[start + index]
            guard (ignoresCase ? Self.small(byte) : byte) == needle[index] else { return false }
        }
        return true
    }
}
