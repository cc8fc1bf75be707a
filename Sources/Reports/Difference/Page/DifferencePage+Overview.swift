import Bytes
import Differences
import Inspection
import Text
import WebSocket

// Which connections there are, and what became of each.
extension DifferencePage {
    /// Bytes of rows.
    private static let tableByteCount = 128 << 10
    /// Pairs without a difference that have a section all the same: it is worth knowing what they were taken for.
    private static let samePairLimit = 3

    /// Those that have a section of their own, in the order of A.
    var shownPairs: [ConnectionDifference] {
        let areFewSame = difference.pairs.count(where: \.isEmpty) <= Self.samePairLimit
        return difference.pairs.filter { !$0.isEmpty || areFewSame }
    }

    /// `p3`, after the number of its connection in A.
    func name(of pair: ConnectionDifference) -> String { "p\(difference.a.connections[pair.a].connection.number)" }

    /// `A #1 = B #2`.
    func heading(of pair: ConnectionDifference) -> String {
        "A #\(difference.a.connections[pair.a].connection.number) = B #\(difference.b.connections[pair.b].connection.number)"
    }

    func url(of pair: ConnectionDifference) -> String {
        Self.shortened(difference.a.connections[pair.a].connection.url ?? difference.b.connections[pair.b].connection.url ?? "")
    }

    mutating func appendOverview() {
        output.beginSection("overview", "Connections")
        guard !difference.pairs.isEmpty || !difference.onlyA.isEmpty || !difference.onlyB.isEmpty || !difference.attempts.isEmpty else {
            output.append(html: "<p>There is no WebSocket connection in either capture.</p>\n")
            return output.endSection()
        }
        output.beginTable("overview", [.text("Result"), .text("Connection"), .text("What differs"), .number("Messages")])
        let start = output.count
        var omittedCount = 0
        func isFull(_ output: borrowing ByteBuffer) -> Bool { output.count - start > Self.tableByteCount }
        for pair in difference.pairs where !pair.isEmpty {
            if isFull(output) { omittedCount += 1 } else { appendRow(pair) }
        }
        for (letter, indexes, capture) in [("A", difference.onlyA, difference.a), ("B", difference.onlyB, difference.b)] {
            for stray in report.strays(indexes, capture) {
                if isFull(output) { omittedCount += 1 } else { appendRow(stray, letter) }
            }
        }
        for attempt in difference.attempts {
            output.append(html: "<tr class=\"violation\"><td><span class=\"state\">other attempts</span></td><td>")
            output.append(text: attempt.words)
            output.append(html: "</td><td>")
            output.append(text: "\(attempt.a) in A, \(attempt.b) in B")
            output.append(html: "</td><td></td></tr>\n")
        }
        appendSame()
        output.endTable()
        if omittedCount > 0 {
            omittedRowCount += omittedCount
            output.append("<p>", text: "\(Quantity.counted(omittedCount, "more row")) left out.", "</p>\n")
        }
        output.endSection()
    }

    private mutating func appendRow(_ pair: ConnectionDifference) {
        output.append("<tr class=\"violation\"><td><span class=\"state\">different</span></td><td><a href=\"#", text: name(of: pair), "\">")
        output.append(text: heading(of: pair))
        output.append("</a> <code>", text: url(of: pair), "</code></td><td>")
        var counts: [(kind: FoundDifference.Kind, count: UInt64)] = []
        for found in pair.differences {
            if counts.last?.kind == found.kind {
                counts[counts.count - 1].count += found.count
            } else {
                counts.append((found.kind, found.count))
            }
        }
        output.append(text: counts.map { DifferenceReport.counted($0.kind, $0.count) }.joined(separator: ", "))
        output.append("</td><td class=\"number\">", text: Quantity.count(pair.pairCount), "</td></tr>\n")
    }

    private mutating func appendRow(_ stray: (words: String, first: UInt64, count: Int), _ letter: String) {
        output.append("<tr class=\"violation\"><td><span class=\"state\">only in ", text: letter, "</span></td><td>")
        output.append(text: "\(letter) #\(stray.first)" + (stray.count > 1 ? " and \(Quantity.count(stray.count - 1)) like it" : ""))
        output.append("</td><td>", text: Self.shortened(stray.words), "</td><td></td></tr>\n")
    }

    private mutating func appendSame() {
        let same = difference.pairs.filter(\.isEmpty)
        guard let first = same.first else { return }
        output.append(html: "<tr class=\"clean\"><td><span class=\"state\">the same</span></td><td>")
        if same.count <= Self.samePairLimit {
            for (index, pair) in same.enumerated() {
                if index > 0 { output.append(html: ", ") }
                output.append("<a href=\"#", text: name(of: pair), "\">")
                output.append(text: heading(of: pair))
                output.append(html: "</a>")
            }
        } else {
            output.append(text: "\(heading(of: first)) and \(Quantity.counted(same.count - 1, "more pair"))")
        }
        output.append(
            "</td><td>nothing</td><td class=\"number\">", text: Quantity.count(same.reduce(0) { $0 + $1.pairCount }), "</td></tr>\n")
    }
}
