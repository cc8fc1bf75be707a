import Bytes
import WebSocket

// Messages with the names of a schema: an object of fields, nearly as ProtoJSON has it.
extension ProtobufSchema {
    /// Fields of a message that are read.
    private static let fieldLimit = 1 << 16

    /// Appends a message as JSON: fields by name in the order of their numbers, enumerations by name, those that the schema does not have by
    /// number.
    /// - Parameter message: its place in the schema.
    /// - Returns: nil, and nothing is appended, where the bytes are none: broken, of other types, or too deep.
    public func append(
        _ bytes: Span<UInt8>, as message: Int, to output: inout ByteBuffer, limit: Int = 64 << 10
    ) -> BinaryValue? {
        let before = output.count
        var written = ByteBuffer()
        swap(&written, &output)
        var writer = ValueWriter(written, limit: limit)
        let isWhole = messages.indices.contains(message) && write(bytes, as: message, &writer)
        let isCut = writer.isCut
        output = writer.finish()
        guard isWhole else {
            output.truncate(to: before)
            return nil
        }
        return BinaryValue(end: bytes.count, isCut: isCut)
    }

    private func write(_ bytes: Span<UInt8>, as message: Int, _ writer: inout ValueWriter) -> Bool {
        var reader = ProtobufFields(bytes, takesGroups: true)
        var fields: [ProtobufFields.Field] = []
        while let field = reader.next(bytes) {
            guard fields.count < Self.fieldLimit else { return false }
            fields.append(field)
        }
        // Fields of one number belong together, in their order.
        let order = fields.indices.sorted { (fields[$0].number, $0) < (fields[$1].number, $1) }
        guard reader.isAtEnd, writer.open("{") else { return false }
        var (index, count): (Int, UInt64) = (0, 0)
        while index < order.count {
            let number = fields[order[index]].number
            var end = index + 1
            while end < order.count, fields[order[end]].number == number { end += 1 }
            writer.separate(count)
            let same = order[index..<end].map { fields[$0] }
            guard write(same, of: messages[message].field(number), bytes, &writer) else { return false }
            index = end
            count += 1
        }
        writer.close("}")
        return true
    }

    /// All fields of one number, with its name.
    private func write(_ fields: [ProtobufFields.Field], of field: Field?, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard let field else {
            writer.raw("\"")
            writer.unsigned(fields[0].number)
            writer.raw("\":")
            return writeList(fields.count > 1, fields.count, &writer) { index, writer in Self.writeUnknown(fields[index], bytes, &writer) }
        }
        writer.text(field.name.span)
        writer.raw(":")
        if case .message(let index) = field.type, messages[index].isMapEntry {
            return writeMap(fields, of: messages[index], bytes, &writer)
        }
        guard field.isRepeated else {
            // The last one counts; of messages, all are merged, which their bytes one after the other say too.
            guard let last = fields.last else { return false }
            if fields.count > 1, case .message(let index) = field.type { return write(merged: fields, as: index, bytes, &writer) }
            return write(last, as: field.type, bytes, &writer)
        }
        guard writer.open("[") else { return false }
        var count: UInt64 = 0
        for one in fields { guard writeRepeated(one, as: field.type, bytes, &count, &writer) else { return false } }
        writer.close("]")
        return true
    }

    private func write(merged fields: [ProtobufFields.Field], as message: Int, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        var merged = ByteBuffer()
        for field in fields {
            guard field.wire == 2 || field.wire == 3, let range = field.range else { return false }
            merged.append(bytes.extracting(range))
        }
        return write(merged.span, as: message, &writer)
    }

    private func writeList(
        _ isList: Bool, _ count: Int, _ writer: inout ValueWriter, _ write: (Int, inout ValueWriter) -> Bool
    ) -> Bool {
        guard isList else { return write(0, &writer) }
        guard writer.open("[") else { return false }
        for index in 0..<count {
            writer.separate(UInt64(index))
            guard write(index, &writer) else { return false }
        }
        writer.close("]")
        return true
    }

    private static func writeUnknown(_ field: ProtobufFields.Field, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        guard let range = field.range else {
            writer.unsigned(field.value)
            return true
        }
        writer.bytes(bytes.extracting(range))
        return true
    }

