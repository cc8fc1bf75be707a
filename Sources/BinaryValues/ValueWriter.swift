import Bytes
import Digests
import JSON
import WebSocket

/// Writes a value as JSON, up to a limit, and counts how deep it is.
struct ValueWriter: ~Copyable {
    private var output: ByteBuffer
    private let limit: Int
    /// Something was left out: the rest, or of a long text or bytes the end.
    private(set) var isCut = false
    private(set) var depth = 0

    /// Bytes of a text that are written; what follows it still is.
    private static let textLimit = 16 << 10

    init(_ output: consuming ByteBuffer, limit: Int) {
        let (sum, overflowed) = output.count.addingReportingOverflow(limit)
        self.limit = overflowed ? .max : sum
        self.output = output
    }

    consuming func finish() -> ByteBuffer { output }

    // MARK: Nesting

    /// False where that would be too deep.
    mutating func open(_ bracket: StaticString) -> Bool {
        guard depth < BinaryValue.depthLimit else { return false }
        depth += 1
        raw(bracket)
        return true
    }

    mutating func close(_ bracket: StaticString) {
        depth -= 1
        raw(bracket)
    }

    /// One that shows nothing of its own, and counts as deep all the same.
    mutating func nest(_ write: (inout ValueWriter) -> Bool) -> Bool {
        guard open("") else { return false }
        defer { close("") }
        return write(&self)
    }

    mutating func separate(_ index: UInt64) { if index > 0 { raw(",") } }

    // MARK: Values

    mutating func raw(_ text: StaticString) {
        guard hasRoom else { return }
        output.append(text)
    }

    mutating func unsigned(_ value: UInt64) {
        guard hasRoom else { return }
        output.append(decimal: value)
    }

    mutating func signed(_ value: Int64) {
        guard hasRoom else { return }
        if value < 0 { output.append("-") }
        output.append(decimal: value.magnitude)
    }

    /// Minus one, minus a number: CBOR's negative integers reach to −2^64.
    mutating func negative(_ value: UInt64) {
        guard hasRoom else { return }
        if value == .max { return output.append("-18446744073709551616") }
        output.append("-")
        output.append(decimal: value + 1)
    }

    mutating func float(_ value: Double) {
        guard hasRoom else { return }
        if value.isFinite { return output.append(string: "\(value)") }
        output.append(value.isNaN ? #"{"float":"NaN"}"# : value > 0 ? #"{"float":"Infinity"}"# : #"{"float":"-Infinity"}"#)
    }

    /// With no more digits than it takes to tell it from others of 32 bits.
    mutating func float(_ value: Float) {
        guard hasRoom, value.isFinite else { return float(Double(value)) }
        output.append(string: "\(value)")
    }

    mutating func flag(_ value: Bool) { raw(value ? "true" : "false") }

    /// Text, or bytes where it is not UTF-8.
    mutating func text(_ content: Span<UInt8>) {
        guard hasRoom else { return }
        guard UTF8Validator.isValid(content) else { return bytes(content) }
        var end = min(content.count, Self.textLimit)
        if end < content.count {
            isCut = true
            // Not within a character.
            while end > 0, content[end] & 0xC0 == 0x80 { end -= 1 }
        }
        JSONWriter.append(text: content.extracting(0..<end), to: &output)
        cutAtLimit()
    }

    mutating func bytes(_ content: Span<UInt8>) {
        guard hasRoom else { return }
        output.append(#"{"bytes":""#)
        base64(content)
        output.append(#""}"#)
    }

    /// Within quotes.
    mutating func hexadecimal(_ content: Span<UInt8>) {
        guard hasRoom else { return }
        for index in 0..<content.count { output.append(hex: UInt64(content[index]), digits: 2) }
        cutAtLimit()
    }

    /// Within quotes.
    mutating func base64(_ content: Span<UInt8>) {
        guard hasRoom else { return }
        let end = min(content.count, Self.textLimit)
        if end < content.count { isCut = true }
        output.append(string: Base64.encode(content.extracting(0..<end)))
        cutAtLimit()
    }

    /// A text in quotes that was written with `write`, whatever that writes: keys of JSON are texts.
    mutating func beginKey(_ write: (inout ValueWriter) -> Bool) -> Bool {
        let start = output.count
        guard write(&self) else { return false }
        guard hasRoom, output.count > start, output.span[start] != UInt8(ascii: "\"") else {
            raw(":")
            return true
        }
        let written = output.span.extracting(start..<output.count).copied()
        output.truncate(to: start)
        JSONWriter.append(text: written.span, to: &output)
        cutAtLimit()
        raw(":")
        return true
    }

    /// Escapes may make a text several times as long, and once more where it stands in a key.
    private mutating func cutAtLimit() {
        guard output.count > limit else { return }
        isCut = true
        output.truncate(to: limit)
    }

    private var hasRoom: Bool {
        mutating get {
            if output.count < limit { return true }
            isCut = true
            return false
        }
    }
}
