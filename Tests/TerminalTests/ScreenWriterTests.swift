import Bytes
import Testing

@testable import Terminal

@Suite("Screens written as differences")
struct ScreenWriterTests {
    private func grid(_ lines: [String], columns: Int = 20, _ style: Style = .plain) -> Grid {
        var grid = Grid(Size(columns: columns, rows: lines.count))
        for (row, line) in lines.enumerated() { grid.write(line, at: Position(row: row, column: 0), style) }
        return grid
    }

    private func bytes(_ writer: inout ScreenWriter, _ grid: Grid) -> String {
        var output = ByteBuffer()
        writer.show(grid, into: &output)
        return String(decoding: output.span.copied(), as: UTF8.self)
    }

    @Test("the same screen again costs nothing, a changed letter a few bytes")
    func difference() {
        var writer = ScreenWriter(.mono)
        #expect(bytes(&writer, grid(["one", "two"])).contains("\u{1B}[2J"))
        #expect(bytes(&writer, grid(["one", "two"])).isEmpty)
        let change = bytes(&writer, grid(["one", "tuo"]))
        #expect(change == "\u{1B}[?2026h\u{1B}[?25l\u{1B}[2;2H\u{1B}[0mu\u{1B}[?2026l")
    }

    @Test("another size, or a screen that somebody else wrote to, is written anew")
    func anew() {
        var writer = ScreenWriter(.mono)
        _ = bytes(&writer, grid(["one"]))
        #expect(bytes(&writer, grid(["one"], columns: 30)).contains("\u{1B}[2J"))
        writer.forget()
        #expect(bytes(&writer, grid(["one"], columns: 30)).contains("one"))
    }

    @Test("colours as far as the terminal has them")
    func colours() {
        let style = Style(.rgb(255, 0, 0), on: .ansi(4), .bold)
        func sgr(_ level: ColourLevel) -> String {
            var writer = ScreenWriter(level)
            return bytes(&writer, grid(["x"], style))
        }
        #expect(sgr(.mono).contains("\u{1B}[0;1mx"))
        #expect(sgr(.sixteen).contains("\u{1B}[0;1;31;44mx"))
        #expect(sgr(.indexed).contains("\u{1B}[0;1;38;5;196;44mx"))
        #expect(sgr(.full).contains("\u{1B}[0;1;38;2;255;0;0;44mx"))
    }

    @Test("xterm's 256 colours, nearest first")
    func cube() {
        #expect(Colour.cube(0, 0, 0) == 16)
        #expect(Colour.cube(255, 255, 255) == 231)
        #expect(Colour.cube(8, 8, 8) == 232)
        #expect(Colour.cube(0x5F, 0x87, 0xAF) == 67)
        #expect(Colour.cube(0x80, 0x80, 0x80) == 244)
        #expect(Colour.nearest(200, 190, 20) == 3)
    }

    @Test("the environment says what the terminal can")
    func levels() {
        func level(_ variables: [String: String]) -> ColourLevel { ColourLevel { variables[$0] } }
        #expect(level(["TERM": "xterm-256color"]) == .indexed)
        #expect(level(["TERM": "xterm-256color", "COLORTERM": "truecolor"]) == .full)
        #expect(level(["TERM": "xterm"]) == .sixteen)
        #expect(level(["TERM": "xterm-direct"]) == .full)
        #expect(level(["TERM": "xterm-256color", "NO_COLOR": "1"]) == .mono)
        #expect(level(["TERM": "xterm-256color", "NO_COLOR": ""]) == .indexed)
        #expect(level(["TERM": "dumb"]) == .mono)
        #expect(level(["TERM": "vt100"]) == .mono)
        #expect(level([:]) == .sixteen)
    }

    /// Obeys what the writer writes, as a terminal does: cursor addresses, erasing, characters.
    private struct Obedient {
        var cells: [[String]]
        var row = 0
        var column = 0

        mutating func take(_ text: String) {
            var rest = Array(text.unicodeScalars)[...]
            while let scalar = rest.popFirst() {
                guard scalar == "\u{1B}" else {
                    if cells[row].indices.contains(column) { cells[row][column] = String(Character(scalar)) }
                    column += 1
                    continue
                }
                rest.removeFirst()
                let parameters = rest.prefix { !("@"..."~").contains($0) }
                rest.removeFirst(parameters.count)
                let final = rest.removeFirst()
                if final == "J" { cells = cells.map { $0.map { _ in " " } } }
                guard final == "H" else { continue }
                let numbers = String(String.UnicodeScalarView(parameters)).split(separator: ";").compactMap { Int($0) }
                (row, column) = (numbers[0] - 1, numbers[1] - 1)
            }
        }
    }

    @Test("a terminal that does as it is told shows each screen of a long series")
    func series() {
        var state: UInt64 = 88_172_645_463_325_252
        func dice(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        var writer = ScreenWriter(.mono)
        var terminal = Obedient(cells: .init(repeating: .init(repeating: "?", count: 30), count: 6))
        var screen = Grid(Size(columns: 30, rows: 6))
        for _ in 0..<300 {
            for _ in 0..<dice(6) {
                let text = String((0..<dice(12)).map { _ in Character(Unicode.Scalar(UInt8(0x61 + dice(3)))) })
                screen.write(text, at: Position(row: dice(6), column: dice(30)), Style(.ansi(UInt8(dice(3)))))
            }
            if dice(5) == 0 { screen.fill(row: dice(6), dice(10)..<30, .plain) }
            terminal.take(bytes(&writer, screen))
            let shown = terminal.cells.map { row in String(row.joined().reversed().drop { $0 == " " }.reversed()) }
            #expect(shown == screen.lines)
        }
    }
}
