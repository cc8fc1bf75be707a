import Terminal
import Text
import WebSocket

/// Requests inside WebSocket: the unanswered first, then the slowest; Enter goes to the request, and from there `p` to its answer.
enum RequestsView {
    static func draw(_ state: State, _ place: ListPlace, on canvas: inout Canvas) {
        let requests = state.transcript.requests
        var heading = Line(" \(Quantity.counted(UInt64(requests.entries.count), "request"))  ", .strong)
        if requests.unansweredCount > 0 { heading.add("\(Quantity.count(UInt64(requests.unansweredCount))) unanswered  ", .violation) }
        if requests.errorCount > 0 { heading.add("\(Quantity.counted(UInt64(requests.errorCount), "error"))  ", .warning) }
        let omitted = state.transcript.omittedRequestCount
        if omitted > 0 { heading.add("\(Quantity.count(omitted)) more are not listed", .dim) }
        canvas.draw(heading, row: 0)
        let order = state.transcript.orderedRequests
        guard !order.isEmpty else {
            canvas.draw(
                Line(state.progress.isDone ? "  no requests in any protocol that wsray decodes" : "  no requests yet", .dim), row: 2)
            return
        }
        for row in 1..<canvas.size.rows {
            let index = place.top + row - 1
            guard index < order.count else { break }
            canvas.draw(line(state, requests.entries[order[index]], canvas.size.columns), row: row)
            if index == place.selected { canvas.select(row: row) }
        }
    }

    /// `unanswered  #1  → subscribe room #7`, or `309 ms` in place of the first word.
    private static func line(_ state: State, _ entry: RequestEntry, _ width: Int) -> Line {
        let look = state.look
        var line = Line(" ")
        switch entry.standing {
        case .unanswered: line.add("unanswered", .violation)
        case .answered:
            let duration = Quantity.duration(entry.latency)
            line.pad(to: max(1, 11 - duration.count))
            line.add(look.spelled(duration), entry.isError ? .warning : .plain)
        case .open: line.add("      open", .dim)
        }
        line.pad(to: 13)
        line.add("#\(state.transcript.connections[Int(entry.connection)].number)", .dim)
        line.pad(to: 15 + "\(state.transcript.connections.last?.number ?? 1)".count)
        line.add(entry.from == .client ? look.toServer : look.toClient, Ink(entry.from))
        line.add(" ")
        let reason = entry.reason.isEmpty ? "" : "  \(entry.reason)"
        let room = max(1, width - line.width - 1)
        line.add(look.fitted(look.spelled(entry.label), max(8, room - min(reason.count, room / 2))))
        if !reason.isEmpty { line.add(look.fitted(look.spelled(reason), max(1, width - line.width - 1)), .warning) }
        return line
    }
}
