import Bytes

/// The fields of a protobuf message one after the other, whatever they mean (protobuf.dev, "Encoding").
package struct ProtobufFields {
    package struct Field {
        package var number: UInt64
        /// The wire type: 0, 1, 2 or 5, and 3 of a group.
        var wire: UInt64
        /// Of a number.
        package var value: UInt64 = 0
        /// Where bytes, a text or a message stand; of a group, what is in it.
        package var range: Range<Int>?
    }

    private var cursor = ByteCursor()
    private var isBroken = false
    package private(set) var isAtEnd: Bool

    private let takesGroups: Bool

    private static let groupDepthLimit = 32

    /// - Parameter takesGroups: proto2's groups are fields too; where there is no schema, they are hardly ever meant.
    package init(_ bytes: Span<UInt8>, takesGroups: Bool = false) {
        isAtEnd = bytes.isEmpty
        self.takesGroups = takesGroups
    }

    /// Nil at the end, or where it is broken.
    package mutating func next(_ bytes: Span<UInt8>) -> Field? {
        guard !isAtEnd, !isBroken else { return nil }
        let field = read(bytes)
        isBroken = field == nil
        isAtEnd = !isBroken && cursor.position == bytes.count
        return field
    }

    private mutating func read(_ bytes: Span<UInt8>) -> Field? {
        guard let key = cursor.varint(bytes), key >> 3 > 0, key >> 3 < 1 << 29 else { return nil }
        var field = Field(number: key >> 3, wire: key & 7)
        switch field.wire {
        case 0:
            guard let value = cursor.varint(bytes) else { return nil }
            field.value = value
        case 1, 5:
            guard let value = cursor.littleEndian(field.wire == 1 ? 8 : 4, bytes) else { return nil }
            field.value = value
        case 2:
            guard let range = cursor.counted(bytes) else { return nil }
            field.range = range
        case 3:
            guard takesGroups, let range = readGroup(field.number, bytes) else { return nil }
            field.range = range
        default: return nil
        }
        return field
    }

    /// What is in a group that has begun; nil where it does not end.
    private mutating func readGroup(_ number: UInt64, _ bytes: Span<UInt8>) -> Range<Int>? {
        let start = cursor.position
        var open = [number]
        while true {
            let end = cursor.position
            guard let key = cursor.varint(bytes), key >> 3 > 0, key >> 3 < 1 << 29 else { return nil }
            switch key & 7 {
            case 0: guard cursor.varint(bytes) != nil else { return nil }
            case 1: guard cursor.littleEndian(8, bytes) != nil else { return nil }
            case 2: guard cursor.counted(bytes) != nil else { return nil }
            case 3:
                guard open.count < Self.groupDepthLimit else { return nil }
                open.append(key >> 3)
            case 4:
                guard open.removeLast() == key >> 3 else { return nil }
                if open.isEmpty { return start..<end }
            case 5: guard cursor.littleEndian(4, bytes) != nil else { return nil }
            default: return nil
            }
        }
    }

    /// The number of a field, the last with it.
    static func value(_ number: UInt64, of bytes: Span<UInt8>) -> UInt64? {
        var fields = ProtobufFields(bytes)
        var found: UInt64?
        while let field = fields.next(bytes) { if field.number == number { found = field.value } }
        return found
    }

    /// The bytes of a field, the last with its number; nil if there is none, or the message is broken.
    package static func range(_ number: UInt64, of bytes: Span<UInt8>) -> Range<Int>? {
        var fields = ProtobufFields(bytes)
        var found: Range<Int>?
        while let field = fields.next(bytes) { if field.number == number { found = field.range } }
        return fields.isAtEnd ? found : nil
    }
}
