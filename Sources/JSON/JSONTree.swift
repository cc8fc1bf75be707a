import Bytes

/// A JSON text as rows that can be folded: one for each member, element, and closing bracket.
///
/// Values keep the bytes they were written with; nothing is decoded, so nothing is changed. Member names may repeat.
package struct JSONTree: Sendable {
    package struct Row: Sendable {
        package var depth: Int
        /// The member's name with its quotes, as a range of the bytes.
        package var name: Range<Int>?
        /// A scalar as it is written; of a container its bracket.
        package var value: Range<Int>
        /// Rows inside a container, its closing bracket not counted.
        package var insideCount = 0
        /// Members or elements of a container.
        package var childCount = 0
        package var isContainer = false
    }

    package private(set) var rows: [Row] = []

    package static let depthLimit = 256
    package static let rowLimit = 200_000

    /// nil when the bytes are no JSON text (RFC 8259), or one too large or too deep to be shown as a tree.
    package init?(_ bytes: Span<UInt8>) {
        var parser = Parser()
        guard parser.value(bytes, depth: 0, name: nil) else { return nil }
        parser.skipBlanks(bytes)
        guard parser.at == bytes.count else { return nil }
        rows = parser.rows
    }

    /// The rows that are to be seen when some are folded.
    package func visible(folded: Set<Int>) -> [Int] {
        var visible: [Int] = []
        var index = 0
        while index < rows.count {
            visible.append(index)
            index += folded.contains(index) ? rows[index].insideCount + 2 : 1
        }
        return visible
    }

    private struct Parser {
        var at = 0
        var rows: [Row] = []

        mutating func skipBlanks(_ bytes: Span<UInt8>) {
            while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
        }

        mutating func value(_ bytes: Span<UInt8>, depth: Int, name: Range<Int>?) -> Bool {
            skipBlanks(bytes)
            guard at < bytes.count, depth < JSONTree.depthLimit, rows.count < JSONTree.rowLimit else { return false }
            switch bytes[at] {
            case UInt8(ascii: "{"): return container(bytes, depth, name, closing: UInt8(ascii: "}"))
            case UInt8(ascii: "["): return container(bytes, depth, name, closing: UInt8(ascii: "]"))
            default:
                let start = at
                guard scalar(bytes) else { return false }
                rows.append(Row(depth: depth, name: name, value: start..<at))
                return true
            }
        }

        private mutating func container(_ bytes: Span<UInt8>, _ depth: Int, _ name: Range<Int>?, closing: UInt8) -> Bool {
            let isObject = bytes[at] == UInt8(ascii: "{")
            let own = rows.count
            rows.append(Row(depth: depth, name: name, value: at..<at + 1, isContainer: true))
            at += 1
            skipBlanks(bytes)
            var count = 0
            while at < bytes.count, bytes[at] != closing {
                if count > 0 {
                    guard bytes[at] == UInt8(ascii: ",") else { return false }
                    at += 1
                    skipBlanks(bytes)
                }
                var member: Range<Int>?
                if isObject {
                    let start = at
                    guard at < bytes.count, bytes[at] == UInt8(ascii: "\""), string(bytes) else { return false }
                    member = start..<at
                    skipBlanks(bytes)
                    guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { return false }
                    at += 1
                }
                guard value(bytes, depth: depth + 1, name: member) else { return false }
                count += 1
                skipBlanks(bytes)
            }
            guard at < bytes.count else { return false }
            rows[own].insideCount = rows.count - own - 1
            rows[own].childCount = count
            rows.append(Row(depth: depth, name: nil, value: at..<at + 1))
            at += 1
            return true
        }

        private mutating func scalar(_ bytes: Span<UInt8>) -> Bool {
            for word in ["true", "false", "null"] as [StaticString] where bytes.matches(word, at: at) {
                at += word.utf8CodeUnitCount
                return true
            }
            return bytes[at] == UInt8(ascii: "\"") ? string(bytes) : number(bytes)
        }

        private mutating func string(_ bytes: Span<UInt8>) -> Bool {
            at += 1
            while at < bytes.count {
                switch bytes[at] {
                case UInt8(ascii: "\""):
                    at += 1
                    return true
                case UInt8(ascii: "\\"): at += 2
                case 0..<0x20: return false
                default: at += 1
                }
            }
            return false
        }

        private mutating func number(_ bytes: Span<UInt8>) -> Bool {
            let start = at
            if bytes[at] == UInt8(ascii: "-") { at += 1 }
            let whole = digits(bytes)
            guard whole > 0 else { return false }
            if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
                at += 1
                guard digits(bytes) > 0 else { return false }
            }
            if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
                at += 1
                if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
                guard digits(bytes) > 0 else { return false }
            }
            let first = bytes[start] == UInt8(ascii: "-") ? start + 1 : start
            return whole == 1 || bytes[first] != UInt8(ascii: "0")
        }

        private mutating func digits(_ bytes: Span<UInt8>) -> Int {
            let start = at
            while at < bytes.count, bytes[at] &- 0x30 < 10 { at += 1 }
            return at - start
        }
    }
}
