import Bytes
import Channels
import Filter
import HTTP
import Inspection
import Packets
import Rules
import Terminal
import Text
import Verdicts
import WebSocket

/// All connections, one a row; streams of HTTP/2 below the TCP connection that they share.
enum ConnectionsView {
    static func draw(_ state: State, _ place: ListPlace, on canvas: inout Canvas) {
        let items = state.connectionList.items
        let shown = items.dropFirst(place.top).prefix(canvas.size.rows)
        let longest = shown.map { columns(of: peers(state, $0)) }.max() ?? 0
        let table = Columns(width: canvas.size.columns, longestPeers: longest)
        canvas.draw(heading(state, table), row: 0)
        guard !items.isEmpty else { return drawNothing(state, on: &canvas) }
        for row in 1..<canvas.size.rows {
            let index = place.top + row - 1
            guard index < items.count else { break }
            canvas.draw(line(state, items[index], table), row: row)
            if index == place.selected { canvas.select(row: row) }
        }
    }

    private static func drawNothing(_ state: State, on canvas: inout Canvas) {
        // At the end a remark says the same with figures.
        var remarks = state.progress.isDone ? state.progress.allRemarks : ["no WebSocket connection yet"]
        if let filter = state.connectionList.filter, state.transcript.revision > 0 {
            remarks = ["no connection matches \(filter.condition.text)"]
        }
        let lines = remarks.flatMap { Wrapping.lines($0, state.look, width: canvas.size.columns - 4) }
        for (index, line) in lines.prefix(max(0, canvas.size.rows - 3)).enumerated() {
            canvas.draw(Line("  " + line, .dim), row: 2 + index)
        }
    }

    private static func heading(_ state: State, _ table: Columns) -> Line {
        let order = state.connectionList.order
        let arrow = state.connectionList.isReversed ? state.look.sortedUp : state.look.sortedDown
        func add(_ title: String, _ width: Int, _ own: ConnectionOrder?, to line: inout Line) {
            guard width > 0 else { return }
            let isSorted = own == order && order != .number
            line.addRight(isSorted ? "\(arrow)\(title)" : title, endingAt: line.width + width, isSorted ? .strong : .dim)
        }
        var line = Line()
        line.addRight("#", endingAt: Columns.number, .dim)
        line.pad(to: 1 + Columns.number)
        line.add(order == .worst ? "\(arrow)state" : "state", order == .worst ? .strong : .dim)
        line.pad(to: table.nameStart)
        line.add("URL", .dim)
        if let filter = state.connectionList.filter {
            line.add("  " + state.look.fitted("filter: \(filter.condition.text)", table.nameWidth - 6), .strong)
        }
        line.pad(to: table.nameStart + table.nameWidth)
        if table.peers > 0 { line.add("client and server".padded(table.peers), .dim) }
        add(table.code < 9 ? "code" : "browser", table.code, nil, to: &line)
        add("frames", table.frames, .frames, to: &line)
        add("bytes", table.bytes, .bytes, to: &line)
        add("frames/s", table.rate, nil, to: &line)
        add("lasted", table.lasted, .duration, to: &line)
        add(table.findings < 10 ? "!" : "findings", table.findings, .findings, to: &line)
        if table.activity > 0 { line.add("  activity".padded(table.activity), .dim) }
        if table.verdict > 0 { line.add("  how it ended", .dim) }
        return line
    }

    private static func line(_ state: State, _ item: ConnectionItem, _ table: Columns) -> Line {
        switch item {
        case .connection(let index): line(state, Int(index), table)
        case .carrier(let flow): carrier(state, flow, table)
        case .encrypted(let index): encrypted(state, index, table)
        case .attempt(let index): attempt(state, index, table)
        }
    }

