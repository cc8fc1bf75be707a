import Bytes

/// Where in a message head, as it was sent, the target and the values of its fields stand.
struct HeadLines {
    struct Field {
        var name: String
        var value: Range<Int>
    }

    /// The request's target; of a response the status and what follows.
    private(set) var target: Range<Int>?
    private(set) var fields: [Field] = []
    /// Lines that go on with the field before them (RFC 9112 §5.2), without their ends.
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
                target = Self.target(in: bytes, line)
                isFirst = false
            } else if bytes[first] == UInt8(ascii: " ") || bytes[first] == UInt8(ascii: "\t") {
                continued.append(line)
            } else if let colon = bytes[line].firstIndex(of: UInt8(ascii: ":")) {
                let name = Self.trimmed(line.lowerBound..<colon, bytes)
                fields.append(
                    Field(name: String(decoding: bytes[name], as: UTF8.self), value: Self.trimmed(colon + 1..<line.upperBound, bytes)))
            }
        }
    }

    private static func target(in bytes: [UInt8], _ line: Range<Int>) -> Range<Int>? {
        guard let from = bytes[line].firstIndex(of: UInt8(ascii: " ")), let to = bytes[line].lastIndex(of: UInt8(ascii: " ")), from < to
        else {
            return nil
        }
        return from + 1..<to
    }

    private static func trimmed(_ range: Range<Int>, _ bytes: [UInt8]) -> Range<Int> {
        var range = range
        while let first = range.first, bytes[first] == UInt8(ascii: " ") || bytes[first] == UInt8(ascii: "\t") { range = range.dropFirst() }
        while let last = range.last, bytes[last] == UInt8(ascii: " ") || bytes[last] == UInt8(ascii: "\t") { range = range.dropLast() }
        return range
    }
}
