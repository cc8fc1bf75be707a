import Bytes

/// Names and types of protobuf messages, as `protoc --descriptor_set_out` writes them (`google/protobuf/descriptor.proto`).
public struct ProtobufSchema: Sendable {
    /// Why a file is none.
    public enum Failure: Error, Equatable {
        /// It is no FileDescriptorSet.
        case malformed
        /// A field has a type that no file of the set has: it was written without `--include_imports`.
        case missing(type: String)
        case tooLarge
    }

    struct Field: Sendable {
        var number: UInt64
        var name: [UInt8]
        var isRepeated: Bool
        var type: FieldType
    }

    enum FieldType: Sendable, Equatable {
        /// By the numbers of `FieldDescriptorProto.Type`: all but messages, groups and enumerations.
        case scalar(UInt64)
        case message(Int)
        case enumeration(Int)
    }

    struct Message: Sendable {
        var name: String
        /// By number.
        var fields: [Field] = []
        /// An entry of a map, of a key and a value.
        var isMapEntry = false

        func field(_ number: UInt64) -> Field? {
            var (low, high) = (0, fields.count)
            while low < high {
                let middle = (low + high) / 2
                if fields[middle].number < number { low = middle + 1 } else { high = middle }
            }
            return low < fields.count && fields[low].number == number ? fields[low] : nil
        }
    }

    private(set) var messages: [Message] = []
    private(set) var enumerations: [[UInt64: [UInt8]]] = []
    private var messageIndices: [String: Int] = [:]
    private var enumerationIndices: [String: Int] = [:]

    /// Messages, fields and values of enumerations that are read.
    private static let limit = 1 << 16
    private static let depthLimit = 32
    /// Fields as they were read, by message: their types' names are known when all are read.
    private var declared: [[Declared]] = []
    private var count = 0

    private struct Declared: Sendable {
        var field: Field
        var typeName: String
        var isEnumeration: Bool
    }

    /// - Parameter bytes: a FileDescriptorSet.
    public init(_ bytes: Span<UInt8>) throws(Failure) {
        var reader = ProtobufFields(bytes)
        while let field = reader.next(bytes) {
            if field.number == 1, let range = field.range { try readFile(bytes.extracting(range)) }
        }
        guard reader.isAtEnd, !messages.isEmpty else { throw .malformed }
        try resolve()
    }

    // MARK: Looking up

    /// The place of a message by its full name, such as `chat.v1.Envelope`.
    public func message(named name: String) -> Int? { messageIndices[name] }

    /// The full names of messages that no other message has as a field; of protobuf's own only where there are no others.
    public var outermost: [String] {
        var used = Set<Int>()
        for (place, message) in messages.enumerated() {
            for case .message(let index) in message.fields.map(\.type) where index != place { used.insert(index) }
        }
        let all = messages.indices.filter { !used.contains($0) && !messages[$0].isMapEntry }.map { messages[$0].name }
        let own = all.filter { !$0.hasPrefix("google.protobuf.") }
        return own.isEmpty ? all : own
    }

    // MARK: Reading

    private mutating func readFile(_ file: Span<UInt8>) throws(Failure) {
        var reader = ProtobufFields(file)
        var package = ""
        var inner: [(isMessage: Bool, range: Range<Int>)] = []
        while let field = reader.next(file) {
            guard let range = field.range else { continue }
            if field.number == 2 { package = String(decoding: file.extracting(range).copied(), as: UTF8.self) }
            if field.number == 4 || field.number == 5 { inner.append((field.number == 4, range)) }
        }
        guard reader.isAtEnd else { throw .malformed }
        for (isMessage, range) in inner {
            let part = file.extracting(range)
            if isMessage { try readMessage(part, in: package, depth: 0) } else { try readEnumeration(part, in: package) }
        }
    }

