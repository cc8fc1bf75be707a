import Bytes
import Inspection

/// Values as JSON spells them (RFC 8259). Keys stand at the call, comma and colon included: one copy of a literal each.
extension ByteBuffer {
    /// JSON as it stands in the source. Labelled, because a bare literal would be taken for a `String`.
    @inline(__always)
    mutating func append(json text: StaticString) { append(text) }

    /// A string in quotation marks.
    public mutating func append(jsonString text: String) {
        // Invariant: the span ends with the closure; a Swift string is always UTF-8, in one piece.
        _ = unsafe text.utf8.withContiguousStorageIfAvailable { bytes in
            append(UInt8(ascii: "\""))
            unsafe append(escaping: Span(_unsafeElements: bytes))
            append(UInt8(ascii: "\""))
        }
    }

    /// A key, then a number.
    @inline(__always)
    mutating func append(_ key: StaticString, _ number: UInt64) {
        append(key)
        append(decimal: number)
    }

    /// A key, then a name of this program's own, which needs no escapes.
    @inline(__always)
    mutating func append(_ key: StaticString, _ name: StaticString) {
        append(key)
        append(UInt8(ascii: "\""))
        append(name)
        append(UInt8(ascii: "\""))
    }

    /// A key, then a string.
    mutating func append(_ key: StaticString, string text: String) {
        append(key)
        append(jsonString: text)
    }

    /// A key, then true or false.
    @inline(__always)
    mutating func append(_ key: StaticString, _ value: Bool) {
        append(key)
        if value { append(json: "true") } else { append(json: "false") }
    }

    /// An array, one element after the other written by `write`.
    mutating func append<Element>(jsonArray elements: some Sequence<Element>, _ write: (inout ByteBuffer, Element) -> Void) {
        append(UInt8(ascii: "["))
        var isFirst = true
        for element in elements {
            if !isFirst { append(UInt8(ascii: ",")) }
            isFirst = false
            write(&self, element)
        }
        append(UInt8(ascii: "]"))
    }

    /// The values of `source` and `tool`, with the key of the latter: one input is a string, several are an array.
    mutating func append(sources: [String], tool: String, version: String) {
        if sources.count == 1 {
            append(jsonString: sources[0])
        } else {
            append(jsonArray: sources) { $0.append(jsonString: $1) }
        }
        append(#","tool":{"name":"#, string: tool)
        append(#","version":"#, string: version)
        append(UInt8(ascii: "}"))
    }

    /// Text with a replacement character for each byte that is unknown.
    mutating func append(escaping text: Span<UInt8>, hasUnknown: Bool) {
        guard hasUnknown else { return append(escaping: text) }
        var start = 0
        while let place = text.firstUnknown(from: start) {
            append(escaping: text.extracting(start..<place))
            append(json: "\u{FFFD}")
            start = place + 1
        }
        append(escaping: text.extracting(start..<text.count))
    }

    /// The members `packets` and `packetsOmitted`; nothing for an empty list.
    mutating func append(packets: PacketList) {
        // Invariant: `byteCount` is what the members take at most.
        var writer = unsafe writer(upTo: LineWriter.byteCount(of: packets))
        writer.append(packets: packets)
        commit(writer)
    }
}
