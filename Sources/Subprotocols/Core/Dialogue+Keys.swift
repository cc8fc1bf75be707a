import Bytes
import JSON

// Keys that are values of JSON: what they say counts, and not how it is written.
extension Dialogue {
    /// Notes that the operation may be answered, under what a value says.
    mutating func ask(_ space: UInt8 = 0, key value: JSONValue?, in content: Span<UInt8>) {
        guard let plain = Self.unescaped(value, content) else { return ask(space, key: content.extracting(value?.range ?? 0..<0)) }
        ask(space, key: plain.span)
    }

    /// Pairs the operation with the other side's request of what a value says.
    mutating func answer(_ space: UInt8 = 0, key value: JSONValue?, in content: Span<UInt8>) {
        guard let plain = Self.unescaped(value, content) else {
            answer(space, key: content.extracting(value?.range ?? 0..<0))
            return
        }
        answer(space, key: plain.span)
    }

    /// Whether the other side waits for an answer with what a value says.
    mutating func hasOpenRequest(_ value: JSONValue, in content: Span<UInt8>, _ space: UInt8) -> Bool {
        guard let plain = Self.unescaped(value, content) else { return hasOpenRequest(content.extracting(value.range), space) }
        return hasOpenRequest(plain.span, space)
    }

    /// Nil where a value says what it is written as.
    private static func unescaped(_ value: JSONValue?, _ content: Span<UInt8>) -> ByteBuffer? {
        guard let value, case .text(hasEscapes: true) = value.kind else { return nil }
        var plain = ByteBuffer()
        JSONText.append(content.extracting(value.range).extracting(first: Meaning.valueLimit), to: &plain)
        return plain
    }
}
