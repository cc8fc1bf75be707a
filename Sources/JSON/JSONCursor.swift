import Bytes

/// A position in a JSON text that passes over names, values and brackets without building any (RFC 8259).
///
/// It judges only what it passes. Nesting costs no stack, so there is no limit on it; each byte is looked at once.
@usableFromInline
struct JSONCursor {
    @usableFromInline var position: Int

    @inlinable
    init(at position: Int = 0) { self.position = position }

    // MARK: Values

    /// The value that begins here, passed over; nil where there is none, or where it does not end.
    @usableFromInline
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
            while position < text.count, !Self.endsScalar(text[position]) { position &+= 1 }
            return position > start
        }
    }

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

    // MARK: Signs

    @inlinable @inline(__always)
    mutating func take(_ byte: UInt8, _ text: Span<UInt8>) -> Bool {
        guard position < text.count, text[position] == byte else { return false }
        position &+= 1
        return true
    }

    @inlinable @inline(__always)
    mutating func skipBlanks(_ text: Span<UInt8>) {
        while position < text.count, text[position] <= 0x20, Self.isBlank(text[position]) { position &+= 1 }
    }

    @inlinable @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    @inlinable @inline(__always)
    static func endsScalar(_ byte: UInt8) -> Bool {
        // With bit 5 set, a bracket is the brace of its side.
        let folded = byte | 0x20
        return byte == UInt8(ascii: ",") || folded == UInt8(ascii: "}") || byte <= 0x20 && isBlank(byte) || byte == UInt8(ascii: "\"")
            || byte == UInt8(ascii: ":") || folded == UInt8(ascii: "{")
    }
}
