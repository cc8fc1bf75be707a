import Bytes
import Text

// Text in an HTML document: what is from the wire is shown and never obeyed, neither by the parser nor by who lays out text.
extension ByteBuffer {
    /// Markup as it stands in the source.
    @inline(__always)
    mutating func append(html markup: StaticString) { append(markup) }

    /// Text between tags or inside an attribute's quotation marks; invisible characters become visible escapes.
    mutating func append(text: String) {
        var safe = ByteBuffer()
        var writer = SafeText()
        writer.append(text, to: &safe)
        append(escapingMarkup: safe.span)
    }

    /// The same for bytes, which need not be text.
    mutating func append(textOf bytes: Span<UInt8>) {
        var safe = ByteBuffer()
        var writer = SafeText()
        writer.append(bytes, to: &safe)
        append(escapingMarkup: safe.span)
    }

    /// Text inside an element, the tags of which are given.
    mutating func append(_ start: StaticString, text: String, _ end: StaticString) {
        append(start)
        append(text: text)
        append(end)
    }

    private mutating func append(escapingMarkup text: Span<UInt8>) {
        var start = 0
        for index in text.indices {
            let reference: StaticString
            switch text[index] {
            case UInt8(ascii: "<"): reference = "&lt;"
            case UInt8(ascii: ">"): reference = "&gt;"
            case UInt8(ascii: "&"): reference = "&amp;"
            case UInt8(ascii: "\""): reference = "&quot;"
            case UInt8(ascii: "'"): reference = "&#39;"
            default: continue
            }
            append(text.extracting(start..<index))
            append(reference)
            start = index + 1
        }
        append(text.extracting(start..<text.count))
    }
}
