import Bytes
import JSON

/// What a value in XML stands for (XML 1.0 §4.1, §4.6): references to characters and the five entities that need no declaration.
struct XMLText: ~Copyable {
    private var plain = ByteBuffer()

    var span: Span<UInt8> {
        @_lifetime(borrow self) get { plain.span }
    }

    init(_ text: Span<UInt8>) {
        var position = 0
        while position < text.count {
            if text[position] == UInt8(ascii: "&"), let (scalar, end) = Self.reference(text, at: position) {
                for byte in scalar.utf8 { plain.append(byte) }
                position = end
            } else {
                plain.append(text[position])
                position += 1
            }
        }
    }

    /// What stands between `&` and `;`; nil where that refers to nothing that is known.
    private static func reference(_ text: Span<UInt8>, at start: Int) -> (Unicode.Scalar, end: Int)? {
        let (first, limit) = (start + 1, min(text.count, start + 12))
        guard let end = text.extracting(0..<limit).index(of: UInt8(ascii: ";"), from: first), end > first else { return nil }
        let word = text.extracting(first..<end)
        if word[0] == UInt8(ascii: "#") { return character(word).map { ($0, end + 1) } }
        let entities: [(StaticString, Unicode.Scalar)] = [("lt", "<"), ("gt", ">"), ("amp", "&"), ("apos", "'"), ("quot", "\"")]
        for (name, scalar) in entities where word.count == name.utf8CodeUnitCount && word.matches(name) { return (scalar, end + 1) }
        return nil
    }

    /// `#34` or `#x22`.
    private static func character(_ word: Span<UInt8>) -> Unicode.Scalar? {
        let isHex = word.count > 1 && word[1] == UInt8(ascii: "x")
        let digits = word.extracting((isHex ? 2 : 1)..<word.count)
        guard !digits.isEmpty, digits.count <= 7 else { return nil }
        var value: UInt32 = 0
        for index in 0..<digits.count {
            guard let digit = HexDigit.value(of: digits[index]), isHex || digit < 10 else { return nil }
            value = value * (isHex ? 16 : 10) + UInt32(digit)
        }
        return Unicode.Scalar(value)
    }
}
