import Terminal

/// A grid with a look, drawn on line by line.
struct Canvas {
    private(set) var grid: Grid
    let look: Look
    var size: Size { grid.size }
    var cursor: Position? {
        get { grid.cursor }
        set { grid.cursor = newValue }
    }

    init(_ size: Size, _ look: Look) {
        grid = Grid(size)
        self.look = look
    }

    /// Draws a line from a column on, within `limit` columns.
    mutating func draw(_ line: Line, row: Int, column: Int = 0, limit: Int = .max) {
        var at = column
        for part in line.parts {
            let room = limit == .max ? Int.max : limit - (at - column)
            at += grid.write(part.text, at: Position(row: row, column: at), limit: room, look.theme.style(part.ink))
        }
    }

    mutating func draw(_ text: String, row: Int, column: Int = 0, limit: Int = .max, _ ink: Ink = .plain) {
        draw(Line(text, ink), row: row, column: column, limit: limit)
    }

    /// Draws what was drawn on a canvas of its own.
    mutating func draw(_ part: Canvas, at place: Position) { grid.put(part.grid, at: place) }

    /// Marks a whole row, or part of one, as selected.
    mutating func select(row: Int, _ columns: Range<Int>? = nil) {
        let theme = look.theme
        grid.restyle(row: row, columns ?? 0..<size.columns) { theme.selected($0) }
    }

    /// Empties a row, whatever was drawn there.
    mutating func clear(row: Int) { grid.fill(row: row, 0..<size.columns, .plain) }

    /// Takes that back.
    mutating func unselect(row: Int, _ columns: Range<Int>) {
        grid.restyle(row: row, columns) { style in
            Style(style.foreground, on: style.background, style.attributes.subtracting(.reverse))
        }
    }

    /// A bar over the whole width: text at the left, and text at the right where it has room.
    mutating func bar(_ left: Line, _ right: Line, row: Int) {
        clear(row: row)
        draw(left, row: row, column: 0)
        let start = size.columns - right.width
        if start > left.width { draw(right, row: row, column: start) }
        select(row: row)
    }
}
