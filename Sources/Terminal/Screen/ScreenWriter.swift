import Bytes

/// Brings a terminal from one grid to the next with as few bytes as that takes.
public struct ScreenWriter: Sendable {
    public let level: ColourLevel
    private var shown: Grid?

    public init(_ level: ColourLevel) { self.level = level }

    /// Says that nothing is known any more of what the terminal shows.
    public mutating func forget() { shown = nil }

    /// Appends what makes the terminal show `grid`; nothing when it does already.
    public mutating func show(_ grid: Grid, into output: inout ByteBuffer) {
        guard shown != grid else { return }
        // A synchronized update, which terminals that do not know it ignore.
        output.append("\u{1B}[?2026h\u{1B}[?25l")
        let before = shown?.size == grid.size ? shown : nil
        if before == nil { output.append("\u{1B}[0m\u{1B}[2J") }
        var pen = Pen(level: level)
        for row in 0..<grid.size.rows { write(row, of: grid, before: before, &pen, into: &output) }
        pen.setStyle(.plain, &output)
        if let cursor = grid.cursor {
            pen.move(to: cursor, &output)
            output.append("\u{1B}[?25h")
        }
        output.append("\u{1B}[?2026l")
        shown = grid
    }

    /// Cells that stay the same are passed over, unless the way around is longer than writing them.
    private static let shortestJump = 6

    private func write(_ row: Int, of grid: Grid, before: Grid?, _ pen: inout Pen, into output: inout ByteBuffer) {
        let start = row * grid.size.columns
        var same = 0
        var column = 0
        while column < grid.size.columns {
            let cell = grid.cells[start + column]
            let width = max(1, Int(cell.width))
            if isSame(cell, at: start + column, grid, before) {
                same += width
                column += width
                continue
            }
            // Short runs between changes are written again, from a cell that is not the right half of a wide one.
            var from = same > 0 && same < Self.shortestJump && pen.row == row ? column - same : column
            while from < column {
                pen.put(grid.cells[start + from], grid, at: Position(row: row, column: from), &output)
                from += max(1, Int(grid.cells[start + from].width))
            }
            pen.put(cell, grid, at: Position(row: row, column: column), &output)
            same = 0
            column += width
        }
    }

    private func isSame(_ cell: Cell, at index: Int, _ grid: Grid, _ before: Grid?) -> Bool {
        guard let before else { return cell == Cell() }
        let old = before.cells[index]
        guard old.width == cell.width, old.style == cell.style else { return false }
        if cell.glyph < Cell.firstCluster, old.glyph < Cell.firstCluster { return cell.glyph == old.glyph }
        return grid.scalars(of: cell) == before.scalars(of: old)
    }
}

/// Where the terminal writes next, and how.
private struct Pen {
    let level: ColourLevel
    private var place: Position?
    private var style: Style?
    var row: Int? { place?.row }

    init(level: ColourLevel) { self.level = level }

    mutating func move(to target: Position, _ output: inout ByteBuffer) {
        guard place != target else { return }
        output.append("\u{1B}[")
        output.append(decimal: target.row + 1)
        output.append(UInt8(ascii: ";"))
        output.append(decimal: target.column + 1)
        output.append(UInt8(ascii: "H"))
        place = target
    }

    mutating func put(_ cell: Cell, _ grid: Grid, at target: Position, _ output: inout ByteBuffer) {
        guard cell.width > 0 else { return }
        move(to: target, &output)
        setStyle(cell.style, &output)
        let scalars = grid.scalars(of: cell)
        for scalar in scalars { for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { output.append(byte) } }
        // Terminals disagree on the width of emoji and of what combines; and the last column may or may not wrap.
        let isCertain = cell.width == 1 && scalars.count == 1 && target.column + 1 < grid.size.columns
        place = isCertain ? Position(row: target.row, column: target.column + 1) : nil
    }

    mutating func setStyle(_ next: Style, _ output: inout ByteBuffer) {
        guard style != next else { return }
        style = next
        output.append("\u{1B}[0")
        let codes: [(Attributes, StaticString)] = [(.bold, ";1"), (.dim, ";2"), (.italic, ";3"), (.underline, ";4"), (.reverse, ";7")]
        for (attribute, code) in codes where next.attributes.contains(attribute) { output.append(code) }
        next.foreground.append(to: &output, isBackground: false, level)
        next.background.append(to: &output, isBackground: true, level)
        output.append(UInt8(ascii: "m"))
    }
}