    private static func line(_ state: State, _ index: Int, _ table: Columns) -> Line {
        let look = state.look
        let connection = state.transcript.connections[index]
        var line = Line()
        line.add(connection.worst.map(look.sign) ?? " ", connection.worst.map { Ink($0) } ?? .plain)
        if state.markedConnections.contains(connection.number) { line.add(look.marked, .strong) }
        line.addRight("\(connection.number)", endingAt: Columns.number, .dim)
        line.pad(to: 1 + Columns.number)
        line.add(Self.state(state, connection), ink(state, connection))
        line.pad(to: table.nameStart)
        let stream = connection.carrier.stream.flatMap { state.connectionList.isGrouped ? "\(look.branch) \($0) " : nil } ?? ""
        line.add(stream, .dim)
        let room = table.nameWidth - 1 - columns(of: stream)
        let peers = look.spelled(peers(connection))
        line.add(name(connection, look, room) ?? look.fitted(peers, room), connection.url == nil ? .dim : .plain)
        line.pad(to: table.nameStart + table.nameWidth)
        if table.peers > 0 { line.add(look.fitted(peers, table.peers - 2).padded(table.peers), .dim) }
        addCode(connection.verdict?.browser, to: &line, table)
        line.addRight(Quantity.count(connection.frameCount), endingAt: line.width + table.frames)
        if table.bytes > 0 { line.addRight(Quantity.size(connection.byteCount), endingAt: line.width + table.bytes) }
        let lasted = connection.duration
        if table.rate > 0 { line.addRight(rate(connection.frameCount, lasted), endingAt: line.width + table.rate, .dim) }
        if table.lasted > 0 { line.addRight(look.spelled(Quantity.duration(lasted)), endingAt: line.width + table.lasted, .dim) }
        let count = connection.findingCount
        let odd = count == 0 ? "" : Quantity.count(count)
        line.addRight(odd, endingAt: line.width + table.findings, connection.worst.map { Ink($0) } ?? .dim)
        if table.activity > 0 {
            line.add("  ")
            line.add(activity(state, index, table.activity - 2), .client)
        }
        if table.verdict > 0 { line.add("  " + look.fitted(connection.verdict?.text ?? "", table.verdict - 3), .dim) }
        return line
    }

    /// The code that a browser reports; that of a failure stands out.
    private static func addCode(_ event: Verdict.CloseEvent?, to line: inout Line, _ table: Columns) {
        guard table.code > 0 else { return }
        let isFailure = event.map { !$0.wasClean } ?? false
        line.addRight(event.map { "\($0.code.rawValue)" } ?? "", endingAt: line.width + table.code, isFailure ? .warning : .dim)
    }

    private static func peers(_ state: State, _ item: ConnectionItem) -> String {
        if case .connection(let index) = item { return peers(state.transcript.connections[Int(index)]) }
        return ""
    }

    static func peers(_ connection: ConnectionEntry) -> String { "\(connection.client) → \(connection.server)" }

    /// The URL, without scheme and host where it has no room: what differs stands behind them.
    private static func name(_ connection: ConnectionEntry, _ look: Look, _ room: Int) -> String? {
        guard let url = connection.url else { return nil }
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard columns(of: url) > room, parts.count == 4, !parts[3].isEmpty else { return look.fitted(url, room) }
        return look.fitted("\(look.ellipsis)/\(parts[3])", room)
    }

    private static func rate(_ frames: UInt64, _ nanoseconds: Int64) -> String {
        guard nanoseconds > 0, frames > 1 else { return "" }
        let perSecond = frames.multipliedReportingOverflow(by: 1_000_000_000)
        guard !perSecond.overflow else { return "" }
        let tenths = perSecond.partialValue / max(1, UInt64(nanoseconds) / 10)
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10)" : Quantity.count(tenths / 10)
    }

    // MARK: Activity

    /// Frames over the whole capture's time, as a line of blocks.
    private static func activity(_ state: State, _ index: Int, _ columns: Int) -> String {
        let transcript = state.transcript
        let rows = transcript.rowsOfConnection[index]
        guard let start = transcript.start, let end = transcript.end, !rows.isEmpty else { return String(repeating: " ", count: columns) }
        let span = max(1, end.nanoseconds(since: start))
        var counts: [Int] = []
        var from = 0
        for column in 0..<columns {
            let (whole, rest) = span.quotientAndRemainder(dividingBy: Int64(columns))
            let limit = start.nanoseconds &+ whole * Int64(column + 1) + rest * Int64(column + 1) / Int64(columns)
            let to = column + 1 == columns ? rows.count : rows.partitioningIndex { transcript.rows[Int($0)].nanoseconds >= limit }
            counts.append(max(0, to - from))
            from = max(from, to)
        }
        return Plot.spark(counts, isASCII: state.look.isASCII)
    }
}

extension String {
    /// Blanks behind, up to a width; for our own words, each character of which takes one column.
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
