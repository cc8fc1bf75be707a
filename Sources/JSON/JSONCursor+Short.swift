import Bytes

// Names and texts as they are mostly written, short and without escapes, found with one load of sixteen bytes. What is written in another
// way, or stands in the last bytes of a text, is not taken here, and the position stays.
extension JSONCursor {
    @usableFromInline static var quoteAndColon: UInt16 { UInt16(UInt8(ascii: "\"")) | UInt16(UInt8(ascii: ":")) << 8 }

    /// A name of some 12 bytes at most and its colon: `"name":`, after a comma `,"name":` or `, "name":`; blanks after it are skipped.
    @inlinable @inline(__always)
    mutating func takeShortName(_ text: Span<UInt8>, afterComma: Bool) -> JSONValue? {
        guard position >= 0, position <= text.count &- 16 else { return nil }
        // Invariant: sixteen bytes are there. The opening quote is the fourth of them at most, and what is loaded after it is before the
        // first quote that follows within them, or that.
        let bytes = unsafe text.bytes
        let block = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: SIMD16<UInt8>.self)
        var offset = 0
        if afterComma {
            guard block[0] == UInt8(ascii: ",") else { return nil }
            offset = block[1] == UInt8(ascii: " ") ? 2 : 1
        }
        let start = position &+ offset &+ 1
        guard unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: start &- 1, as: UInt8.self) == UInt8(ascii: "\"") else {
            return nil
        }
        let found = Signs.quoteBits(block) &>> UInt32(truncatingIfNeeded: offset &+ 1)
        let length = found.trailingZeroBitCount
        guard length <= 13 &- offset else { return nil }
        let end = start &+ length
        guard unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: end, as: UInt16.self).littleEndian == Self.quoteAndColon else {
            return nil
        }
        position = end &+ 2
        skipBlanks(text)
        return JSONValue(kind: .text(hasEscapes: false), range: start..<end)
    }

    /// A text without escapes, or a number of digits alone.
    @inlinable @inline(__always)
    mutating func takeShort(_ text: Span<UInt8>) -> JSONValue? {
        guard position >= 0, position < text.count else { return nil }
        let first = text[position]
        if first &- UInt8(ascii: "1") < 9 { return takeNatural(text) }
        guard first == UInt8(ascii: "\"") else { return nil }
        let start = position &+ 1
        var end = start
        if position <= text.count &- 16 {
            // Invariant: sixteen bytes are there.
            let block = unsafe text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: SIMD16<UInt8>.self)
            let found = Signs.quoteBits(block) & ~1
            end = found != 0 ? position &+ found.trailingZeroBitCount : Self.firstQuote(in: text, from: position &+ 16)
        } else {
            end = Self.firstQuote(in: text, from: start)
        }
        guard end < text.count, text[end] == UInt8(ascii: "\"") else { return nil }
        position = end &+ 1
        return JSONValue(kind: .text(hasEscapes: false), range: start..<end)
    }

    /// Of a longer text: the first quote or backslash from `start` on; the count if there is none.
    // Takes no cursor, so that those of its callers stay in registers.
    @usableFromInline @inline(never)
    static func firstQuote(in text: Span<UInt8>, from start: Int) -> Int { Signs.firstQuote(in: text, from: start) }

    /// Digits alone, without a zero in front: most numbers are.
    @inlinable @inline(__always)
    mutating func takeNatural(_ text: Span<UInt8>) -> JSONValue? {
        let count = text.count
        var end = position
        while end < count, text[end] &- UInt8(ascii: "0") <= 9 { end &+= 1 }
        // What touches the end may have been cut there.
        guard end < count, Self.endsScalar(text[end]) else { return nil }
        let start = position
        position = end
        return JSONValue(kind: .number, range: start..<end)
    }
}
