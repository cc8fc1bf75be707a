import Bytes
import Inspection
import Rules
import Statistics
import Verdicts
import WebSocket

// What the script shows, as JSON that the parser of HTML takes for text (`Docs/Report.md` describes it).
extension HTMLReport {
    /// Columns of plots over time.
    private static let columnCount = 240

    mutating func appendData(tool: String, version: String) {
        var head = ByteBuffer()
        head.append(json: #"{"format":"wsray-report/1","source":"#)
        head.append(sources: sources, tool: tool, version: version)
        if let span {
            head.append(json: #","begin":""#)
            time.append(span.first, digits: Int(fractionDigits), to: &head)
            head.append(json: #"","span":"#)
            TimeText.appendSeconds(span.last.nanoseconds(since: span.first), to: &head)
        }
        output.append(inert: head.span)
        appendRates()
        append(json: #","latencies":"#, latencies)
        append(json: #","roundTrips":"#, roundTrips)
        appendRules()
        output.append(#","omittedConnections":"#, omittedConnectionCount)
        output.append(json: #","connections":["#)
        let order = (ended + open.values).sorted {
            ($1.standing.rawValue, $0.connection.number) < ($0.standing.rawValue, $1.connection.number)
        }
        for (index, entry) in order.enumerated() {
            output.append(json: index == 0 ? "\n" : ",\n")
            append(entry)
            drain()
        }
        output.append(json: "]}")
    }

    // MARK: Plots

    /// Frames and bytes in equal spans of time, of each side.
    private mutating func appendRates() {
        guard let span else { return }
        let (first, last) = (span.first.nanoseconds, span.last.nanoseconds)
        output.append(json: #","rates":{"frames":"#)
        output.append(jsonArray: figures.overTime) { output, histogram in
            output.append(jsonArray: histogram.columns(Self.columnCount, from: first, to: last)) { $0.append(decimal: $1) }
        }
        output.append(json: #","bytes":"#)
        output.append(jsonArray: figures.bytesOverTime) { output, histogram in
            output.append(jsonArray: histogram.columns(Self.columnCount, from: first, to: last)) { $0.append(decimal: $1) }
        }
        output.append(json: "}")
    }

    /// Points of four numbers: seconds since the beginning, seconds measured, connection, frame.
    private mutating func append(json key: StaticString, _ points: PlotPoints) {
        let begin = span?.first ?? Timestamp(nanoseconds: 0)
        output.append(key)
        output.append(#"{"count":"#, points.count)
        output.append(json: #","points":"#)
        output.append(jsonArray: points.points) { output, point in
            output.append(json: "[")
            TimeText.appendSeconds(point.time.nanoseconds(since: begin), to: &output)
            output.append(json: ",")
            TimeText.appendSeconds(point.value, to: &output)
            output.append(",", point.connection)
            output.append(",", point.frame)
            output.append(json: "]")
        }
        output.append(json: "}")
    }

    // MARK: Rules

    /// Those that were broken, by name.
    private mutating func appendRules() {
        var rules = ByteBuffer()
        rules.append(json: #","rules":{"#)
        for (index, (rule, _)) in findings.ordered.enumerated() {
            if index > 0 { rules.append(json: ",") }
            let entry = rule.entry
            rules.append(jsonString: rule.rawValue)
            rules.append(#":{"severity":"#, rule.severity.name)
            rules.append(#","label":"#, string: "\(entry.label)")
            rules.append(#","text":"#, string: "\(entry.sentence)")
            rules.append(#","advice":"#, string: "\(entry.advice)")
            if let section = entry.section {
                rules.append(#","section":"#, string: "\(section)")
                if let link = RFCLink.address(of: "\(section)") { rules.append(#","link":"#, string: link) }
            }
            rules.append(json: "}")
        }
        rules.append(json: "}")
        output.append(inert: rules.span)
    }

    // MARK: Connections

    private mutating func append(_ entry: HTMLConnection) {
        output.append(#"{"number":"#, entry.connection.number)
        output.append(#","standing":"#, entry.standing.name)
        var words = ByteBuffer()
        words.append(#","phrase":"#, string: entry.phrase)
        output.append(inert: words.span)
        output.append(#","digits":"#, UInt64(entry.connection.fractionDigits > 6 ? 9 : 6))
        if let name = entry.protocolName { output.append(#","protocol":"#, name) }
        if entry.unansweredCount > 0 { output.append(#","unanswered":"#, entry.unansweredCount) }
        output.append(json: #","lines":["#)
        output.append(contentsOf: entry.members)
        output.append(json: #"],"rows":"#)
        entry.rows.write(nestedTo: &output)
        if let gap = entry.rows.gapIndex { output.append(#","gap":"#, UInt64(gap)) }
        if entry.omittedFrameCount > 0 { output.append(#","omittedFrames":"#, entry.omittedFrameCount) }
        output.append(json: #","messages":"#)
        entry.messages.write(to: &output)
        if entry.messages.omittedCount > 0 { output.append(#","omittedMessages":"#, entry.messages.omittedCount) }
        output.append(json: #","findings":"#)
        entry.findings.write(to: &output)
        if entry.findings.omittedCount > 0 { output.append(#","omittedFindings":"#, entry.findings.omittedCount) }
        output.append(json: "}")
    }
}
