import Text

public struct Size: Hashable, Sendable {
    public var columns: Int
    public var rows: Int

    public init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
    }
}

public struct Position: Hashable, Sendable {
    public var row: Int
    public var column: Int

    public init(row: Int, column: Int) {
        self.row = row
        self.column = column
    }
}

/// What one place of the screen shows.
public struct Cell: Hashable, Sendable {
    /// A Unicode scalar, or behind those an index into the grid's clusters: characters with combining marks.
    var glyph: UInt32 = 0x20
    /// Columns that it takes: 1, 2, or 0 for the right half of a wide one.
    public internal(set) var width: UInt8 = 1
    public internal(set) var style = Style.plain

    static let firstCluster: UInt32 = 0x11_0000
}

/// A screen's worth of cells.
///
/// The last defence of the terminal: whatever is not printable is shown as U+FFFD, whoever wrote it, and nothing is written
/// outside. A wide character without room for both halves is a blank.
public struct Grid: Equatable, Sendable {
    public let size: Size
    public private(set) var cells: [Cell]
    private(set) var clusters: [[Unicode.Scalar]] = []
    /// Where the terminal's cursor stands; nil hides it.
    public var cursor: Position?

    public init(_ size: Size) {
        self.size = Size(columns: max(0, size.columns), rows: max(0, size.rows))
        cells = [Cell](repeating: Cell(), count: self.size.columns * self.size.rows)
    }

    // MARK: Writing

    /// Writes text from a place on, within `limit` columns; the columns that it took.
    @discardableResult
    public mutating func write(_ text: some StringProtocol, at place: Position, limit: Int = .max, _ style: Style = .plain) -> Int {
        guard place.row >= 0, place.row < size.rows, place.column >= 0 else { return 0 }
        let end = limit > size.columns - place.column ? size.columns : place.column + limit
        var column = place.column
        for scalar in text.unicodeScalars {
            let shown = scalar.isPrintable ? scalar : "\u{FFFD}"
            let width = displayWidth(shown)
            if width == 0 {
                if column > place.column { combine(shown, before: column, row: place.row) }
                continue
            }
            guard column + width <= end else { break }
            put(shown.value, width, Position(row: place.row, column: column), style)
            column += width
        }
        return column - place.column
    }

    /// Gives a run of cells a style without changing what they show.
    public mutating func restyle(row: Int, _ columns: Range<Int>, _ change: (Style) -> Style) {
        guard row >= 0, row < size.rows else { return }
        for column in columns.clamped(to: 0..<size.columns) {
            cells[row * size.columns + column].style = change(cells[row * size.columns + column].style)
        }
    }

    /// Blanks a run of cells.
    public mutating func fill(row: Int, _ columns: Range<Int>, _ style: Style) {
        guard row >= 0, row < size.rows else { return }
        for column in columns.clamped(to: 0..<size.columns) { put(0x20, 1, Position(row: row, column: column), style) }
    }

    /// Shows another grid from a place on, as far as there is room; its cursor is not taken along.
    public mutating func put(_ other: Grid, at place: Position) {
        let columns = max(0, min(other.size.columns, size.columns - place.column))
        for row in 0..<other.size.rows where place.row + row >= 0 && place.row + row < size.rows && place.column >= 0 {
            var column = 0
            while column < columns {
                let cell = other.cells[row * other.size.columns + column]
                let target = Position(row: place.row + row, column: place.column + column)
                let width = max(1, Int(cell.width))
                if column + width > columns {
                    put(0x20, 1, target, cell.style)
                } else if cell.glyph >= Cell.firstCluster {
                    put(Cell.firstCluster + UInt32(clusters.count), width, target, cell.style)
                    clusters.append(other.scalars(of: cell))
                } else {
                    put(cell.glyph, width, target, cell.style)
                }
                column += width
            }
        }
    }

    private mutating func put(_ glyph: UInt32, _ width: Int, _ place: Position, _ style: Style) {
        let index = place.row * size.columns + place.column
        split(at: index)
        if width == 2 { split(at: index + 1) }
        cells[index] = Cell(glyph: glyph, width: UInt8(width), style: style)
        if width == 2 { cells[index + 1] = Cell(glyph: 0x20, width: 0, style: style) }
    }

    /// What is left of a wide character, when one of its halves is written over, is a blank.
    private mutating func split(at index: Int) {
        if cells[index].width == 0, index > 0 {
            cells[index - 1].glyph = 0x20
            cells[index - 1].width = 1
        }
        if cells[index].width == 2, index + 1 < cells.count {
            cells[index + 1].glyph = 0x20
            cells[index + 1].width = 1
        }
    }

    /// Marks beyond this many on one character are left out: a screen of them is an attack on the reader.
    public static let marksPerCharacter = 4

    private mutating func combine(_ mark: Unicode.Scalar, before column: Int, row: Int) {
        var index = row * size.columns + column - 1
        if cells[index].width == 0 { index -= 1 }
        var cluster = scalars(of: cells[index])
        guard cluster.count <= Self.marksPerCharacter else { return }
        cluster.append(mark)
        cells[index].glyph = Cell.firstCluster + UInt32(clusters.count)
        clusters.append(cluster)
    }

    // MARK: Reading

    /// What a cell shows; nothing for the right half of a wide one.
    func scalars(of cell: Cell) -> [Unicode.Scalar] {
        if cell.glyph >= Cell.firstCluster { return clusters[Int(cell.glyph - Cell.firstCluster)] }
        return cell.width == 0 ? [] : [Unicode.Scalar(cell.glyph) ?? " "]
    }

    /// The rows as text, blanks at their ends left out.
    public var lines: [String] {
        (0..<size.rows).map { row in
            var text = String.UnicodeScalarView()
            for column in 0..<size.columns { text.append(contentsOf: scalars(of: cells[row * size.columns + column])) }
            while text.last == " " { text.removeLast() }
            return String(text)
        }
    }
}
