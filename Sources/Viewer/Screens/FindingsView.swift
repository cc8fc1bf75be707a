import Rules
import Terminal
import Text
import WebSocket

/// All findings in the order in which they were made; Enter goes to the frame.
enum FindingsView {
    static func draw(_ state: State, _ place: ListPlace, on canvas: inout Canvas) {
        let transcript = state.transcript
        var counts = [0, 0, 0]
        for connection in transcript.connections {
            for severity in Severity.allCases { counts[severity.rawValue] += Int(connection.findingCounts[severity.rawValue]) }
        }
        var heading = Line(" ")
        for severity in Severity.allCases.reversed() where counts[severity.rawValue] > 0 {
            heading.add(
                "\(state.look.sign(severity)) \(Quantity.counted(UInt64(counts[severity.rawValue]), "\(severity.name)"))  ", Ink(severity))
        }
        if transcript.omittedFindingCount > 0 { heading.add("\(Quantity.count(transcript.omittedFindingCount)) more are not listed", .dim) }
        canvas.draw(heading, row: 0)
        guard !transcript.findings.isEmpty else {
            canvas.draw(Line(state.progress.isDone ? "  no findings" : "  no findings yet", .dim), row: 2)
            return
        }
        for row in 1..<canvas.size.rows {
            let index = place.top + row - 1
            guard index < transcript.findings.count else { break }
            canvas.draw(line(state, transcript.findings[index], canvas.size.columns), row: row)
            if index == place.selected { canvas.select(row: row) }
        }
    }

    private static func line(_ state: State, _ entry: FindingEntry, _ width: Int) -> Line {
        let look = state.look
        let ink = Ink(entry.finding.rule.severity)
        var line = Line(" \(look.sign(entry.finding.rule.severity)) ", ink)
        // No frame has a greater number than there are rows.
        let connectionEnd = line.width + 1 + "\(state.transcript.connections.last?.number ?? 1)".count
        let frameEnd = connectionEnd + 8 + "\(state.transcript.rows.count)".count
        if let connection = entry.connection { line.add("#\(state.transcript.connections[Int(connection)].number)", .dim) }
        line.pad(to: connectionEnd + 2)
        if let row = entry.row { line.add("frame \(state.transcript.rows[Int(row)].number)", .dim) }
        line.pad(to: frameEnd + 2)
        if let side = entry.from { line.add(side == .client ? look.toServer : look.toClient, Ink(side)) }
        line.pad(to: frameEnd + 4)
        let rule = entry.finding.rule.rawValue
        let showsRule = width >= 110
        line.add(look.fitted(look.spelled(words(entry.finding)), width - line.width - (showsRule ? 42 : 1)), ink)
        if showsRule {
            line.pad(to: min(width - 40, max(line.width + 2, RowLayout.remarkStart)))
            line.add(rule, .dim)
        }
        return line
    }

    /// What was found, with what was expected and where that is written.
    static func words(_ finding: Finding) -> String {
        let entry = finding.rule.entry
        var text = "\(entry.label)"
        if let found = finding.found, !finding.rule.isToldByLabel { text += ": \(found)" }
        if let expected = finding.expected { text += ", expected \(expected)" }
        if let section = entry.section { text += " (\(section))" }
        return text
    }
}
