import Terminal

extension State {
    /// The screen as cells: a pure function of the state, as large as the terminal.
    public func draw() -> Grid {
        var canvas = Canvas(terminalSize, look)
        guard size == terminalSize else {
            let words = "Too small: wsray needs \(Chrome.leastColumns) columns and \(Chrome.leastRows) rows."
            for (row, line) in Wrapping.lines(words, look, width: terminalSize.columns).enumerated() { canvas.draw(line, row: row) }
            return canvas.grid
        }
        Chrome.drawTop(self, on: &canvas)
        let rows = Chrome.topRowCount..<size.rows - Chrome.bottomRowCount
        switch screen {
        case .connections(let place): Panes.draw(self, on: &canvas, rows) { ConnectionsView.draw(self, place, on: &$0) }
        case .timeline(let place): Panes.draw(self, on: &canvas, rows) { TimelineView.draw(self, place, on: &$0) }
        case .frame(let place): FrameView.draw(self, place, on: &canvas, rows)
        case .findings(let place): Panes.draw(self, on: &canvas, rows) { FindingsView.draw(self, place, on: &$0) }
        case .requests(let place): Panes.draw(self, on: &canvas, rows) { RequestsView.draw(self, place, on: &$0) }
        case .handshake(let connection, let place):
            Self.draw(HandshakeView.lines(self, connection, width: size.columns), place, on: &canvas, rows)
        case .unread(let item, let place):
            let lines = ConnectionDetail.lines(self, item, Size(columns: size.columns - 2, rows: .max))
            Self.draw(lines.map { $0.indented(1) }, place, on: &canvas, rows)
        case .statistics(let place): Self.draw(StatisticsView.lines(self, place), place.list, on: &canvas, rows)
        case .help(let place): Self.draw(HelpView.lines(width: size.columns, look), place, on: &canvas, rows)
        case .compare(let place): CompareView.draw(self, place, on: &canvas, rows)
        }
        Chrome.drawBottom(self, on: &canvas)
        return canvas.grid
    }

    /// Lines that are read, from the one at the top on.
    private static func draw(_ lines: [Line], _ place: ListPlace, on canvas: inout Canvas, _ rows: Range<Int>) {
        for (row, line) in zip(rows, lines.dropFirst(place.top)) { canvas.draw(line, row: row) }
    }
}
