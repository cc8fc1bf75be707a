import Bytes
@testable import Terminal
import Testing
import WebSocket

@testable import Viewer

@Suite("Lists and the detail of what is selected")
struct DetailTests {
    private func lines(_ state: State) -> [String] { state.draw().lines }

    private func press(_ actions: [Action], _ state: inout State) {
        for action in actions {
            _ = state.perform(action)
            while state.work() {}
        }
    }

    private static func type(_ text: String) -> [Action] { text.unicodeScalars.map { .type($0) } }

    @Test("beside the list on a wide terminal, below it on a tall one, and not on a small one unless it is asked for")
    func places() throws {
        let stage = Stage([everything, everything])
        var wide = stage.state(200, 60)
        press([.timeline, .down, .down], &wide)
        let beside = try #require(Panes(wide).detail)
        #expect(Panes(wide).isBeside && beside.columns == 80 && beside.rows == 58)
        #expect(lines(wide).contains { $0.contains("│") && $0.hasSuffix("\"a\": 1") })
        var tall = stage.state(120, 40)
        press([.timeline, .down, .down], &tall)
        #expect(!Panes(tall).isBeside && Panes(tall).detail?.columns == 120)
        #expect(lines(tall).contains { $0.contains("\"a\": 1") })
        var small = stage.state(80, 24)
        press([.timeline, .down, .down], &small)
        #expect(Panes(small).detail == nil && small.listHeight == 21)
        press([.detail], &small)
        #expect(lines(small).contains { $0.contains("\"a\": 1") })
        press([.detail], &small)
        #expect(Panes(small).detail == nil)
    }

    @Test("of a connection: what it ended with, in as many lines as that takes, and its last frames")
    func connection() {
        let state = Stage([everything, everything]).state(100, 40)
        let text = lines(state)
        #expect(text.contains(" The client closed with 1000; the server agreed 1 ms later."))
        #expect(text.contains(" a browser reports code 1006, not clean"))
        #expect(text.contains { $0.contains("its frames ──") })
        #expect(text.contains { $0.contains("→ close         5 B  1000 normal closure \"bye\"") })
    }

    @Test("the timeline of all connections has a row where each begins and ends")
    func markers() {
        var state = Stage([everything, everything]).state(120, 40)
        press([.timeline, .detail], &state)
        let rows = lines(state)
        #expect(rows[2].contains("#1 0.001 000  ⇄ ws://example.com/chat"), "\(rows[2])")
        #expect(rows[14].contains("end  1006  The client closed with 1000"), "\(rows[14])")
        #expect(rows[15].contains("#2 ") && rows[15].contains("⇄ ws://example.com/chat"))
        #expect(rows[27].contains("end  1006  The client closed"))
        press([.bottom, .open], &state)
        #expect(state.screen.place == .handshake)
    }

    @Test("every item of a timeline is found again where it stands", arguments: [false, true])
    func positions(hidesHeartbeats: Bool) {
        var state = Stage([everything, everything, []]).state()
        press([.timeline] + (hidesHeartbeats ? [.heartbeats] : []), &state)
        guard case .timeline(let place) = state.screen else {
            Issue.record("no timeline")
            return
        }
        var rows: [UInt32] = []
        var markers: [Marker.Kind] = []
        for index in 0..<state.itemCount(place) {
            switch state.item(place, at: index) {
            case .frame(let row):
                #expect(state.index(of: row, in: place) == index)
                rows.append(row)
            case .marker(let kind): markers.append(kind)
            case nil: Issue.record("nothing at \(index)")
            }
        }
        #expect(rows == rows.sorted() && rows.count == (hidesHeartbeats ? 16 : 22))
        #expect(markers == state.transcript.markers.map(\.kind))
        #expect(state.item(place, at: state.itemCount(place)) == nil)
    }

    @Test("a connection on which nothing came for long while it was open is called silent")
    func silence() {
        let quiet: [Stage.Said] = [(.client, 0x81, Array("hello".utf8))]
        let busy = Array(repeating: (.server, 0x81, Array("x".utf8)) as Stage.Said, count: 10)
        let state = Stage([quiet, busy], closes: false, pause: 40_000_000_000).state(100, 24)
        #expect(lines(state)[2].contains("    1 silent 40 s"), "\(lines(state)[2])")
        #expect(lines(state)[3].contains("   2 open "))
    }

    @Test("what is selected is marked over the whole row, and no cell of another row is")
    func selection() {
        var state = Stage([everything]).state(80, 24)
        press([.open], &state)
        let grid = state.draw()
        func styles(_ row: Int) -> [Style] { (0..<80).map { grid.cells[row * 80 + $0].style } }
        #expect(styles(2).allSatisfy { $0.attributes.contains(.reverse) })
        #expect(styles(3).allSatisfy { !$0.attributes.contains(.reverse) && !$0.attributes.contains(.underline) })
    }

    @Test("an order is kept while more comes, and what is selected stays selected")
    func order() {
        let stage = Stage([[(.client, 0x81, Array("a".utf8))], everything])
        var state = stage.state()
        press([.order, .order, .down], &state)
        #expect(state.connectionList.items == [.connection(1), .connection(0)])
        #expect(state.selectedConnection == 0)
        press([.reverse], &state)
        #expect(state.connectionList.items == [.connection(0), .connection(1)])
    }

    @Test("what was searched for stands out in rows and in payloads, wherever it is in them")
    func matches() {
        let long = Array((String(repeating: "x", count: 3_000) + "needle" + String(repeating: "y", count: 3_000)).utf8)
        let hidden: [Stage.Said] = [
            (.server, 0x81, long), (.server, 0x81, Array(#"{"a":"needle","b":[1,"needles"]}"#.utf8)),
            (.server, 0x82, Array(0..<200) + Array("needle".utf8)), (.server, 0x81, Array("漢字needle漢字".utf8)),
            (.client, 0x88, [0x03, 0xE8] + Array("needle".utf8)),
        ]
        var state = Stage([hidden]).state(80, 24)
        func marked() -> [String] {
            let grid = state.draw()
            return grid.lines.indices.map { row in
                let cells = (0..<80).map { grid.cells[row * 80 + $0] }
                let found = cells.filter { $0.style.attributes.contains(.underline) && $0.glyph < 0x7F }
                return String(String.UnicodeScalarView(found.compactMap { Unicode.Scalar($0.glyph) }))
            }
        }
        press([.open, .search] + Self.type("needle") + [.submit], &state)
        #expect(state.search?.count == 5)
        let rows = marked()
        #expect(rows[3] == "needle" && rows[4].hasPrefix("needle") && rows[6] == "needle" && rows[7] == "needle")
        #expect(rows[5] == "6e6565646c65")
        press([.open], &state)
        #expect(marked().joined() == "needle" && lines(state).joined().contains("xneedley"))
        press([.nextFrame], &state)
        #expect(marked().joined() == "needleneedle")
        press([.nextForm], &state)
        #expect(marked().joined().contains("6e6565646c65"))
        // Nothing that is only beside it.
        press([.search, .searchForm, .searchForm] + Self.type("x*|漢?") + [.submit], &state)
        #expect(state.search?.isDone ?? false)
    }
}
