import Bytes
import Filter
import Terminal
import Testing
import WebSocket

@testable import Viewer

@Suite("Payloads that were not kept")
struct UnkeptTests {
    /// Of the first message everything is kept, of the others nothing.
    private let stage = Stage(
        [
            [
                (.server, 0x81, Array("kept".utf8)), (.server, 0x81, Array("lost".utf8)), (.server, 0x82, Array("bytes".utf8)),
                (.client, 0x89, Array("p".utf8)), (.client, 0x88, [0x03, 0xE8] + Array("bye".utf8)),
            ]
        ], isSeekable: false, spoolLimit: 4)

    private func filter(_ text: String) throws -> FilterRun {
        var run = FilterRun(try Condition(text), anchor: nil, scope: .all)
        while run.hasWork(frameCount: stage.transcript.rows.count, stage.transcript) {
            run.step(frameCount: stage.transcript.rows.count, stage.transcript, Payloads(reader: stage)) { UInt32($0) }
        }
        return run
    }

    @Test("a search says how many it could not look at")
    func search() throws {
        var run = SearchRun(try SearchPattern("lost", .text), .all, origin: 0, originRow: 0)
        run.step(frameCount: stage.transcript.rows.count, stage.transcript, Payloads(reader: stage)) { UInt32($0) }
        #expect(run.count == 0 && run.failure == "not found: lost; 4 payloads were not kept in full")
    }

    @Test(
        "a filter selects what is certain, and counts what it cannot decide",
        arguments: [
            (#"text contains "lost""#, [], 1), (#"not text contains "lost""#, [0, 2, 3, 4], 1), (#"text contains "kept""#, [0], 1),
            (#"opcode == text and text contains "k""#, [0], 1), (#"opcode == ping or text contains "x""#, [3], 1),
            (#"from == client or text contains "k""#, [0, 3, 4], 1), ("text", [0, 1], 0), ("bytes contains 0xff", [], 4),
            ("close.code == 1000", [4], 0), ("close.code == 1001", [], 0), (#"close.reason == "bye""#, [], 1), ("json.a == 1", [], 2),
            ("length == 4", [0, 1], 0),
        ] as [(String, [UInt32], UInt64)])
    func filters(text: String, rows: [UInt32], undecidedCount: UInt64) throws {
        let run = try filter(text)
        #expect(run.rows == rows && run.undecidedCount == undecidedCount)
    }

    @Test("rows and frames say so, and the code of a close is there")
    func screens() {
        var state = stage.state()
        _ = state.perform(.timeline)
        let lines = state.draw().lines
        #expect(lines.contains { $0.contains("text          4 B  not kept") })
        #expect(lines.contains { $0.contains("close         5 B  1000 normal closure") && !$0.contains("bye") })
        for _ in 0..<2 { _ = state.perform(.down) }
        _ = state.perform(.open)
        #expect(state.draw().lines.contains { $0.contains("payload: not kept") })
        #expect(state.draw().lines.contains { $0.contains("not kept on the disk; 4 says why") })
        let effects = state.perform(.copy)
        #expect(effects.isEmpty && state.notice?.text == "the payload was not kept; 4 says why")
    }

    @Test("while a capture is live, the bar and the statistics say what was dropped", arguments: [60, 80, 120])
    func drops(columns: Int) {
        var state = stage.state(columns)
        var progress = Progress()
        progress.isLive = true
        progress.drops = "12 by the kernel"
        state.receive(progress)
        let bar = state.draw().lines[0]
        #expect(bar.contains(columns == 60 ? "see 4" : columns == 80 ? "live, see 4" : "live, packets dropped, see 4"))
        _ = state.perform(.statistics)
        #expect(state.draw().lines.contains { $0.contains("packets dropped: 12 by the kernel") })
    }
}
