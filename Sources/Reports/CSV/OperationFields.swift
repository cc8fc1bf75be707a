import Bytes
import Subprotocols

/// What a message means, as columns: how many operations it has, and what the first of them is.
extension ByteBuffer {
    static let operationFieldCount = 9

    mutating func append(operationFieldsOf meaning: borrowing Meaning) {
        guard let first = meaning.operations.first else { return appendEmptyFields(Self.operationFieldCount) }
        append(field: meaning.name)
        append(field: UInt64(meaning.operations.count + meaning.omittedCount))
        append(field: first.role.name)
        if first.word.isEmpty { append(field: first.type) } else { append(lossyField: meaning.bytes(of: first.word)) }
        append(lossyField: meaning.bytes(of: first.name))
        append(lossyField: meaning.bytes(of: first.id))
        // What came by polling is no message that has a row.
        if first.request > 0, MessageFacts.polledNumber(first.request) == nil { append(field: first.request) } else { appendEmptyFields() }
        append(UInt8(ascii: ","))
        if let latency = first.latency { TimeText.appendSeconds(latency, to: &self) }
        append(UInt8(ascii: ","))
        if let status = first.status { append(status.name) }
    }

    /// An empty text is none here; what is not UTF-8 becomes U+FFFD.
    private mutating func append(lossyField text: Span<UInt8>) {
        if text.isEmpty { return appendEmptyFields() }
        append(field: String(decoding: text.copied(), as: UTF8.self))
    }
}
