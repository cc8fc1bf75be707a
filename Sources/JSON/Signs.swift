import Bytes

/// Searches for signs of JSON that look at sixteen bytes at a time.
enum Signs {
    /// The offset of the first quote or backslash from `start` on; the count if there is none.
    @inline(__always)
    static func firstQuote(in text: Span<UInt8>, from start: Int) -> Int { first(in: text, from: start, quotes, isQuote) }

    /// The offset of the first quote, bracket or brace from `start` on; the count if there is none.
    @inline(__always)
    static func firstStructure(in text: Span<UInt8>, from start: Int) -> Int { first(in: text, from: start, structures, isStructure) }

    /// A bit for each quote and backslash, that of the first byte least significant.
    @inline(__always)
    static func quoteBits(_ block: SIMD16<UInt8>) -> UInt32 { ByteBlock.topBits(quotes(block)) }

    // MARK: Which

    @inline(__always)
    private static func quotes(_ block: SIMD16<UInt8>) -> SIMD16<UInt8> {
        ByteBlock.lanes(block .== SIMD16(repeating: UInt8(ascii: "\""))) | ByteBlock.lanes(block .== SIMD16(repeating: UInt8(ascii: "\\")))
    }

    @inline(__always)
    private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") }

    @inline(__always)
    private static func structures(_ block: SIMD16<UInt8>) -> SIMD16<UInt8> {
        // With bit 5 set, a bracket is the brace of its side.
        let folded = block | SIMD16(repeating: 0x20)
        return ByteBlock.lanes(block .== SIMD16(repeating: UInt8(ascii: "\"")))
            | ByteBlock.lanes(folded .== SIMD16(repeating: UInt8(ascii: "{")))
            | ByteBlock.lanes(folded .== SIMD16(repeating: UInt8(ascii: "}")))
    }

    @inline(__always)
    private static func isStructure(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte | 0x20 == UInt8(ascii: "{") || byte | 0x20 == UInt8(ascii: "}")
    }

    // MARK: Searching

    @inline(__always)
    private static func first(
        in text: Span<UInt8>, from start: Int, _ marks: (SIMD16<UInt8>) -> SIMD16<UInt8>, _ isMarked: (UInt8) -> Bool
    ) -> Int {
        let count = text.count
        guard start >= 0, start < count else { return count }
        var position = start
        if count < 16 {
            while position < count, !isMarked(text[position]) { position &+= 1 }
            return position
        }
        let last = count &- 16
        // Invariant: every block begins at `last` or before, and so ends at the count or before.
        while position <= last {
            let found = ByteBlock.topBits(
                marks(unsafe text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: SIMD16<UInt8>.self)))
            if found != 0 { return position &+ found.trailingZeroBitCount }
            position &+= 16
        }
        guard position < count else { return count }
        // The last block begins before the position: what stands there was looked at.
        let block = unsafe text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: last, as: SIMD16<UInt8>.self)
        let found = ByteBlock.topBits(marks(block)) >> UInt32(truncatingIfNeeded: position &- last)
        return found == 0 ? count : position &+ found.trailingZeroBitCount
    }
}
