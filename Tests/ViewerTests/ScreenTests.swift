import JSON
import Bytes
import Terminal
import Testing
import WebSocket

@testable import Viewer

@Suite("Screens")
struct ScreenTests {
    /// Ways to every screen.
    private static let ways: [[Action]] = [
        [], [.timeline], [.timeline, .columns], [.open], [.open, .open], [.timeline, .open], [.timeline, .down, .open, .nextForm],
        [.timeline, .down, .open], [.timeline, .down, .open, .fold], [.timeline, .down, .open, .wire], [.findings], [.findings, .open],
        [.statistics], [.help], [.timeline, .down, .mark, .down, .down, .compare], [.search], [.timeline, .filter, .type("x")],
        [.timeline, .clock],
        [.open, .down, .saveConnection], [.order], [.timeline, .bottom, .detail], [.timeline, .bottom, .open], [.findings, .detail],
        [.timeline, .down, .open, .header], [.timeline, .down, .mark, .down, .compare, .nextForm], [.timeline, .heartbeats],
    ]

    /// What an evil peer would send.
    private static let evil: [Stage.Said] = [
        (.server, 0x81, Array("\u{1B}[2J\u{1B}]0;title\u{7}\u{9B}31m\u{202E}evil\r\n\t\u{0}".utf8)),
        (.client, 0x81, Array(#"{"\u001b[2J":"\#u{1B}]52;c;AAAA\#u{7}","a":["\#u{202E}"]}"#.utf8)),
        (.server, 0x82, Array(0...255)),
        (.server, 0x81, Array("漢字かな交じり文 e\u{301}\u{301}\u{301} 👩‍👩‍👧 🇩🇪 عربى".utf8)),
        (.server, 0x81, [0xFF, 0xFE, 0xC0, 0x80]),
        (.client, 0x88, [0x03, 0xE8] + Array("\u{1B}c".utf8)),
    ]

    private static let sizes = [
        Size(columns: 80, rows: 24), Size(columns: 40, rows: 8), Size(columns: 200, rows: 60), Size(columns: 400, rows: 120),
    ]

    @Test("at every size each screen is drawn, and nothing on it is a command to the terminal", arguments: ways.indices)
    func safe(index: Int) {
        let stage = Stage([Self.evil, everything])
        for size in Self.sizes where size.rows < 60 || index < 6 {
            for isASCII in [false, true] {
                var state = stage.state(size.columns, size.rows, isASCII: isASCII)
                for action in Self.ways[index] {
                    _ = state.perform(action)
                    while state.work() {}
                }
                for row in 0..<(size.rows == 24 ? 3 : 1) {
                    if row > 0 { _ = state.perform(.down) }
                    let grid = state.draw()
                    #expect(grid.size == size)
                    let scalars = grid.lines.flatMap(\.unicodeScalars)
                    let isPrintable = scalars.allSatisfy {
                        $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
                    }
                    #expect(isPrintable, "\(grid.lines)")
                    if isASCII {
                        #expect(scalars.allSatisfy { $0.value < 0x7F }, "\(grid.lines.filter { !$0.utf8.allSatisfy { $0 < 0x7F } })")
                    }
                    #expect(!scalars.contains("\u{FFFD}"), "the grid had to step in: \(grid.lines)")
                }
            }
        }
    }

    @Test(
        "a terminal that is too small says so",
        arguments: [Size(columns: 39, rows: 24), Size(columns: 80, rows: 7), Size(columns: 0, rows: 0)])
    func tooSmall(size: Size) {
        let grid = Stage([everything]).state(size.columns, size.rows).draw()
        #expect(grid.size == size)
        if size.rows > 0 { #expect(grid.lines[0].hasPrefix("Too small: wsray needs")) }
    }

    @Test("every screen can be made as small and as large as anybody likes", arguments: ways.indices)
    func resized(index: Int) {
        var state = Stage([everything]).state()
        for action in Self.ways[index] {
            _ = state.perform(action)
            while state.work() {}
        }
        let sizes =
            (1...200).map { Size(columns: $0, rows: 24) } + (1...60).map { Size(columns: 40 + 3 * $0, rows: $0) }
            + [Size(columns: 0, rows: 0), Size(columns: 500, rows: 1), Size(columns: 1, rows: 500)]
        for size in sizes {
            state.resize(size)
            let grid = state.draw()
            #expect(grid.size == size)
            let isTooSmall = size.columns < 40 || size.rows < 8
            if isTooSmall, size.rows > 0, size.columns > 10 { #expect(grid.lines[0].hasPrefix("Too small"), "\(size)") }
        }
        // Opened in one that is too small, it is there when that grows.
        state = Stage([everything]).state(10, 5)
        for action in Self.ways[index] {
            _ = state.perform(action)
            while state.work() {}
        }
        state.resize(Size(columns: 80, rows: 24))
        #expect(state.draw().lines[0].contains("1 connections"))
    }

    @Test("without anything to show, every screen is there all the same", arguments: ways.indices)
    func empty(index: Int) {
        var state = Stage([]).state()
        for action in Self.ways[index] { _ = state.perform(action) }
        #expect(state.draw().lines.count == 24)
    }

    @Test("the header of a masked text frame of 5 bytes, drawn as in RFC 6455 §5.2")
    func ruler() {
        var state = Stage([everything]).state(80, 40)
        for action in [Action.timeline, .down, .open] { _ = state.perform(action) }
        let lines = state.draw().lines
        // 81 85 37 fa 00 3d.
        #expect(lines[2] == "   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1")
        #expect(lines[3] == "  |1|0|0|0|0 0 0 1|1|0 0 0 0 1 0 1|0 0 1 1 0 1 1 1 1 1 1 1 1 0 1 0|")
        #expect(lines[4] == "  |F|R|R|R| text  |M|  length 5   |        key 37 fa 00 3d        |")
        #expect(lines[5] == "  |0 0 0 0 0 0 0 0 0 0 1 1 1 1 0 1|")
        #expect(lines[6] == "  |                               |")
        #expect(lines[7] == "  FIN 1: the last frame of its message")
        #expect(lines[9].hasPrefix("  packet 6  0.002 000     11 B  seq "))
        #expect(lines[11] == " hello")
    }

    @Test("a close says its code in the heading and its reason beneath")
    func close() {
        var state = Stage([everything]).state(80, 40)
        for action in [Action.timeline, .bottom, .up, .up, .open] { _ = state.perform(action) }
        let lines = state.draw().lines
        #expect(lines[10].hasPrefix(" ── payload 5 B, text: 1000 normal closure ──"))
        #expect(lines[11] == " bye")
        _ = state.perform(.nextFrame)
        #expect(state.draw().lines.contains("  no reason"))
    }

    @Test("a timeline of one connection, row by row")
    func timeline() {
        var state = Stage([everything]).state(100, 24)
        _ = state.perform(.open)
        let lines = state.draw().lines
        #expect(lines[1] == " #1  ws://example.com/chat  192.0.2.1:50000 → 198.51.100.2:80")
        #expect(lines[3] == "   0.002 000  → text          5 B  hello")
        #expect(lines[5] == "   0.004 000  → ping          4 B  beat")
        #expect(lines[6] == "   0.005 000  ← text ┌        6 B  first")
        #expect(lines[7].hasPrefix("   0.006 000  ← pong          4 B  beat"))
        #expect(lines[7].hasSuffix("round trip 2 ms"))
        #expect(lines[8].hasPrefix("   0.007 000  ← text └        6 B  second"))
        #expect(lines[9] == "   0.008 000  → binary        4 B  de ad be ef   ....")
        #expect(lines[10].hasPrefix("   0.009 000  ← text          5 B  Hello"))
        #expect(lines[10].hasSuffix("deflated 7 B"))
        #expect(lines[11].hasPrefix(" ✗ "))
        #expect(lines[12].hasPrefix("   0.011 000  → close         5 B  1000 normal closure \"bye\""))
    }

    @Test("what is JSON becomes a tree, and what only looks like it does not")
    func json() throws {
        func tree(_ text: String) -> JSONTree? { JSONTree(Array(text.utf8).span) }
        let rows = try #require(tree(#" {"a": [1, -2.5e3, "x\"y"], "b": {}, "a": null} "#)).rows
        #expect(rows.map(\.depth) == [0, 1, 2, 2, 2, 1, 1, 1, 1, 0])
        #expect(rows.map(\.childCount) == [3, 3, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(rows[1].insideCount == 3)
        for wrong in ["", "{", "[1,]", "{a:1}", "01", "1.", "1e", "tru", "\"a", "[1 2]", "{\"a\"}", "[] x", "\"\\", "-"] {
            #expect(tree(wrong) == nil, "\(wrong)")
        }
        #expect(tree(String(repeating: "[", count: 100_000)) == nil)
        let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(tree(deep)?.rows.count == 400)
    }

    @Test("plots: the largest is full, what is not zero shows")
    func plots() {
        #expect(Plot.spark([0, 1, 50, 100], isASCII: false) == " ▁▄█")
        #expect(Plot.spark([0, 0], isASCII: false) == "  ")
        #expect(Plot.columns([16, 1, 0, 8], rows: 2, most: 16, isASCII: false) == ["█   ", "█▁ █"])
        #expect(Plot.bar(3, most: 4, width: 2, isASCII: false) == "█▌")
        #expect(Plot.bar(1, most: 1_000, width: 2, isASCII: false) == "▏")
    }
}
