import Bytes
import WebSocket

/// Fields as RFC 4180 spells them. Each is written with the comma before it; a row begins without one.
extension ByteBuffer {
    /// Numbers and names of this program's own, which never need quotation marks.
    @inline(__always)
    mutating func append(field number: UInt64) {
        append(UInt8(ascii: ","))
        append(decimal: number)
    }

    @inline(__always)
    mutating func append(field name: StaticString) {
        append(UInt8(ascii: ","))
        append(name)
    }

    @inline(__always)
    mutating func append(field value: Bool) {
        append(UInt8(ascii: ","))
        if value { append("true") } else { append("false") }
    }

    /// A field without a value: nothing between two commas, where an empty text is a pair of quotation marks.
    @inline(__always)
    mutating func appendEmptyFields(_ count: Int = 1) {
        for _ in 0..<count { append(UInt8(ascii: ",")) }
    }

    /// Text from the wire: always in quotation marks, those inside doubled.
    mutating func append(field text: Span<UInt8>) {
        append(UInt8(ascii: ","))
        append(UInt8(ascii: "\""))
        append(quoted: text)
        append(UInt8(ascii: "\""))
    }

    mutating func append(field text: String) {
        var text = text
        // Invariant: the span ends with the closure; a Swift string is always UTF-8.
        text.withUTF8 { bytes in unsafe append(field: Span(_unsafeElements: bytes)) }
    }

    /// The inside of a quoted field.
    mutating func append(quoted text: Span<UInt8>) {
        var start = 0
        for index in text.indices where text[index] == UInt8(ascii: "\"") {
            append(text.extracting(start..<index + 1))
            append(UInt8(ascii: "\""))
            start = index + 1
        }
        append(text.extracting(start..<text.count))
    }

    mutating func endRow() { append("\r\n") }
}
