import Terminal
import Text

/// The bars around every screen: where one can go, what goes on, what keys there are.
enum Chrome {
    static let topRowCount = 1
    static let bottomRowCount = 1
    static let rowCount = topRowCount + bottomRowCount
    static let leastColumns = 40
    static let leastRows = 8

    // MARK: The bar at the top

    private static func tabs(_ state: State) -> [(text: String, action: Action, isCurrent: Bool)] {
        let findings = UInt64(state.transcript.findings.count) + state.transcript.omittedFindingCount
        let count = findings == 0 ? "" : " \(Quantity.count(findings))"
        let isNarrow = state.size.columns < 72
        let main = state.screens.count > 1 ? state.screens[1].place : state.screens[0].place
        var tabs: [(text: String, action: Action, isCurrent: Bool)] = [
            (isNarrow ? "1 all" : "1 connections", .connections, state.screens.count == 1),
            (isNarrow ? "2 time" : "2 timeline", .timeline, main == .timeline),
            ((isNarrow ? "3 found" : "3 findings") + count, .findings, main == .findings),
            (isNarrow ? "4 sums" : "4 statistics", .statistics, state.screen.place == .statistics),
            (isNarrow ? "?" : "? help", .help, state.screen.place == .help),
        ]
        guard !state.transcript.requests.entries.isEmpty else { return tabs }
        tabs.insert((isNarrow ? "5 asks" : "5 requests", .requests, main == .requests), at: tabs.count - 1)
        return tabs
    }

    static func drawTop(_ state: State, on canvas: inout Canvas) {
        var left = Line(" ")
        var current: Range<Int>?
        for tab in tabs(state) {
            let start = left.width
            left.add(" \(tab.text) ", tab.isCurrent ? .strong : .plain)
            if tab.isCurrent { current = start..<left.width }
        }
        let room = canvas.size.columns - left.width - 1
        canvas.bar(left, right(state, room), row: 0)
        // What is current stands out of the reversed bar by not being reversed.
        if let current {
            canvas.unselect(row: 0, current)
        }
    }

    /// What is read and how far, as much as has room.
    private static func right(_ state: State, _ room: Int) -> Line {
        let progress = state.progress
        var words = ""
        if progress.isDone || progress.isLive {
            let all = standing(progress)
            words = all.first { $0.count < room } ?? all.last ?? ""
        } else if let percent = progress.percent {
            let filled = percent / 10
            let bar = String(repeating: "\(state.look.done)", count: filled) + String(repeating: "\(state.look.left)", count: 10 - filled)
            words = room > 24 ? "reading \(bar) \(percent) %" : "\(percent) %"
        } else {
            words = "reading, \(Quantity.size(progress.readByteCount))"
        }
        let name = state.look.fitted(state.source, max(0, room - words.count - 3))
        return Line([name.count > 3 ? name : "", words].filter { !$0.isEmpty }.joined(separator: "  ") + " ")
    }

    /// How a live capture stands, or one that was read to its end; the longest words first.
    private static func standing(_ progress: Progress) -> [String] {
        if progress.isDone, progress.exitStatus != 0 { return ["incomplete, see 4", "incomplete"] }
        let live = progress.isLive ? "live, " : ""
        let remarks = UInt64(progress.allRemarks.count)
        guard remarks > 0 else { return progress.isLive ? ["live"] : [] }
        var news = live + Quantity.counted(remarks, "remark")
        if progress.isLive, !progress.drops.isEmpty { news = "live, packets dropped" }
        return ["\(news), see 4", news, "\(live)see 4"]
    }

    /// What a click on the bar does.
    static func action(at column: Int, _ state: State) -> Action? {
        var start = 1
        for tab in tabs(state) {
            let end = start + tab.text.count + 2
            if (start..<end).contains(column) { return tab.action }
            start = end
        }
        return nil
    }

    // MARK: The bar at the bottom

    static func drawBottom(_ state: State, on canvas: inout Canvas) {
        let row = canvas.size.rows - 1
        canvas.clear(row: row)
        if let prompt = state.prompt { return draw(prompt, state, on: &canvas, row) }
        if let notice = state.notice {
            let line = Line(" " + state.look.fitted(notice.text, canvas.size.columns - 2), notice.kind == .failure ? .violation : .strong)
            return canvas.draw(line, row: row)
        }
        let position = position(state)
        var left = Line(" ")
        let room = canvas.size.columns - position.width - 1
        for (key, words) in hints(state) {
            let text = state.look.spelled("\(key) \(words)")
            guard left.width + columns(of: text) + 2 <= room else { break }
            left.add(state.look.spelled(key), .key)
            left.add(" \(words)  ", .dim)
        }
        canvas.draw(left, row: row)
        canvas.draw(position, row: row, column: canvas.size.columns - position.width)
    }

