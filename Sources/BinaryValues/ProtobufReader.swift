import Bytes
import WebSocket

/// The wire format of Protocol Buffers without a schema: an array of fields, each with its number and what its type allows to say.
///
/// Bytes are shown as a message where they are one, as text where they are printable, else as bytes; which of them is meant, only a
/// schema tells.
struct ProtobufReader {
    private var cursor: ByteCursor
    private let end: Int

    init(at start: Int, end: Int) {
        cursor = ByteCursor(position: start)
        self.end = end
    }

    /// Numbers of fields are at most 2^29 − 1.
    private static let numberLimit: UInt64 = 1 << 29

    mutating func read(_ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard writer.open("[") else { return false }
        // Fields may hold messages again, whose ends are theirs.
        let bytes = bytes.extracting(0..<end)
        var index: UInt64 = 0
        while cursor.position < end {
            writer.separate(index)
            guard readField(bytes, &writer) else { return false }
            index += 1
        }
        writer.close("]")
        return true
    }

    private mutating func readField(_ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard let key = cursor.varint(bytes), key >> 3 > 0, key >> 3 < Self.numberLimit else { return false }
        writer.raw(#"{"field":"#)
        writer.unsigned(key >> 3)
        switch key & 7 {
        case 0:
            guard let value = cursor.varint(bytes) else { return false }
            writer.raw(#","varint":"#)
            writer.unsigned(value)
        case 1:
            guard let bits = cursor.littleEndian(8, bytes) else { return false }
            writer.raw(#","fixed64":"#)
            writer.unsigned(bits)
        case 2:
            guard let range = cursor.counted(bytes) else { return false }
            readBytes(range, bytes, &writer)
        case 5:
            guard let bits = cursor.littleEndian(4, bytes) else { return false }
            writer.raw(#","fixed32":"#)
            writer.unsigned(bits)
        default: return false
        }
        writer.raw("}")
        return true
    }

    private func readBytes(_ range: Range<Int>, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) {
        let content = bytes.extracting(range)
        if Self.isPrintable(content) {
            writer.raw(#","text":"#)
            return writer.text(content)
        }
        // Whether they are a message is looked at without writing, in one go for all that is in it.
        if Self.isMessage(content, depth: writer.depth) {
            writer.raw(#","message":"#)
            var inner = ProtobufReader(at: range.lowerBound, end: range.upperBound)
            _ = inner.read(bytes, &writer)
        } else {
            writer.raw(#","bytes":""#)
            writer.base64(content)
            writer.raw("\"")
        }
    }

    /// Whether bytes are fields one after the other, to their end; what is in fields is not looked into.
    static func isMessage(_ content: Span<UInt8>, depth: Int) -> Bool {
        guard !content.isEmpty, depth < BinaryValue.depthLimit - 1 else { return false }
        var fields = ProtobufFields(content)
        while fields.next(content) != nil {}
        return fields.isAtEnd
    }

    private static func isPrintable(_ content: Span<UInt8>) -> Bool {
        for index in 0..<content.count {
            let byte = content[index]
            if byte < 0x20 && byte != 0x09 && byte != 0x0A && byte != 0x0D || byte == 0x7F { return false }
        }
        return UTF8Validator.isValid(content)
    }
}
