import Bytes

/// The last member of an object, found from the object's end, so that what stands before it is not looked at.
///
/// Only where its value is a natural number or a text without escapes, and there are no blanks around it but one after the colon. In valid
/// JSON it is a member of this object then: nothing that closes stands between it and the end, and a quote that is not after a backslash
/// begins a text or ends one. Of what is not valid it says nothing.
public struct JSONEnding {
    public let name: JSONValue
    public let value: JSONValue

    /// Names and values that are longer are not looked for.
    private static let lengthLimit = 80

    /// - Parameter text: ends where the object ends.
    public init?(_ text: Span<UInt8>) {
        let end = text.count &- 1
        guard end > 4, text[end] == UInt8(ascii: "}") else { return nil }
        let value: JSONValue
        var position: Int
        if text[end &- 1] == UInt8(ascii: "\"") {
            guard let range = Self.text(endingAt: end &- 1, in: text) else { return nil }
            value = JSONValue(kind: .text(hasEscapes: false), range: range)
            position = range.lowerBound &- 1
        } else {
            position = end
            while position > 0, end &- position < 20, text[position &- 1] &- UInt8(ascii: "0") <= 9 { position &-= 1 }
            guard position < end, text[position] != UInt8(ascii: "0") || position == end &- 1 else { return nil }
            value = JSONValue(kind: .number, range: position..<end)
        }
        if position > 0, text[position &- 1] == UInt8(ascii: " ") { position &-= 1 }
        guard position > 2, text[position &- 1] == UInt8(ascii: ":"), text[position &- 2] == UInt8(ascii: "\""),
            let name = Self.text(endingAt: position &- 2, in: text)
        else { return nil }
        self.name = JSONValue(kind: .text(hasEscapes: false), range: name)
        self.value = value
    }

    /// The text whose last quote stands at `end`; nil where it has escapes, or is too long.
    private static func text(endingAt end: Int, in text: Span<UInt8>) -> Range<Int>? {
        var start = end
        while start > 0, end &- start <= lengthLimit {
            let byte = text[start &- 1]
            if byte == UInt8(ascii: "\\") { return nil }
            if byte == UInt8(ascii: "\"") { return start > 1 && text[start &- 2] != UInt8(ascii: "\\") ? start..<end : nil }
            start &-= 1
        }
        return nil
    }
}
