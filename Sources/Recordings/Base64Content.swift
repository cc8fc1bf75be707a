import Bytes

/// Base 64 as programs write it into recordings: either alphabet, with or without padding and line breaks (RFC 4648 §4, §5).
enum Base64Content {
    /// Appends the bytes that `text` stands for; false, and nothing is appended, where it is no base 64.
    /// - Parameter isCut: the text ends anywhere, so that a last group that is not whole is no fault.
    static func append(_ text: Span<UInt8>, isCut: Bool, to output: inout ByteBuffer) -> Bool {
        let before = output.count
        var (group, count, padding) = (UInt32(0), 0, 0)
        for index in 0..<text.count {
            let character = text[index]
            if character == 0x0A || character == 0x0D { continue }
            if character == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(of: character) else {
                output.truncate(to: before)
                return false
            }
            group = group << 6 | UInt32(value)
            count += 1
            if count == 4 {
                for shift in [16, 8, 0] as [UInt32] { output.append(UInt8(truncatingIfNeeded: group >> shift)) }
                (group, count) = (0, 0)
            }
        }
        if count == 1, !isCut {
            output.truncate(to: before)
            return false
        }
        if count >= 2 { output.append(UInt8(truncatingIfNeeded: group >> (count == 2 ? 4 : 10))) }
        if count == 3 { output.append(UInt8(truncatingIfNeeded: group >> 2)) }
        return true
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
