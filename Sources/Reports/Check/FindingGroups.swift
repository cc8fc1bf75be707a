import Bytes
import Inspection
import Rules
import WebSocket

/// Findings that are alike: of one rule, about one side, with the same in it. Of one rule and one connection only the first few groups have
/// a line each; what differs from those is counted.
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

    /// What one rule found in one connection.
    private struct Series {
        var lineCount = 0
        /// Its last line.
        var place: Int?
        /// Where those are counted that have none.
        var rest: Int?
    }

    /// Findings of one rule and one connection that have no line of their own.
    struct Rest: Sendable {
        /// The first of them.
        let plain: PlainFinding
        /// The line that they follow; nil where that has been written.
        let place: Int?
        var count: UInt64 = 1
    }

    /// The line of the first finding of a group, without its end, the columns of its last row, and how many there are.
    private(set) var lines: [(text: [UInt8], columns: Int, count: UInt64)] = []
    private(set) var rests: [Rest] = []
    private var places: [Key: Int] = [:]
    /// By the number of the connection; 0 is none's.
    private var series: [UInt64: [Rule: Series]] = [:]
    /// Groups beyond these have a line for each finding, as it comes.
    private static let limit = 10_000
    /// Lines of one rule and one connection.
    static let limitPerConnection = 10

    /// Counts a finding that needs no line, since one is like it or there are many; false if it needs one.
    mutating func hasCounted(_ plain: PlainFinding) -> Bool {
        if let place = places[Key(plain)] {
            lines[place].count += 1
            return true
        }
        let connection = plain.connection?.number ?? 0
        guard let known = series[connection]?[plain.finding.rule], known.lineCount >= Self.limitPerConnection else { return false }
        if let rest = known.rest {
            rests[rest].count += 1
        } else {
            series[connection]?[plain.finding.rule]?.rest = rests.count
            rests.append(Rest(plain: plain, place: known.place))
        }
        return true
    }

    /// Takes the line that begins at `start` out of `output`; false where there are too many groups.
    mutating func take(from start: Int, of output: inout ByteBuffer, columns: Int, _ plain: PlainFinding) -> Bool {
        let isKept = lines.count < Self.limit
        var known = series[plain.connection?.number ?? 0]?[plain.finding.rule] ?? Series()
        known.lineCount += 1
        known.place = isKept ? lines.count : nil
        series[plain.connection?.number ?? 0, default: [:]][plain.finding.rule] = known
        guard isKept else { return false }
        places[Key(plain)] = lines.count
        lines.append((output.span.extracting(start..<output.count).copied(), columns, 1))
        output.truncate(to: start)
        return true
    }

    /// No more is found in a connection.
    mutating func end(_ connection: UInt64) { series[connection] = nil }
}
