import Bytes

/// A position in a JSON text that passes over names, values and brackets without building any (RFC 8259).
///
/// It judges only what it passes. Nesting costs no stack, so there is no limit on it; each byte is looked at once.
struct JSONCursor {
    var position: Int

    init(at position: Int = 0) { self.position = position }

    // MARK: Values

    /// The value that begins here, passed over; nil where there is none, or where it does not end.
    mutating func takeValue(_ text: Span<UInt8>) -> JSONValue? {
        let start = position
        guard start < text.count else { return nil }
        switch text[start] {
        case UInt8(ascii: "\""): return takeText(text)
        case let byte:
            if byte &- UInt8(ascii: "1") < 9, let number = takeNatural(text) { return number }
            guard skipValue(text) else { return nil }
            let range = start..<position
            switch byte {
            case UInt8(ascii: "{"): return JSONValue(kind: .object, range: range)
            case UInt8(ascii: "["): return JSONValue(kind: .array, range: range)
            default:
                // A scalar that touches the end may have been cut there.
                guard position < text.count else { return nil }
                return Self.scalar(text, range)
            }
        }
    }

    /// Digits alone, without a zero in front: most numbers are. Nil, and nothing taken, where more follows than a sign that ends them.
    @inline(__always)
    private mutating func takeNatural(_ text: Span<UInt8>) -> JSONValue? {
        var end = position
        while end < text.count, text[end] &- UInt8(ascii: "0") <= 9 { end &+= 1 }
        // What touches the end may have been cut there.
        guard end < text.count, Self.endsScalar(text[end]) else { return nil }
        let start = position
        position = end
        return JSONValue(kind: .number, range: start..<end)
    }

    private static func scalar(_ text: Span<UInt8>, _ range: Range<Int>) -> JSONValue? {
        let word = text.extracting(range)
        switch word[0] {
        case UInt8(ascii: "t"): return word.count == 4 && word.matches("true") ? JSONValue(kind: .yes, range: range) : nil
        case UInt8(ascii: "f"): return word.count == 5 && word.matches("false") ? JSONValue(kind: .no, range: range) : nil
        case UInt8(ascii: "n"): return word.count == 4 && word.matches("null") ? JSONValue(kind: .null, range: range) : nil
        case UInt8(ascii: "0") where word.count == 1: return JSONValue(kind: .number, range: range)
        default: return DecimalNumber(word) != nil ? JSONValue(kind: .number, range: range) : nil
        }
    }

    /// Passes over a value; false where it does not end.
    mutating func skipValue(_ text: Span<UInt8>) -> Bool {
        guard position < text.count else { return false }
        switch text[position] {
        case UInt8(ascii: "\""): return takeText(text) != nil
        case UInt8(ascii: "{"), UInt8(ascii: "["): return skipNested(text)
        default:
            let start = position
            while position < text.count, !Self.endsScalar(text[position]) { position += 1 }
            return position > start
        }
    }

    private mutating func skipNested(_ text: Span<UInt8>) -> Bool {
        var depth = 0
        while true {
            position = Signs.firstStructure(in: text, from: position)
            guard position < text.count else { return false }
            switch text[position] {
            case UInt8(ascii: "\""):
                guard takeText(text) != nil else { return false }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            default: depth -= 1
            }
            position += 1
            if depth == 0 { return true }
        }
    }

    @inline(__always)
    mutating func takeText(_ text: Span<UInt8>) -> JSONValue? {
        guard take(UInt8(ascii: "\""), text) else { return nil }
        let start = position
        var hasEscapes = false
        while true {
            position = Signs.firstQuote(in: text, from: position)
            guard position < text.count else { return nil }
            position += 1
            if text[position - 1] == UInt8(ascii: "\"") {
                return JSONValue(kind: .text(hasEscapes: hasEscapes), range: start..<position - 1)
            }
            hasEscapes = true
            position += 1
        }
    }

    private static var commaAndQuote: UInt16 { UInt16(UInt8(ascii: ",")) | UInt16(UInt8(ascii: "\"")) << 8 }
    private static var quoteAndColon: UInt16 { UInt16(UInt8(ascii: "\"")) | UInt16(UInt8(ascii: ":")) << 8 }

    /// A name of 12 bytes at most and its colon, without blanks and escapes, as `"name":` or `,"name":` in 16 bytes; nil, and nothing
    /// taken, where it is written otherwise.
    @inline(__always)
    mutating func takeCompactName(_ text: Span<UInt8>, afterComma: Bool) -> JSONValue? {
        guard position >= 0, position &+ 16 <= text.count else { return nil }
        // Invariant: that many bytes are there, and the name and its colon end within them.
        let block = unsafe text.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: SIMD16<UInt8>.self)
        let start = position &+ (afterComma ? 2 : 1)
        if afterComma {
            guard text.uint16LE(at: position) == Self.commaAndQuote else { return nil }
        } else {
            guard text[position] == UInt8(ascii: "\"") else { return nil }
        }
        let length = (Signs.quoteBits(block) &>> UInt32(truncatingIfNeeded: start &- position)).trailingZeroBitCount
        // Of a block without a second quote that is 32.
        guard length <= 12, text.uint16LE(at: start &+ length) == Self.quoteAndColon else { return nil }
        let end = start &+ length
        let name = start..<end
        position = end &+ 2
        skipBlanks(text)
        return JSONValue(kind: .text(hasEscapes: false), range: name)
    }

    // MARK: Signs

    @inline(__always)
    mutating func take(_ byte: UInt8, _ text: Span<UInt8>) -> Bool {
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    @inline(__always)
    mutating func skipBlanks(_ text: Span<UInt8>) {
        while position < text.count, text[position] <= 0x20, Self.isBlank(text[position]) { position += 1 }
    }

    @inline(__always)
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    @inline(__always)
    private static func endsScalar(_ byte: UInt8) -> Bool {
        isBlank(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "\"")
            || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
    }
}
