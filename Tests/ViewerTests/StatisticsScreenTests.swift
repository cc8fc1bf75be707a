import Terminal
import Testing
import WebSocket

@testable import Viewer

@Suite("The statistics screen")
struct StatisticsScreenTests {
    private func lines(_ connections: [[Stage.Said]], _ actions: [Action], _ columns: Int = 80, _ rows: Int = 80) -> [String] {
        var state = Stage(connections).state(columns, rows)
        for action in actions {
            _ = state.perform(action)
            while state.work() {}
        }
        return state.draw().lines
    }

    private static func type(_ text: String) -> [Action] { text.unicodeScalars.map { .type($0) } }

    @Test("on a narrow terminal the server's figures stand below the client's, and nothing is cut off")
    func narrow() {
        // Compressed, so that every part of the screen is there.
        let narrow = lines([everything, everything], [.statistics], 40, 120)
        #expect(narrow.contains { $0.contains("→ frames") && !$0.contains("← frames") })
        #expect(narrow.contains { $0.contains("← frames") && !$0.contains("→ frames") })
        #expect(narrow.filter { $0.hasPrefix("  close") }.count == 2)
        #expect(narrow.filter { $0.hasPrefix("  → client") }.count >= 2 && narrow.filter { $0.hasPrefix("  ← server") }.count >= 2)
        let wide = lines([everything, everything], [.statistics])
        #expect(wide.contains { $0.contains("→ frames") && $0.contains("← frames") })
        #expect(wide.filter { $0.hasPrefix("  close") }.count == 1)
    }

    @Test("rates are those of the busiest second, whatever the width", arguments: [40, 60, 80, 120, 200])
    func busiestSecond(columns: Int) {
        // 11 frames in 11 ms.
        let shown = lines([everything], [.statistics], columns, 120)
        #expect(shown.contains { $0.contains("  11 in the busiest second") })
    }

    @Test("the median of round trips is the one that stats shows")
    func median() {
        // Pongs after 1 ms and after 3 ms.
        let beats: [Stage.Said] = [
            (.client, 0x89, [1]), (.server, 0x8A, [1]), (.client, 0x89, [2]), (.server, 0x81, [65]), (.server, 0x81, [66]),
            (.server, 0x8A, [2]),
        ]
        let shown = lines([beats], [.statistics])
        #expect(shown.contains { $0.contains("2 pongs: fastest 1 ms, half within 1 ms, 99 % within 3 ms, slowest 3 ms") })
    }

    // MARK: Bytes

    /// A message in two frames, one that is compressed, and one whose end never comes.
    private static let parts: [Stage.Said] = [
        (.client, 0x01, Array("one ".utf8)), (.client, 0x80, Array("two".utf8)),
        (.server, 0xC1, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]), (.server, 0x02, [1, 2, 3]),
    ]

    @Test("bytes are those of messages, inflated, also of one that never ends, and frames have their own kinds")
    func bytes() {
        let shown = lines([Self.parts], [.statistics])
        #expect(shown[1] == " 1 connection, 4 frames, 15 B")
        #expect(shown.contains("  text                    1         7 B           1         5 B"))
        #expect(shown.contains("  binary                  0         0 B           1         3 B"))
        #expect(shown.contains("  continuation            1                       0"))
        #expect(shown.contains("  all                     2         7 B           2         8 B"))
        #expect(shown.contains("  compressed messages: 5 B travelled as 7 B, 140 %"))
        let transcript = Stage([Self.parts]).transcript
        #expect(transcript.connections[0].bytes[0] == 7 && transcript.connections[0].bytes[1] == 8)
        #expect(transcript.unfinished.map(\.row) == [3])
    }

    // MARK: What is counted

    @Test("a filter counts only what it selects, and the screen says so")
    func filter() {
        let shown = lines([everything, Self.parts], [.timeline, .filter] + Self.type("opcode == ping") + [.submit, .statistics])
        #expect(shown[1] == " 2 of 15 frames, 4 B")
        #expect(shown[2] == "  filter: opcode == ping")
        #expect(shown.filter { $0.hasPrefix("  text") || $0.hasPrefix("  binary") }.isEmpty)
        let unfinished = lines([everything, Self.parts], [.timeline, .filter] + Self.type("opcode == binary") + [.submit, .statistics])
        #expect(unfinished[1] == " 2 of 15 frames, 7 B")
    }

    @Test("of one connection, too")
    func filterOfOneConnection() {
        let shown = lines([everything, Self.parts], [.down, .open, .filter] + Self.type("opcode == text") + [.submit, .statistics])
        #expect(shown[1].hasPrefix(" #2  ws://example.com/chat"))
        #expect(shown[2] == " 2 of 4 frames, 5 B")
        #expect(shown[3] == "  filter: opcode == text")
    }

    @Test("hidden pings and pongs are not counted")
    func heartbeats() {
        let shown = lines([everything], [.timeline, .heartbeats, .statistics])
        #expect(shown[1].hasPrefix(" 8 of 11 frames, "))
        #expect(shown[2] == "  no ping, no pong")
    }

    @Test("in the list of connections: the marked ones, else those that its filter selects, else all")
    func connections() {
        let both = [everything, Self.parts]
        #expect(lines(both, [.statistics])[1].hasPrefix(" 2 connections, 15 frames, "))
        let marked = lines(both, [.down, .mark, .statistics])
        #expect(marked[1] == " 4 of 15 frames, 15 B")
        #expect(marked[2] == "  filter: connection in (2)")
        let filtered = lines(both, [.filter] + Self.type("connection == 2") + [.submit, .statistics])
        #expect(filtered[1] == " 4 of 15 frames, 15 B")
        #expect(filtered[2] == "  filter: connection == 2")
        let either = lines(both, [.filter] + Self.type("connection == 1") + [.submit, .mark, .statistics])
        #expect(either[1].hasPrefix(" 11 of 15 frames, "))
    }
}
