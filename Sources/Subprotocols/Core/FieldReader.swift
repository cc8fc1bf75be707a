import Bytes

/// A position in bytes that are counted with varints: seven bits a byte, the least significant first, as protobuf and lib0 have them.
///
/// Whatever is read is checked against the end first.
struct FieldReader {
    private(set) var position: Int

    init(at position: Int = 0) { self.position = position }

    func isAtEnd(_ content: Span<UInt8>) -> Bool { position >= content.count }

    mutating func varint(_ content: Span<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < content.count else { return nil }
            let byte = content[position]
            position += 1
            if shift == 63, byte > 1 { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        return nil
    }

    /// Bytes with their count before them.
    mutating func counted(_ content: Span<UInt8>) -> Range<Int>? {
        guard let count = varint(content), count <= UInt64(content.count - position) else { return nil }
        defer { position += Int(count) }
        return position..<position + Int(count)
    }

    /// A field of a protobuf message (protobuf.dev, "Encoding").
    struct Field {
        var number: UInt64
        /// Of a number; else 0.
        var value: UInt64 = 0
        /// Where bytes, a text or a message stand.
        var range: Range<Int>?
    }

    /// The next field of a message; nil at its end, or where it is broken.
    mutating func field(_ content: Span<UInt8>) -> Field? {
        guard !isAtEnd(content), let key = varint(content), key >> 3 > 0 else { return nil }
        switch key & 7 {
        case 0: return varint(content).map { Field(number: key >> 3, value: $0) }
        case 2: return counted(content).map { Field(number: key >> 3, range: $0) }
        case 1, 5:
            let count = key & 7 == 1 ? 8 : 4
            guard count <= content.count - position else { return nil }
            position += count
            return Field(number: key >> 3)
        default: return nil
        }
    }

    /// The bytes of a field of the message at a range, the last of those with its number; nil if it has none, or is broken.
    static func find(_ number: UInt64, of message: Range<Int>, in content: Span<UInt8>) -> Range<Int>? {
        let inner = content.extracting(message)
        var reader = FieldReader()
        var found: Range<Int>?
        while let field = reader.field(inner) {
            if field.number == number, let range = field.range {
                found = range.lowerBound + message.lowerBound..<range.upperBound + message.lowerBound
            }
        }
        return reader.isAtEnd(inner) ? found : nil
    }
}
