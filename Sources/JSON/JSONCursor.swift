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
        default: return isNatural(word) || DecimalNumber(word) != nil ? JSONValue(kind: .number, range: range) : nil
        }
    }

    /// Digits alone, without a zero in front: most numbers are.
    @inline(__always)
    private static func isNatural(_ word: Span<UInt8>) -> Bool {
        guard word[0] != UInt8(ascii: "0") else { return word.count == 1 }
        for index in 0..<word.count where word[index] &- UInt8(ascii: "0") > 9 { return false }
        return true
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
            position = Words.firstStructure(in: text, from: position)
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
            position = Words.firstQuote(in: text, from: position)
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
