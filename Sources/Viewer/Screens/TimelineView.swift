import Bytes
import Channels
import Inspection
import Reports
import Terminal
import Text
import Verdicts
import WebSocket

/// Frames, one a row; in one column, or as a ladder with the client at the left and the server at the right.
enum TimelineView {
    static func draw(_ state: State, _ place: TimelinePlace, on canvas: inout Canvas) {
        let layout = RowLayout(state, place.scope, width: canvas.size.columns)
        canvas.draw(heading(state, place, layout), row: 0)
        if state.itemCount(place) == 0 {
            let words =
                place.filter.map { state.isWaiting($0) ? "how connections end is known when all is read" : $0.failure }
                ?? (state.progress.isDone ? "no WebSocket frames in this input" : "nothing yet")
            canvas.draw(Line("  " + words, .dim), row: 2)
            return
        }
        for row in 1..<canvas.size.rows {
            let index = place.list.top + row - 1
            guard let item = state.item(place, at: index) else { break }
            canvas.draw(line(state, place, item, index, layout), row: row)
            if index == place.list.selected { canvas.select(row: row) }
        }
    }

    private static func heading(_ state: State, _ place: TimelinePlace, _ layout: RowLayout) -> Line {
        var line = Line(" ", .dim)
        if case .connection(let index) = place.scope {
            let connection = state.transcript.connections[Int(index)]
            line.add("#\(connection.number)  ", .strong)
            let peers = state.look.spelled("\(connection.client) → \(connection.server)")
            let room = layout.width - line.width - columns(of: peers) - 3
            if let url = connection.url, room > 8 {
                line.add(state.look.fitted(url, room), .good)
                line.add("  ")
            }
            line.add(peers, .dim)
        } else if state.isLadder {
            line.pad(to: layout.bodyStart)
            line.add("client", .client)
            line.addRight("server", endingAt: layout.width - 1, .server)
        } else {
            line.pad(to: layout.timeStart)
            line.addRight("time", endingAt: layout.timeStart + layout.timeWidth, .dim)
            line.pad(to: layout.bodyStart + 2)
            line.add("kind", .dim)
            line.addRight("size", endingAt: layout.payloadStart - 2, .dim)
            line.pad(to: layout.payloadStart)
            line.add("payload", .dim)
        }
        guard let filter = place.filter else { return line }
        let words = (filter.condition == nil ? [] : ["filter: \(filter.text)"]) + (filter.hidesHeartbeats ? ["no ping, no pong"] : [])
        line.addRight(state.look.fitted(words.joined(separator: ", "), 44), endingAt: layout.width - 1, .strong)
        return line
    }

    private static func line(_ state: State, _ place: TimelinePlace, _ item: TimelineItem, _ index: Int, _ layout: RowLayout) -> Line {
        let previous = index > 0 && state.clock == .delta ? state.item(place, at: index - 1) : nil
        switch item {
        case .frame(let row): return TimelineRow(state, place, layout).line(row, previous: previous)
        case .marker(let kind): return MarkerRow(state, place.scope, layout).line(kind, previous: previous)
        }
    }

    /// When a row of a timeline happened.
    static func time(of item: TimelineItem, _ state: State) -> Timestamp? {
        let transcript = state.transcript
        switch item {
        case .frame(let row): return transcript.rows[Int(row)].time
        case .marker(.opened(let index)): return transcript.connections[Int(index)].responseTime ?? transcript.connections[Int(index)].time
        case .marker(.ended(let index)): return transcript.connections[Int(index)].verdict?.time
        case .marker(.encrypted(let index)): return transcript.encrypted[index].last.time
        case .marker(.attempt(let index)): return transcript.attempts[index].last.time
        }
    }
}

/// Where the parts of a row stand.
struct RowLayout {
    /// `binary ┌` and a blank.
    static let kindWidth = 9
    static let sizeWidth = 8

    /// Mark and the sign of a finding, with a blank around.
    let timeStart: Int
    var bodyStart: Int { timeStart + timeWidth + 2 }
    var payloadStart: Int { bodyStart + 2 + Self.kindWidth + Self.sizeWidth + 2 }
    let timeWidth: Int
    let width: Int
    /// Where remarks begin on a terminal so wide that its edge is far from what they are about.
    static let remarkStart = 122
    /// Columns that remarks have when they need no more.
    var remarkWidth: Int { width < 100 ? 14 : width < 150 ? 20 : 34 }

    /// `14:03:07.120000`, or as many seconds as the capture lasts, milliseconds and microseconds; differences may be negative.
    static func timeWidth(_ state: State) -> Int {
        guard state.clock == .relative || state.clock == .delta else { return 15 }
        let transcript = state.transcript
        guard let start = transcript.start else { return 9 }
        // Connections may end long after their last frame, and attempts come before the first.
        let markers = [transcript.markers.first, transcript.markers.last].compactMap { $0 }
        let times = [transcript.end] + markers.map { TimelineView.time(of: .marker($0.kind), state) }
        let widths = times.compactMap { $0?.nanoseconds(since: start) }.map {
            "\($0 / 1_000_000_000)".count + ($0 < 0 && $0 > -1_000_000_000 ? 1 : 0)
        }
        return (widths.max() ?? 1) + 8 + (state.clock == .delta ? 1 : 0)
    }

    init(_ state: State, _ scope: Scope, width: Int) {
        self.width = width
        timeWidth = Self.timeWidth(state)
        let digits = "\(state.transcript.connections.last?.number ?? 1)".count
        // `#12`, or `TCP` and `TLS` of what has no number.
        let isUnnumbered = !state.transcript.attempts.isEmpty || !state.transcript.encrypted.isEmpty
        timeStart = 3 + (scope == .all ? max(digits + 1, isUnnumbered ? 3 : 0) + 1 : 0)
    }
}
