import Testing

@testable import Terminal

@Suite("A grid of cells")
struct GridTests {
    private func grid(_ columns: Int = 10, _ rows: Int = 2) -> Grid { Grid(Size(columns: columns, rows: rows)) }

    @Test("wide characters take two cells, combining marks none")
    func widths() {
        var grid = grid()
        #expect(grid.write("a漢b", at: Position(row: 0, column: 0)) == 4)
        #expect(grid.write("e\u{301}x", at: Position(row: 1, column: 0)) == 2)
        #expect(grid.lines == ["a漢b", "e\u{301}x"])
        #expect(grid.cells[1].width == 2)
        #expect(grid.cells[2].width == 0)
    }

    @Test("nothing is written outside, nor half of a wide character")
    func edges() {
        var grid = grid(4, 1)
        #expect(grid.write("abc漢", at: Position(row: 0, column: 0)) == 3)
        #expect(grid.lines == ["abc"])
        #expect(grid.write("x", at: Position(row: 1, column: 0)) == 0)
        #expect(grid.write("x", at: Position(row: 0, column: 4)) == 0)
        #expect(grid.write("x", at: Position(row: -1, column: 0)) == 0)
        #expect(grid.write("xyz", at: Position(row: 0, column: 0), limit: 2) == 2)
        #expect(grid.lines == ["xyc"])
        let none = Grid(Size(columns: -3, rows: 0))
        #expect(none.lines.isEmpty)
    }

    @Test("writing over half of a wide character leaves a blank, not the other half")
    func split() {
        var left = grid(4, 1)
        left.write("漢字", at: Position(row: 0, column: 0))
        left.write("x", at: Position(row: 0, column: 0))
        #expect(left.lines == ["x 字"])
        var right = grid(4, 1)
        right.write("漢字", at: Position(row: 0, column: 0))
        right.write("x", at: Position(row: 0, column: 1))
        #expect(right.lines == [" x字"])
        var middle = grid(4, 1)
        middle.write("漢字", at: Position(row: 0, column: 0))
        middle.write("語", at: Position(row: 0, column: 1))
        #expect(middle.lines == [" 語"])
    }

    @Test("what a terminal would obey is shown as a replacement character")
    func hostile() {
        var grid = grid(12, 1)
        grid.write("a\u{1B}[2J\u{202E}\u{9B}\u{7}\n", at: Position(row: 0, column: 0))
        #expect(grid.lines == ["a\u{FFFD}[2J\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"])
    }

    @Test("a heap of combining marks is cut, and one without a character in front of it is left out")
    func marks() {
        var grid = grid(4, 2)
        grid.write("e" + String(repeating: "\u{301}", count: 100), at: Position(row: 0, column: 0))
        grid.write("\u{301}a", at: Position(row: 1, column: 0))
        #expect(grid.lines.map { $0.unicodeScalars.count } == [5, 1])
    }
}
