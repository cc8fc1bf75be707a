import Bytes
import Inspection
import Reports
import Terminal
import Text
import Verdicts
import WebSocket

/// Frames, one a row; in one column, or as a ladder with the client at the left and the server at the right.
enum TimelineView {
    static func draw(_ state: State, _ place: TimelinePlace, on canvas: inout Canvas, _ rows: Range<Int>) {
        let heading = rows.lowerBound
        let layout = RowLayout(state, place)
        canvas.draw(self.heading(state, place, layout), row: heading)
        if state.itemCount(place) == 0 {
            let words =
                place.filter.map { state.isWaiting($0) ? "how connections end is known when all is read" : "no frame matches the filter" }
                ?? (state.progress.isDone ? "no WebSocket frames in this input" : "nothing yet")
            canvas.draw(Line("  " + words, .dim), row: heading + 2)
            return
        }
        for row in heading + 1..<rows.upperBound {
            let index = place.list.top + row - heading - 1
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
            let room = state.size.columns - line.width - peers.count - 3
            if let url = connection.url, room > 8 {
                line.add(state.look.fitted(url, room), .good)
                line.add("  ")
            }
            line.add(peers, .dim)
        } else if state.isLadder {
            line.pad(to: layout.bodyStart)
            line.add("client", .client)
            line.addRight("server", endingAt: state.size.columns - 1, .server)
        } else {
            line.pad(to: layout.timeStart)
            line.addRight("time", endingAt: layout.timeStart + layout.timeWidth, .dim)
            line.pad(to: layout.bodyStart + 2)
            line.add("kind", .dim)
            line.addRight("size", endingAt: layout.payloadStart - 2, .dim)
            line.pad(to: layout.payloadStart)
            line.add("payload", .dim)
        }
        if let filter = place.filter {
            line.addRight(state.look.fitted("filter: \(filter.text)", 40), endingAt: state.size.columns - 1, .match)
        }
        return line
    }

    private static func line(_ state: State, _ place: TimelinePlace, _ item: TimelineItem, _ index: Int, _ layout: RowLayout) -> Line {
        switch item {
        case .frame(let row):
            let previous = index > 0 ? state.item(place, at: index - 1) : nil
            return TimelineRow(state, place, layout).line(row, previous: previous)
        case .handshake: return handshake(state, place, layout)
        case .end: return end(state, place, layout)
        }
    }

    private static func handshake(_ state: State, _ place: TimelinePlace, _ layout: RowLayout) -> Line {
        guard case .connection(let index) = place.scope else { return Line() }
        let connection = state.transcript.connections[Int(index)]
        var line = Line("   ")
        line.addRight(
            TimelineRow.time(connection.time, state, zero: connection.time, previous: nil),
            endingAt: layout.timeStart + layout.timeWidth, .dim)
        line.pad(to: layout.bodyStart)
        let (words, ink) = HandshakeView.summary(connection)
        line.add("\(state.look.handshake) ", ink)
        line.add(state.look.fitted(state.look.spelled(words), state.size.columns - line.width), ink)
        return line
    }

    private static func end(_ state: State, _ place: TimelinePlace, _ layout: RowLayout) -> Line {
        guard case .connection(let index) = place.scope, let verdict = state.transcript.connections[Int(index)].verdict else {
            return Line()
        }
        let connection = state.transcript.connections[Int(index)]
        var line = Line("   ")
        let time = TimelineRow.time(verdict.time, state, zero: connection.time, previous: nil)
        line.addRight(time, endingAt: layout.timeStart + layout.timeWidth, .dim)
        line.pad(to: layout.bodyStart)
        line.add("end  ", .strong)
        line.add(state.look.fitted(verdict.text, state.size.columns - line.width), ConnectionsView.ink(verdict))
        return line
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
    var remarkWidth: Int { width < 100 ? 14 : 34 }

    /// `14:03:07.120000`, or as many seconds as the capture lasts, milliseconds and microseconds; differences may be negative.
    static func timeWidth(_ state: State) -> Int {
        guard state.clock != .absolute else { return 15 }
        let nanoseconds = state.transcript.start.flatMap { start in state.transcript.end?.nanoseconds(since: start) } ?? 0
        return "\(max(0, nanoseconds) / 1_000_000_000)".count + 8 + (state.clock == .delta ? 1 : 0)
    }

    init(_ state: State, _ place: TimelinePlace) {
        width = state.size.columns
        timeWidth = Self.timeWidth(state)
        let digits = "\(state.transcript.connections.last?.number ?? 1)".count
        timeStart = 3 + (place.scope == .all ? digits + 2 : 0)
    }
}