    /// An element, or several where numbers are packed into bytes.
    private func writeRepeated(
        _ field: ProtobufFields.Field, as type: FieldType, _ bytes: Span<UInt8>, _ count: inout UInt64, _ writer: inout ValueWriter
    ) -> Bool {
        let wire = Self.wire(of: type)
        guard let range = field.range, wire != 2 else {
            writer.separate(count)
            count += 1
            return write(field, as: type, bytes, &writer)
        }
        let packed = bytes.extracting(range)
        var cursor = ByteCursor(position: 0)
        while cursor.position < packed.count {
            let value = wire == 0 ? cursor.varint(packed) : cursor.littleEndian(wire == 1 ? 8 : 4, packed)
            guard let value else { return false }
            writer.separate(count)
            count += 1
            guard write(ProtobufFields.Field(number: field.number, wire: wire, value: value), as: type, packed, &writer) else {
                return false
            }
        }
        return true
    }

    private func writeMap(
        _ entries: [ProtobufFields.Field], of entry: Message, _ bytes: Span<UInt8>, _ writer: inout ValueWriter
    ) -> Bool {
        guard let key = entry.field(1), let value = entry.field(2), writer.open("{") else { return false }
        for (index, one) in entries.enumerated() {
            guard let range = one.range else { return false }
            let content = bytes.extracting(range)
            writer.separate(UInt64(index))
            var reader = ProtobufFields(content, takesGroups: true)
            var (keyField, valueField): (ProtobufFields.Field?, ProtobufFields.Field?) = (nil, nil)
            while let field = reader.next(content) {
                if field.number == 1 { keyField = field }
                if field.number == 2 { valueField = field }
            }
            guard reader.isAtEnd else { return false }
            // What is left out is the default of its type.
            guard
                writer.beginKey({ writer in
                    keyField.map { write($0, as: key.type, content, &writer) } ?? Self.writeDefault(of: key, &writer)
                })
            else { return false }
            guard valueField.map({ write($0, as: value.type, content, &writer) }) ?? Self.writeDefault(of: value, &writer) else {
                return false
            }
        }
        writer.close("}")
        return true
    }

    private static func writeDefault(of field: Field, _ writer: inout ValueWriter) -> Bool {
        switch field.type {
        case .scalar(9), .scalar(12): writer.raw("\"\"")
        case .scalar(8): writer.raw("false")
        case .scalar, .enumeration: writer.raw("0")
        case .message: writer.raw("{}")
        }
        return true
    }

    /// The wire type that a type has. A group, which is a message too, has another.
    private static func wire(of type: FieldType) -> UInt64 {
        switch type {
        case .message: 2
        case .enumeration: 0
        case .scalar(let number):
            switch number {
            case 1, 6, 16: 1
            case 2, 7, 15: 5
            case 9, 11, 12: 2
            default: 0
            }
        }
    }

    private func write(_ field: ProtobufFields.Field, as type: FieldType, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        switch type {
        case .message(let index):
            guard field.wire == 2 || field.wire == 3, let range = field.range else { return false }
            return write(bytes.extracting(range), as: index, &writer)
        case .enumeration(let index):
            guard field.wire == 0 else { return false }
            if let name = enumerations[index][field.value] {
                writer.text(name.span)
            } else {
                writer.signed(Int64(Int32(truncatingIfNeeded: field.value)))
            }
            return true
        case .scalar(let number): return field.wire == Self.wire(of: type) && write(field, scalar: number, bytes, &writer)
        }
    }

    private func write(_ field: ProtobufFields.Field, scalar type: UInt64, _ bytes: Span<UInt8>, _ writer: inout ValueWriter) -> Bool {
        let value = field.value
        switch type {
        case 1: writer.float(Double(bitPattern: value))
        case 2: writer.float(Float(bitPattern: UInt32(truncatingIfNeeded: value)))
        case 3, 16: writer.signed(Int64(bitPattern: value))
        case 4, 6: writer.unsigned(value)
        case 5, 15: writer.signed(Int64(Int32(truncatingIfNeeded: value)))
        case 7, 13: writer.unsigned(UInt64(UInt32(truncatingIfNeeded: value)))
        case 8: writer.flag(value != 0)
        case 9:
            guard let range = field.range, UTF8Validator.isValid(bytes.extracting(range)) else { return false }
            writer.text(bytes.extracting(range))
        case 12:
            guard let range = field.range else { return false }
            writer.bytes(bytes.extracting(range))
        // Zigzag: the sign is the lowest bit.
        case 17:
            writer.signed(Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: value) >> 1 ^ (0 &- UInt32(truncatingIfNeeded: value & 1)))))
        case 18: writer.signed(Int64(bitPattern: value >> 1 ^ (0 &- (value & 1))))
        default: return false
        }
        return true
    }
}
