import Bytes

/// The Huffman code of HPACK and QPACK (RFC 7541, appendix B).
///
/// It is canonical: among codes of one length, and from one length to the next, they count up in the order of their symbols. So the
/// lengths alone make the whole code.
public enum HuffmanCode {
    /// The end-of-string symbol, which is only used as padding.
    static let endOfString = 256
    static let longest = 30

    /// The bits of the code of each symbol.
    static let lengths: [UInt8] = [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
        28, 28, 28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
        5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7,
        7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
        24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
        23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
        21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
        26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
    ]

    /// How codes of one length are numbered.
    struct Group {
        /// The code of its first symbol.
        var first: UInt32 = 0
        var count: UInt32 = 0
        /// The index of its first symbol in `symbols`.
        var offset = 0
    }

    /// By the length of the code.
    static let groups: [Group] = {
        var groups = [Group](repeating: Group(), count: longest + 1)
        for length in lengths { groups[Int(length)].count += 1 }
        for length in 1...longest {
            let shorter = groups[length - 1]
            groups[length].first = (shorter.first + shorter.count) << 1
            groups[length].offset = shorter.offset + Int(shorter.count)
        }
        return groups
    }()

    /// All symbols in the order of their codes.
    static let symbols: [UInt16] = (0..<lengths.count).sorted { (lengths[$0], $0) < (lengths[$1], $1) }.map { UInt16($0) }

    /// Appends the text of a coded string; false if it is not one (RFC 7541 §5.2).
    ///
    /// - Parameter limit: bytes of text that are kept; what follows is only checked.
    public static func decode(_ coded: Span<UInt8>, into text: inout [UInt8], limit: Int) -> Bool {
        var bits: UInt64 = 0
        var bitCount = 0
        var index = 0
        let (groups, symbols) = (groups, symbols)
        while true {
            while bitCount <= 32, index < coded.count {
                bits = bits << 8 | UInt64(coded[index])
                bitCount += 8
                index += 1
            }
            if bitCount < 5 { return isPadding(bits, bitCount) }
            var length = 5
            var symbol = -1
            while length <= min(longest, bitCount) {
                let code = UInt32(truncatingIfNeeded: bits >> UInt64(bitCount - length)) & (1 << UInt32(length) - 1)
                let group = groups[length]
                if code >= group.first, code - group.first < group.count {
                    symbol = Int(symbols[group.offset + Int(code - group.first)])
                    break
                }
                length += 1
            }
            if symbol < 0 { return index == coded.count && isPadding(bits, bitCount) }
            if symbol == endOfString { return false }
            bitCount -= length
            if text.count < limit { text.append(UInt8(symbol)) }
        }
    }

    /// Fewer than eight bits, all of them set.
    private static func isPadding(_ bits: UInt64, _ count: Int) -> Bool {
        let mask: UInt64 = 1 << UInt64(count) - 1
        return count < 8 && bits & mask == mask
    }
}
