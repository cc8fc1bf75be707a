import Rules
import Bytes
import WebSocket

/// Findings that are alike: of one rule, about one side, with the same in it.
struct FindingGroups: Sendable {
    private struct Key: Hashable {
        var rule: Rule
        var side: Side?
        var found: String?
        var expected: String?

        init(_ plain: PlainFinding) {
            rule = plain.finding.rule
            side = plain.side
            found = plain.finding.found
            expected = plain.finding.expected
        }
    }

    /// The line of the first finding of a group, without its end, the columns of its last row, and how many there are.
    private(set) var lines: [(text: [UInt8], columns: Int, count: UInt64)] = []
    private var places: [Key: Int] = [:]
    /// Groups beyond these have a line for each finding, as it comes.
    private static let limit = 10_000

    /// Counts a finding that is like an earlier one; false if there is none.
    mutating func hasCounted(_ plain: PlainFinding) -> Bool {
        guard let place = places[Key(plain)] else { return false }
        lines[place].count += 1
        return true
    }

    /// Takes the line that begins at `start` out of `output`; false where there are too many groups.
    mutating func take(from start: Int, of output: inout ByteBuffer, columns: Int, _ plain: PlainFinding) -> Bool {
        guard lines.count < Self.limit else { return false }
        places[Key(plain)] = lines.count
        lines.append((output.span.extracting(start..<output.count).copied(), columns, 1))
        output.truncate(to: start)
        return true
    }
}
