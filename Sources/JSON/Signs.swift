import Bytes

/// Searches for signs of JSON that look at sixteen bytes at a time.
@usableFromInline
enum Signs {
    /// The offset of the first quote or backslash from `start` on; the count if there is none.
    @inline(__always)
    static func firstQuote(in text: Span<UInt8>, from start: Int) -> Int {
        let count = text.count
        guard start >= 0, start < count else { return count }
        var position = start
        if count < 16 {
            while position < count, text[position] != UInt8(ascii: "\""), text[position] != UInt8(ascii: "\\") { position &+= 1 }
            return position
        }
        let last = count &- 16
        // Invariant: every block begins at `last` or before, and so ends at the count or before.
        while position <= last {
            let found = quoteBits(unsafe text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: SIMD16<UInt8>.self))
            if found != 0 { return position &+ found.trailingZeroBitCount }
            position &+= 16
        }
        guard position < count else { return count }
        // The last block begins before the position: what stands there was looked at.
        let block = unsafe text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: last, as: SIMD16<UInt8>.self)
        let found = quoteBits(block) >> UInt32(truncatingIfNeeded: position &- last)
        return found == 0 ? count : position &+ found.trailingZeroBitCount
    }

    /// A bit for each quote and backslash, that of the first byte least significant.
    @inlinable @inline(__always)
    static func quoteBits(_ block: SIMD16<UInt8>) -> UInt32 {
        ByteBlock.topBits(lanes(of: UInt8(ascii: "\""), block) | lanes(of: UInt8(ascii: "\\"), block))
    }

    /// What stands where in sixteen bytes, as far as nesting depends on it.
    struct NestingBits {
        var quotes: UInt32
        var hasBackslash: Bool
        /// Brackets and braces, and those of them that close.
        var brackets: UInt32
        var closing: UInt32
    }

    @inline(__always)
    static func nestingBits(_ block: SIMD16<UInt8>) -> NestingBits {
        // With bit 5 set, a bracket is the brace of its side.
        let folded = block | SIMD16(repeating: 0x20)
        let closing = lanes(of: UInt8(ascii: "}"), folded)
        return NestingBits(
            quotes: ByteBlock.topBits(lanes(of: UInt8(ascii: "\""), block)),
            hasBackslash: ByteBlock.topBits(lanes(of: UInt8(ascii: "\\"), block)) != 0,
            brackets: ByteBlock.topBits(lanes(of: UInt8(ascii: "{"), folded) | closing), closing: ByteBlock.topBits(closing))
    }

    @inlinable @inline(__always)
    static func lanes(of byte: UInt8, _ block: SIMD16<UInt8>) -> SIMD16<UInt8> {
        ByteBlock.lanes(block .== SIMD16(repeating: byte))
    }
}
