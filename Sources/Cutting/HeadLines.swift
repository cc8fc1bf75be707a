import Bytes

/// Where in a message head, as it was sent, the target and the values of its fields stand.
struct HeadLines {
    struct Field {
        var name: String
        var value: Range<Int>
    }

    /// Behind the first word of the first line: a request's target and version, a response's status and reason.
    private(set) var behindFirstWord: Range<Int>?
    private(set) var fields: [Field] = []
    /// Lines that go on with the field before them (RFC 9112 §5.2) or are no field, without their ends.
    private(set) var continued: [Range<Int>] = []

    init(_ bytes: [UInt8]) {
        var start = 0
        var isFirst = true
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            var line = start..<end
            if let last = line.last, bytes[last] == UInt8(ascii: "\r") { line = line.dropLast() }
            start = end + 1
            guard let first = line.first else { continue }
            if isFirst {
                behindFirstWord = bytes[line].firstIndex(of: UInt8(ascii: " ")).map { $0 + 1..<line.upperBound }
                isFirst = false
            } else if bytes[first] == UInt8(ascii: " ") || bytes[first] == UInt8(ascii: "\t"), !fields.isEmpty {
                continued.append(line)
            } else if let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")) {
                let name = Self.trimmed(line.lowerBound..<colon, bytes)
                fields.append(
                    Field(name: String(decoding: bytes[name], as: UTF8.self), value: Self.trimmed(colon + 1..<line.upperBound, bytes)))
            } else {
                continued.append(line)
            }
        }
    }

    /// A request's target.
    func target(in bytes: [UInt8]) -> Range<Int>? {
        guard let behindFirstWord, let blank = bytes[behindFirstWord].lastIndex(of: UInt8(ascii: " ")) else { return nil }
        return behindFirstWord.lowerBound..<blank
    }

    /// The reason behind a response's status.
    func reason(in bytes: [UInt8]) -> Range<Int>? {
        guard let behindFirstWord, let blank = bytes[behindFirstWord].firstIndex(of: UInt8(ascii: " ")) else { return nil }
        return blank + 1..<behindFirstWord.upperBound
    }

    /// The body that follows comes in chunks, if one follows.
    func isChunked(in bytes: [UInt8]) -> Bool {
        fields.contains { field in
            field.name.lowercased() == "transfer-encoding"
                && String(decoding: bytes[field.value], as: UTF8.self).lowercased().hasSuffix("chunked")
        }
    }

    private static func trimmed(_ range: Range<Int>, _ bytes: [UInt8]) -> Range<Int> {
        var range = range
        while let first = range.first, bytes[first] == UInt8(ascii: " ") || bytes[first] == UInt8(ascii: "\t") { range = range.dropFirst() }
        while let last = range.last, bytes[last] == UInt8(ascii: " ") || bytes[last] == UInt8(ascii: "\t") { range = range.dropLast() }
        return range
    }
}
