import Inspection
import Rules
import Terminal
import Text
import Verdicts

/// Beneath a list, what there is to say of the selected row at length.
enum Detail {
    /// Rows that it takes, the rule above it included; none where the screen is low.
    static func rowCount(_ state: State) -> Int {
        guard state.size.rows >= 20 else { return 0 }
        switch state.screen {
        case .connections: return state.transcript.connections.isEmpty ? 0 : 4
        case .findings: return state.transcript.findings.isEmpty ? 0 : 6
        default: return 0
        }
    }

    static func draw(_ state: State, on canvas: inout Canvas, below rows: Range<Int>) {
        let count = rowCount(state)
        guard count > 0 else { return }
        let width = canvas.size.columns - 3
        let lines =
            switch state.screen {
            case .connections(let place): connection(state, place.selected, width)
            case .findings(let place): finding(state, place.selected, width)
            default: [Line]()
            }
        canvas.draw(Line(String(repeating: "\(state.look.horizontal)", count: canvas.size.columns), .dim), row: rows.upperBound - count)
        for (index, line) in lines.prefix(count - 1).enumerated() {
            canvas.draw(line, row: rows.upperBound - count + 1 + index, column: 1)
        }
    }

    private static func connection(_ state: State, _ index: Int, _ width: Int) -> [Line] {
        guard index < state.transcript.connections.count else { return [] }
        let connection = state.transcript.connections[index]
        let look = state.look
        let (words, ink) = HandshakeView.summary(connection)
        var title = Line(look.spelled("\(connection.client) → \(connection.server)  "), .dim)
        if let url = connection.url { title.add(look.fitted(url, width - title.width)) }
        let answer = Line(look.fitted(look.spelled(words), width), ink)
        guard let verdict = connection.verdict else { return [title, answer, Line("not over yet", .dim)] }
        return [title, answer, Line(look.fitted(look.spelled(verdict.text), width), ConnectionsView.ink(verdict))]
    }

    private static func finding(_ state: State, _ index: Int, _ width: Int) -> [Line] {
        guard index < state.transcript.findings.count else { return [] }
        let finding = state.transcript.findings[index].finding
        let entry = finding.rule.entry
        let look = state.look
        var lines = Wrapping.lines(FindingsView.words(finding), look, width: width).prefix(2).map { Line($0, Ink(entry.severity)) }
        lines += Wrapping.lines("\(entry.sentence) \(entry.advice)", look, width: width).prefix(4 - lines.count).map { Line($0) }
        return lines + [Line("\(finding.rule.rawValue), a \(entry.severity.name)", .dim)]
    }
}
