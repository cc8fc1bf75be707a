import Bytes

/// The bytes that a JSON text with escapes stands for, one at a time (RFC 8259 §7).
///
/// What is no escape stands for itself, and half a surrogate pair for U+FFFD.
public struct JSONText {
    private var position = 0
    /// Bytes of an escaped character that are still due, the next one in the lowest byte.
    private var due: UInt32 = 0
    private var dueCount = 0

    public init() {}

    public mutating func next(_ text: Span<UInt8>) -> UInt8? {
        if dueCount > 0 {
            let byte = UInt8(truncatingIfNeeded: due)
            due >>= 8
            dueCount -= 1
            return byte
        }
        guard position < text.count else { return nil }
        let byte = text[position]
        position += 1
        guard byte == UInt8(ascii: "\\"), position < text.count else { return byte }
        let letter = text[position]
        position += 1
        switch letter {
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "u"): return takeScalar(text)
        default: return letter
        }
    }

    private mutating func takeScalar(_ text: Span<UInt8>) -> UInt8? {
        guard let first = unit(text, at: position) else { return UInt8(ascii: "u") }
        position += 4
        var value = first
        if first >> 10 == 0x36, position + 1 < text.count, text.matches("\\u", at: position), let second = unit(text, at: position + 2),
            second >> 10 == 0x37
        {
            value = 0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF)
            position += 6
        }
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        for byte in scalar.utf8 {
            due |= UInt32(byte) << UInt32(8 * dueCount)
            dueCount += 1
        }
        return next(text)
    }

    private func unit(_ text: Span<UInt8>, at start: Int) -> UInt32? {
        guard text.count - start >= 4 else { return nil }
        var value: UInt32 = 0
        for index in start..<start + 4 {
            guard let digit = HexDigit.value(of: text[index]) else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// How what `text` stands for sorts against `other`, byte by byte: negative, 0 or positive.
    public static func order(_ text: Span<UInt8>, _ other: [UInt8]) -> Int {
        var decoder = JSONText()
        var index = 0
        while let byte = decoder.next(text) {
            guard index < other.count else { return 1 }
            if byte != other[index] { return byte < other[index] ? -1 : 1 }
            index += 1
        }
        return index < other.count ? -1 : 0
    }

    /// Writes what `text` stands for into `output`.
    public static func append(_ text: Span<UInt8>, to output: inout ByteBuffer) {
        var decoder = JSONText()
        while let byte = decoder.next(text) { output.append(byte) }
    }
}
