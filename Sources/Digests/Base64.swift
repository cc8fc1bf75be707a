/// Base 64 with the standard alphabet and padding (RFC 4648 §4).
///
/// Made for keys and digests of a few bytes; it aims at clarity, not at throughput.
public enum Base64 {
    public static func encode(_ bytes: Span<UInt8>) -> String {
        let count = (bytes.count + 2) / 3 * 4
        return unsafe String(unsafeUninitializedCapacity: count) { text in
            var (start, end) = (0, 0)
            while start < bytes.count {
                let (group, present) = group(at: start, of: bytes)
                for index in 0..<4 { unsafe text[end + index] = character(index, of: group, present) }
                start += present
                end += 4
            }
            return end
        }
    }

    /// True if `text` is how an encoder writes `bytes`.
    public static func isEncoding(_ text: Span<UInt8>, of bytes: Span<UInt8>) -> Bool {
        guard text.count == (bytes.count + 2) / 3 * 4 else { return false }
        var end = 0
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let (group, present) = group(at: start, of: bytes)
            for index in 0..<4 {
                guard text[end + index] == Self.character(index, of: group, present) else { return false }
            }
            end += 4
        }
        return true
    }

    /// Up to three bytes as 24 bits, zeros behind the last, and how many they are.
    private static func group(at start: Int, of bytes: Span<UInt8>) -> (bits: UInt32, present: Int) {
        let present = min(bytes.count - start, 3)
        var bits: UInt32 = 0
        for index in 0..<3 { bits = bits << 8 | (index < present ? UInt32(bytes[start + index]) : 0) }
        return (bits, present)
    }

    /// One of the four characters of a group.
    private static func character(_ index: Int, of bits: UInt32, _ present: Int) -> UInt8 {
        index <= present ? character(UInt8(truncatingIfNeeded: bits >> UInt32(18 - 6 * index)) & 0x3F) : padding
    }

    /// The bytes that `text` stands for; nil unless it is exactly what an encoder writes.
    ///
    /// So no line breaks or other foreign characters (§3.3), padding to whole groups (§3.2), and no bits set behind the
    /// last byte (§3.5): every byte string has one accepted spelling.
    public static func decode(_ text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        guard characters.count % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(characters.count / 4 * 3)
        for start in stride(from: 0, to: characters.count, by: 4) {
            let isLast = start + 4 == characters.count
            let padded = isLast ? characters[start..<start + 4].reversed().prefix { $0 == padding }.count : 0
            guard padded <= 2 else { return nil }
            var group: UInt32 = 0
            for index in 0..<4 - padded {
                guard let sextet = sextet(characters[start + index]) else { return nil }
                group |= UInt32(sextet) << UInt32(18 - 6 * index)
            }
            let present = 3 - padded
            for index in 0..<present {
                bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * index)))
            }
            guard group & (1 << UInt32(24 - 8 * present) - 1) == 0 else { return nil }
        }
        return bytes
    }

    private static let padding = UInt8(ascii: "=")

    private static func character(_ sextet: UInt8) -> UInt8 {
        switch sextet {
        case 0..<26: UInt8(ascii: "A") + sextet
        case 26..<52: UInt8(ascii: "a") + sextet - 26
        case 52..<62: UInt8(ascii: "0") + sextet - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }

    private static func sextet(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