    private static func hints(_ state: State) -> [(String, String)] {
        switch state.screen {
        case .connections:
            (state.connectionList.filter != nil ? [("Esc", "all connections")] : []) + [
                ("Enter", "frames"), ("q", "quit"), ("f", "filter"), ("s", "sort"), ("i", "handshake"), ("/", "search"), ("m", "mark"),
                ("d", "detail"), ("W", "save"), ("r", "reverse"), ("F", "follow"),
            ]
        case .timeline(let place):
            (place.filter?.condition != nil ? [("Esc", "all frames"), ("C", "context")] : []) + [
                ("Enter", "open"), ("q", "back"), ("/", "search"), ("f", "filter"), ("e", "finding"),
                ("v", state.isLadder ? "one column" : "columns"), ("t", "times"), ("m", "mark"), ("d", "detail"), ("P", "no pings"),
                ("s x W", "save"), ("p", "pong"), ("c", "compare"), ("F", "follow"),
            ]
        case .frame:
            [
                ("Tab", "form"), ("q", "back"), ("b", "bits"), (".", "field"), ("w", "wire"), ("J K", "next, before"), ("y", "copy"),
                ("s x W", "save"),
                ("z", "fold"), ("p", "pair"), ("[ ]", "fragments"), ("e", "finding"), ("m", "mark"), ("c", "compare"),
            ]
        case .findings: [("Enter", "go to it"), ("q", "back"), ("i", "handshake"), ("d", "detail"), ("F", "follow")]
        case .requests: [("Enter", "go to it"), ("q", "back"), ("i", "handshake"), ("d", "detail")]
        case .unread: [("q", "back"), ("Space", "page down")]
        case .handshake: [("Enter", "frames"), ("q", "back"), ("Space", "page down"), ("y", "copy"), ("W", "save")]
        case .statistics, .help: [("q", "back"), ("Space", "page down"), ("j k", "scroll")]
        case .compare: [("Tab", "form"), ("q", "back"), ("w", "wire"), ("j k", "scroll")]
        }
    }

    /// Where one is, and what goes on in the background.
    private static func position(_ state: State) -> Line {
        var line = Line()
        if let run = state.search {
            let total = state.frameCount(in: run.scope)
            let matches = run.count == 0 ? "no match" : "\(Quantity.count(UInt64(run.count))) match\(run.count == 1 ? "" : "es")"
            if run.isDone {
                if run.unkeptCount > 0 { line.add("\(Quantity.count(run.unkeptCount)) not searched  ", .warning) }
                line.add(state.look.fitted("/\(run.pattern.source)", 20) + " \(matches)\(run.isStopped ? ", stopped" : "")  ", .strong)
            } else {
                let percent = total == 0 ? 0 : run.examinedCount * 100 / total
                line.add("searching \(percent) %, \(matches)  Esc stops  ", .strong)
            }
        }
        if case .timeline(let place) = state.screen, let filter = place.filter, filter.undecidedCount > 0 {
            line.add("\(Quantity.count(filter.undecidedCount)) undecided  ", .warning)
        }
        if state.isFollowing { line.add("following  ", .good) }
        let count = state.listCount
        if state.isPaged {
            let height = state.listHeight
            if count > height { line.add("\(min(100, (state.list.top + height) * 100 / max(1, count))) %") }
        } else {
            line.add(count == 0 ? "none" : "\(Quantity.count(UInt64(state.list.selected + 1)))/\(Quantity.count(UInt64(count)))")
        }
        line.add(" ")
        return line
    }

    private static func draw(_ prompt: Prompt, _ state: State, on canvas: inout Canvas, _ row: Int) {
        var line = Line(" ")
        switch prompt.purpose {
        case .search: line.add("search \(prompt.form.name): ", .key)
        case .filter: line.add("filter: ", .key)
        case .savePayload: line.add("save payload as: ", .key)
        case .saveConnection: line.add("save connection as pcapng: ", .key)
        case .saveFrames: line.add("save frames as JSON Lines: ", .key)
        }
        let hint: String =
            state.notice?.text ?? (prompt.purpose == .search ? "Tab: \(prompt.form.next.name)" : state.filterHint(prompt) ?? "")
        let room = max(8, canvas.size.columns - line.width - (hint.isEmpty ? 1 : min(columns(of: hint) + 3, canvas.size.columns / 2)))
        // The part around the cursor, when not everything has room.
        let before = String(prompt.text[..<prompt.cursor])
        var start = 0
        while columns(of: String(before.dropFirst(start))) >= room { start += 1 }
        let column = line.width + columns(of: String(before.dropFirst(start)))
        line.add(state.look.fitted(String(prompt.text.dropFirst(start)), room), state.filterInk(prompt))
        canvas.draw(line, row: row)
        if !hint.isEmpty {
            let shown = state.look.fitted(hint, canvas.size.columns / 2)
            let at = max(line.width + 2, canvas.size.columns - columns(of: shown) - 1)
            canvas.draw(shown, row: row, column: at, state.notice?.kind == .failure ? .violation : .dim)
        }
        canvas.cursor = Position(row: row, column: min(column, canvas.size.columns - 1))
    }
}
