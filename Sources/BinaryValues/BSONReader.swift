import Bytes

/// BSON (bsonspec.org): documents, which say how long they are.
struct BSONReader {
    var cursor: ByteCursor

    init(at start: Int) { cursor = ByteCursor(position: start) }

    mutating func read(_ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool { readDocument(bytes, &writer, isArray: false) }

    private mutating func readDocument(_ bytes: Span<UInt8>, _ writer: inout ValueWriter, isArray: Bool) -> Bool {
        let start = cursor.position
        guard let length = cursor.littleEndian(4, bytes), length >= 5, length <= UInt64(bytes.count - start),
            writer.open(isArray ? "[" : "{")
        else { return false }
        let end = start + Int(length)
        var index: UInt64 = 0
        while let type = cursor.byte(bytes), type != 0 {
            guard cursor.position < end, let name = readName(bytes) else { return false }
            writer.separate(index)
            // The names of an array's elements are their numbers.
            if !isArray {
                let isWritten = writer.beginKey {
                    $0.text(bytes.extracting(name))
                    return true
                }
                guard isWritten else { return false }
            }
            guard readElement(type, bytes, &writer) else { return false }
            index += 1
        }
        guard cursor.position == end, bytes[end - 1] == 0 else { return false }
        writer.close(isArray ? "]" : "}")
        return true
    }

    /// Bytes up to a NUL, which is passed over.
    private mutating func readName(_ bytes: Span<UInt8>) -> Range<Int>? {
        let start = cursor.position
        while let byte = cursor.byte(bytes) { if byte == 0 { return start..<cursor.position - 1 } }
        return nil
    }

    /// A length that counts a NUL at the end.
    private mutating func readString(_ bytes: Span<UInt8>) -> Range<Int>? {
        guard let count = cursor.littleEndian(4, bytes), count >= 1, let range = cursor.range(count, bytes),
            bytes[range.upperBound - 1] == 0
        else { return nil }
        return range.lowerBound..<range.upperBound - 1
    }

    private mutating func readElement(_ type: UInt8, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        switch type {
        case 0x01:
            guard let bits = cursor.littleEndian(8, bytes) else { return false }
            writer.float(Double(bitPattern: bits))
        case 0x02, 0x0D, 0x0E:
            guard let range = readString(bytes) else { return false }
            writer.text(bytes.extracting(range))
        case 0x03: return readDocument(bytes, &writer, isArray: false)
        case 0x04: return readDocument(bytes, &writer, isArray: true)
        case 0x05:
            guard let count = cursor.littleEndian(4, bytes), let subtype = cursor.byte(bytes), let range = cursor.range(count, bytes) else {
                return false
            }
            return write(#"{"subtype":"#, UInt64(subtype), bytes.extracting(range), &writer)
        case 0x06, 0x0A: writer.raw("null")
        case 0x07:
            guard let range = cursor.range(12, bytes) else { return false }
            writer.raw(#"{"oid":""#)
            writer.hexadecimal(bytes.extracting(range))
            writer.raw(#""}"#)
        case 0x08:
            guard let value = cursor.byte(bytes), value < 2 else { return false }
            writer.flag(value == 1)
        case 0x09, 0x12:
            guard let value = cursor.littleEndian(8, bytes) else { return false }
            // A date is milliseconds since 1970.
            if type == 0x09 { writer.raw(#"{"date":"#) }
            writer.signed(Int64(bitPattern: value))
            if type == 0x09 { writer.raw("}") }
        case 0x0B:
            guard let pattern = readName(bytes), let options = readName(bytes) else { return false }
            writer.raw(#"{"regex":"#)
            writer.text(bytes.extracting(pattern))
            writer.raw(#","options":"#)
            writer.text(bytes.extracting(options))
            writer.raw("}")
        case 0x10:
            guard let value = cursor.littleEndian(4, bytes) else { return false }
            writer.signed(Int64(Int32(truncatingIfNeeded: value)))
        case 0x11:
            guard let value = cursor.littleEndian(8, bytes) else { return false }
            writer.raw(#"{"timestamp":"#)
            writer.unsigned(value)
            writer.raw("}")
        case 0x13:
            guard let range = cursor.range(16, bytes) else { return false }
            writer.raw(#"{"decimal128":""#)
            writer.hexadecimal(bytes.extracting(range))
            writer.raw(#""}"#)
        case 0x7F: writer.raw(#"{"key":"max"}"#)
        case 0xFF: writer.raw(#"{"key":"min"}"#)
        default: return false
        }
        return true
    }

    private func write(_ word: StaticString, _ number: UInt64, _ content: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        writer.raw(word)
        writer.unsigned(number)
        writer.raw(#","bytes":""#)
        writer.base64(content)
        writer.raw(#""}"#)
        return true
    }
}
