import Rules
import Terminal
import Text

/// Beside or below a list, what there is to say of the selected row at length.
enum Detail {
    static func lines(_ state: State, _ size: Size) -> [Line] {
        switch state.screen {
        case .connections: state.selectedItem.map { ConnectionDetail.lines(state, $0, size) } ?? []
        case .timeline(let place): item(state, state.item(place, at: place.list.selected), size)
        case .requests: state.selectedRequest.map { frame(state, $0.row, size) } ?? []
        case .findings(let place): finding(state, place.selected, size)
        default: []
        }
    }

    private static func item(_ state: State, _ item: TimelineItem?, _ size: Size) -> [Line] {
        switch item {
        case .frame(let row): frame(state, row, size)
        case .marker(.opened(let index)): Array(HandshakeView.lines(state, index, width: size.columns).prefix(size.rows))
        case .marker(.ended(let index)): ConnectionDetail.lines(state, .connection(index), size)
        case .marker(.encrypted(let index)): ConnectionDetail.lines(state, .encrypted(index), size)
        case .marker(.attempt(let index)): ConnectionDetail.lines(state, .attempt(index), size)
        case nil: []
        }
    }

    /// A frame: its header in a line, what is to be said of it, its payload.
    private static func frame(_ state: State, _ row: UInt32, _ size: Size) -> [Line] {
        let look = state.look
        let frame = state.transcript.rows[Int(row)]
        var lines = [FrameView.title(state, row, frame).fitted(size.columns, look)]
        let words = HeaderField.words(state.fields(of: row), state.transcript.length(of: row)).joined(separator: " · ")
        lines += Wrapping.lines(words, look, width: size.columns - 1).map { Line(" " + $0, .dim) }
        for index in state.transcript.findings(of: row) {
            let finding = state.transcript.findings[index].finding
            let sign = look.sign(finding.rule.severity)
            let texts = Wrapping.lines(FindingsView.words(finding), look, width: size.columns - 3)
            lines += texts.enumerated().map { Line(" \($0.offset == 0 ? sign : " ") \($0.element)", Ink(finding.rule.severity)) }
        }
        guard let document = state.detail, document.request.row == row else { return lines }
        lines.append(FrameView.heading(document, look, size.columns))
        for index in 0..<max(0, min(document.lineCount, size.rows - lines.count)) {
            if let line = FrameView.line(document, index, look, size.columns) { lines.append(line) }
        }
        return lines
    }

    private static func finding(_ state: State, _ index: Int, _ size: Size) -> [Line] {
        guard index < state.transcript.findings.count else { return [] }
        let entry = state.transcript.findings[index]
        let rule = entry.finding.rule.entry
        let look = state.look
        let room = size.rows - 1
        var lines = Wrapping.lines(FindingsView.words(entry.finding), look, width: size.columns).prefix(max(1, room / 2)).map {
            Line($0, Ink(rule.severity))
        }
        lines += Wrapping.lines("\(rule.sentence) \(rule.advice)", look, width: size.columns).prefix(max(0, room - lines.count)).map {
            Line($0)
        }
        lines.append(Line("\(entry.finding.rule.rawValue), a \(rule.severity.name)", .dim))
        guard let row = entry.row, size.rows - lines.count > 4 else { return lines }
        return lines + [Line()] + frame(state, row, Size(columns: size.columns, rows: size.rows - lines.count - 1))
    }
}