    private mutating func readMessage(_ bytes: Span<UInt8>, in scope: String, depth: Int) throws(Failure) {
        guard depth < Self.depthLimit else { throw .tooLarge }
        var reader = ProtobufFields(bytes)
        var name = ""
        var fields: [Declared] = []
        var inner: [(isMessage: Bool, range: Range<Int>)] = []
        var isMapEntry = false
        while let field = reader.next(bytes) {
            guard let range = field.range else { continue }
            switch field.number {
            case 1: name = String(decoding: bytes.extracting(range).copied(), as: UTF8.self)
            case 2: fields.append(try readField(bytes.extracting(range)))
            case 3, 4: inner.append((field.number == 3, range))
            case 7: isMapEntry = ProtobufFields.value(7, of: bytes.extracting(range)) == 1
            default: continue
            }
        }
        guard reader.isAtEnd, !name.isEmpty else { throw .malformed }
        let full = scope.isEmpty ? name : "\(scope).\(name)"
        try counted(1 + fields.count)
        messageIndices[full] = messages.count
        messages.append(Message(name: full, isMapEntry: isMapEntry))
        declared.append(fields)
        for (isMessage, range) in inner {
            let part = bytes.extracting(range)
            if isMessage { try readMessage(part, in: full, depth: depth + 1) } else { try readEnumeration(part, in: full) }
        }
    }

    private func readField(_ bytes: Span<UInt8>) throws(Failure) -> Declared {
        var reader = ProtobufFields(bytes)
        var found = Declared(field: Field(number: 0, name: [], isRepeated: false, type: .scalar(0)), typeName: "", isEnumeration: false)
        while let field = reader.next(bytes) {
            switch field.number {
            case 1: if let range = field.range { found.field.name = bytes.extracting(range).copied() }
            case 3: found.field.number = field.value
            case 4: found.field.isRepeated = field.value == 3
            case 5:
                found.field.type = .scalar(field.value)
                found.isEnumeration = field.value == 14
            case 6:
                guard let range = field.range else { continue }
                let name = String(decoding: bytes.extracting(range).copied(), as: UTF8.self)
                found.typeName = name.hasPrefix(".") ? String(name.dropFirst()) : name
            default: continue
            }
        }
        guard reader.isAtEnd, found.field.number > 0, !found.field.name.isEmpty else { throw .malformed }
        return found
    }

    private mutating func readEnumeration(_ bytes: Span<UInt8>, in scope: String) throws(Failure) {
        var reader = ProtobufFields(bytes)
        var name = ""
        var names: [UInt64: [UInt8]] = [:]
        while let field = reader.next(bytes) {
            guard let range = field.range else { continue }
            if field.number == 1 { name = String(decoding: bytes.extracting(range).copied(), as: UTF8.self) }
            guard field.number == 2 else { continue }
            let value = bytes.extracting(range)
            guard let text = ProtobufFields.range(1, of: value) else { throw .malformed }
            // Of several names of a number, the first.
            let number = ProtobufFields.value(2, of: value) ?? 0
            if names[number] == nil { names[number] = value.extracting(text).copied() }
        }
        guard reader.isAtEnd, !name.isEmpty else { throw .malformed }
        try counted(1 + names.count)
        enumerationIndices[scope.isEmpty ? name : "\(scope).\(name)"] = enumerations.count
        enumerations.append(names)
    }

    private mutating func counted(_ more: Int) throws(Failure) {
        count += more
        if count > Self.limit { throw .tooLarge }
    }

    private mutating func resolve() throws(Failure) {
        for index in messages.indices {
            var fields: [Field] = []
            for var one in declared[index] {
                if !one.typeName.isEmpty {
                    let place = one.isEnumeration ? enumerationIndices[one.typeName] : messageIndices[one.typeName]
                    guard let place else { throw .missing(type: one.typeName) }
                    one.field.type = one.isEnumeration ? .enumeration(place) : .message(place)
                }
                fields.append(one.field)
            }
            messages[index].fields = fields.sorted { $0.number < $1.number }
        }
        declared = []
    }
}
