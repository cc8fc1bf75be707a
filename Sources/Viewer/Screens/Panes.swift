import Terminal

/// How the rows between the bars are divided: a list, and beside or below it the detail of what is selected.
struct Panes {
    /// The list with its heading.
    var list: Size
    /// Nil where there is no detail, or no room for it.
    var detail: Size?
    var isBeside = false

    /// Columns from which on both stand side by side.
    private static let wide = 150
    /// Rows from which on every list has its detail below.
    private static let tall = 30
    private static let leastRows = 20

    init(_ state: State) {
        let whole = Size(columns: state.size.columns, rows: state.size.rows - Chrome.rowCount)
        list = whole
        guard Self.isList(state.screen) else { return }
        let isWanted = state.showsDetail ?? (state.size.columns >= Self.wide || state.size.rows >= Self.leastRows)
        guard isWanted, state.listCount > 0 else { return }
        if state.size.columns >= Self.wide {
            isBeside = true
            detail = Size(columns: min(110, whole.columns * 2 / 5), rows: whole.rows)
            // A rule stands between.
            list.columns = whole.columns - (detail?.columns ?? 0) - 1
            return
        }
        let least = Self.leastRows(state)
        guard least > 0 else { return }
        // What a short list leaves is the detail's.
        let free = whole.rows - 1 - state.listCount
        let rows = max(least, min(free, whole.rows * 3 / 5))
        guard whole.rows - rows >= 4 else { return }
        detail = Size(columns: whole.columns, rows: rows - 1)
        list.rows = whole.rows - rows
    }

    static func isList(_ screen: Screen) -> Bool {
        switch screen {
        case .connections, .timeline, .findings, .requests: true
        default: false
        }
    }

    /// Rows of a detail below the list, with the rule above it.
    private static func leastRows(_ state: State) -> Int {
        let rows = state.size.rows - Chrome.rowCount
        if state.size.rows >= tall { return rows * 2 / 5 }
        switch state.screen {
        case .connections: return 6
        case .findings: return 6
        // Where it was not asked for, the frames have the whole of a small terminal.
        default: return state.showsDetail == true ? max(5, rows * 2 / 5) : 0
        }
    }

    /// Draws a list and its detail, each on a canvas of its own.
    static func draw(_ state: State, on canvas: inout Canvas, _ rows: Range<Int>, _ list: (inout Canvas) -> Void) {
        let panes = Panes(state)
        var part = Canvas(panes.list, canvas.look)
        list(&part)
        canvas.draw(part, at: Position(row: rows.lowerBound, column: 0))
        guard let size = panes.detail else { return }
        var detail = Canvas(size, canvas.look)
        for (row, line) in Detail.lines(state, Size(columns: size.columns - 2, rows: size.rows)).prefix(size.rows).enumerated() {
            detail.draw(line, row: row, column: 1)
        }
        if panes.isBeside {
            for row in rows { canvas.draw("\(canvas.look.vertical)", row: row, column: panes.list.columns, .dim) }
            canvas.draw(detail, at: Position(row: rows.lowerBound, column: panes.list.columns + 1))
        } else {
            let rule = String(repeating: "\(canvas.look.horizontal)", count: canvas.size.columns)
            canvas.draw(rule, row: rows.lowerBound + panes.list.rows, .dim)
            canvas.draw(detail, at: Position(row: rows.lowerBound + panes.list.rows + 1, column: 0))
        }
    }
}
