import Bytes
import JSON
import Text

// JSON beneath a row, a member or element a line.
extension TimelineReport {
    /// Deeper levels are indented no further, so that what is written stays in proportion to what was read.
    private static let indentLimit = 24

    /// False, and nothing written, where the text is not JSON.
    mutating func writeJSONBlock(_ text: Span<UInt8>) -> Bool {
        guard let tree = JSONTree(text) else { return false }
        var index = 0
        while index < tree.rows.count {
            let row = tree.rows[index]
            beginBlockLine()
            for _ in 0..<min(row.depth, Self.indentLimit) { write("  ") }
            if let name = row.name {
                writeSafe(text.extracting(name), .client)
                write(": ", .dim)
            }
            writeSafe(text.extracting(row.value), ink(of: text[row.value.lowerBound]))
            if row.isContainer, row.insideCount == 0 {
                // An empty one keeps its brackets together.
                index += 1
                writeSafe(text.extracting(tree.rows[index].value), .dim)
            }
            if isFollowed(tree, index) { write(",", .dim) }
            endRow()
            index += 1
        }
        return true
    }

    /// Another member or element of the same container comes after this row.
    private func isFollowed(_ tree: JSONTree, _ index: Int) -> Bool {
        index + 1 < tree.rows.count && tree.rows[index + 1].depth == tree.rows[index].depth
    }

    private func ink(of first: UInt8) -> Ink {
        switch first {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "}"), UInt8(ascii: "]"): .dim
        case UInt8(ascii: "\""): .good
        default: .server
        }
    }

    private mutating func writeSafe(_ text: Span<UInt8>, _ ink: Ink) {
        palette.begin(ink, in: &output)
        var safe = SafeText(isASCII: palette.isASCII)
        safe.append(text, to: &output)
        palette.end(ink, in: &output)
    }
}

extension Span where Element == UInt8 {
    /// It begins as an object or array of JSON does.
    var mayBeJSONContainer: Bool {
        for index in indices {
            switch self[index] {
            case 0x20, 0x09, 0x0A, 0x0D: continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): return true
            default: return false
            }
        }
        return false
    }
}
