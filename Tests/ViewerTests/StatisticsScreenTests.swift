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
}
