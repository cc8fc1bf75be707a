import Bytes

/// The start tag of an element: its name and where its attributes are (XML 1.0 §3.1). Nothing is expanded.
struct XMLTag {
    /// Without the prefix of its namespace.
    let name: Range<Int>
    private let attributes: Range<Int>
    /// After the tag.
    let end: Int

    /// The next start tag from a position on; nil where there is none that ends.
    init?(_ text: Span<UInt8>, at start: Int = 0) {
        var position = start
        repeat {
            guard let open = text.index(of: UInt8(ascii: "<"), from: position), open + 1 < text.count else { return nil }
            position = open + 1
        } while !Self.isNameByte(text[position])
        var low = position
        while position < text.count, Self.isNameByte(text[position]) {
            position += 1
            if text[position - 1] == UInt8(ascii: ":") { low = position }
        }
        name = low..<position
        let first = position
        var quote: UInt8 = 0
        while position < text.count {
            let byte = text[position]
            if quote != 0 {
                if byte == quote { quote = 0 }
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
                quote = byte
            } else if byte == UInt8(ascii: ">") {
                break
            }
            position += 1
        }
        guard position < text.count else { return nil }
        attributes = first..<position
        end = position + 1
    }

    /// What stands in the quotes of an attribute.
    func value(_ name: StaticString, _ text: Span<UInt8>) -> Range<Int>? {
        var position = attributes.lowerBound
        while position < attributes.upperBound {
            while position < attributes.upperBound, !Self.isNameByte(text[position]) { position += 1 }
            let start = position
            while position < attributes.upperBound, Self.isNameByte(text[position]) { position += 1 }
            let key = start..<position
            while position < attributes.upperBound, text[position] != UInt8(ascii: "\""), text[position] != UInt8(ascii: "'") {
                position += 1
            }
            guard position < attributes.upperBound, let close = text.index(of: text[position], from: position + 1),
                close < attributes.upperBound
            else { return nil }
            if key.count == name.utf8CodeUnitCount, text.matches(name, at: key.lowerBound) { return position + 1..<close }
            position = close + 1
        }
        return nil
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"), 0x80...0xFF:
            true
        default: false
        }
    }
}
