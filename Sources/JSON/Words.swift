import Bytes

/// Searches that look at eight bytes at a time.
enum Words {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// The top bit of each byte that equals `byte`; above the first of them, others may be marked too.
    @inline(__always)
    private static func marks(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & tops
    }

    /// The offset of the first quote or backslash from `start` on; the count if there is none.
    @inline(__always)
    static func firstQuote(in text: Span<UInt8>, from start: Int) -> Int {
        var position = start
        while position &+ 8 <= text.count {
            let word = text.uint64LE(at: position)
            let found = marks(word, UInt8(ascii: "\"")) | marks(word, UInt8(ascii: "\\"))
            if found != 0 { return position &+ found.trailingZeroBitCount / 8 }
            position &+= 8
        }
        while position < text.count, text[position] != UInt8(ascii: "\""), text[position] != UInt8(ascii: "\\") { position &+= 1 }
        return min(position, text.count)
    }

    /// The offset of the first quote, bracket or brace from `start` on; the count if there is none.
    @inline(__always)
    static func firstStructure(in text: Span<UInt8>, from start: Int) -> Int {
        var position = start
        while position &+ 8 <= text.count {
            let word = text.uint64LE(at: position)
            // With bit 5 set, a bracket is the brace of its side.
            let folded = word | (ones &* 0x20)
            let found = marks(word, UInt8(ascii: "\"")) | marks(folded, UInt8(ascii: "{")) | marks(folded, UInt8(ascii: "}"))
            if found != 0 { return position &+ found.trailingZeroBitCount / 8 }
            position &+= 8
        }
        while position < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: "\"") || byte | 0x20 == UInt8(ascii: "{") || byte | 0x20 == UInt8(ascii: "}") { break }
            position &+= 1
        }
        return min(position, text.count)
    }
}
