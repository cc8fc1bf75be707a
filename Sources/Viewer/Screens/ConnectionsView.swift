import Bytes
import Channels
import HTTP
import Inspection
import Rules
import Terminal
import Text
import Verdicts
import WebSocket

/// All connections, one a row; beneath them, of the selected one, how it ended.
enum ConnectionsView {
    static func draw(_ state: State, _ place: ListPlace, on canvas: inout Canvas, _ rows: Range<Int>) {
        let shown = state.transcript.connections.dropFirst(place.top).prefix(rows.count)
        let longest = shown.map { columns(of: peers($0)) }.max() ?? 0
        let table = Columns(width: canvas.size.columns, longestPeers: longest)
        canvas.draw(heading(table), row: rows.lowerBound)
        if state.transcript.connections.isEmpty {
            // At the end a remark says the same with figures.
            let remarks = state.progress.isDone ? state.progress.remarks : ["no WebSocket connection yet"]
            let lines = remarks.flatMap { Wrapping.lines($0, state.look, width: canvas.size.columns - 4) }
            for (index, line) in lines.prefix(max(0, rows.count - 3)).enumerated() {
                canvas.draw(Line("  " + line, .dim), row: rows.lowerBound + 2 + index)
            }
            return
        }
        Detail.draw(state, on: &canvas, below: rows)
        for row in rows.dropFirst().dropLast(Detail.rowCount(state)) {
            let index = place.top + row - rows.lowerBound - 1
            guard index < state.transcript.connections.count else {
                drawEncrypted(state, index - state.transcript.connections.count, on: &canvas, row: row)
                continue
            }
            canvas.draw(line(state, index, table), row: row)
            if index == place.selected { canvas.select(row: row) }
        }
    }

    /// Draws a line of those on connections that could not be read, which stand after the others and cannot be selected.
    private static func drawEncrypted(_ state: State, _ index: Int, on canvas: inout Canvas, row: Int) {
        let transcript = state.transcript
        guard transcript.encryptedCount > 0, index > 0 else { return }
        let width = canvas.size.columns - 3
        if index == 1 {
            let count = Quantity.counted(UInt64(transcript.encryptedCount), "TLS connection")
            return canvas.draw(Line("  " + state.look.fitted("\(count) could not be decrypted:", width), .warning), row: row)
        }
        guard index - 2 < transcript.encrypted.count else { return }
        let connection = transcript.encrypted[index - 2]
        let name = connection.security.serverName.map { " \($0)" } ?? ""
        let text = "\(connection.client) → \(connection.server)\(name): \(connection.opacity.text)"
        canvas.draw(Line("    " + state.look.fitted(state.look.spelled(text), width - 2), .dim), row: row)
    }

    /// Where the columns begin, and which have room at all.
    private struct Columns {
        let width: Int
        let nameStart = 1 + Self.number + Self.state
        let frames: Int
        let bytes: Int
        let lasted: Int
        let activity: Int
        let peers: Int
        let rate: Int
        let verdict: Int
        static let number = 5
        static let state = 13

        init(width: Int, longestPeers: Int) {
            self.width = width
            bytes = width < 52 ? 0 : 10
            lasted = width < 64 ? 0 : 12
            frames = width < 100 ? 8 : 12
            activity = width < 100 ? 0 : width < 140 ? 10 : width < 240 ? 18 : 42
            peers = width < 130 ? 0 : min(46, max(17, longestPeers) + 2)
            rate = width < 110 ? 0 : 10
            let flexible = width - nameStart - peers - frames - bytes - rate - lasted - (width < 100 ? 5 : 10) - activity - 1
            verdict = width < 170 ? 0 : max(36, flexible - 60)
        }

        /// `findings` where there is room for the word.
        var findings: Int { width < 100 ? 5 : 10 }
        private var fixed: Int { nameStart + peers + frames + bytes + rate + lasted + findings + activity + verdict + 1 }
        var nameWidth: Int { max(8, width - fixed) }
    }

    private static func heading(_ table: Columns) -> Line {
        var line = Line()
        line.addRight("#", endingAt: Columns.number, .dim)
        line.pad(to: 1 + Columns.number)
        line.add("state", .dim)
        line.pad(to: table.nameStart)
        line.add("URL", .dim)
        line.pad(to: table.nameStart + table.nameWidth)
        if table.peers > 0 { line.add("client and server".padded(table.peers), .dim) }
        line.addRight("frames", endingAt: line.width + table.frames, .dim)
        if table.bytes > 0 { line.addRight("bytes", endingAt: line.width + table.bytes, .dim) }
        if table.rate > 0 { line.addRight("frames/s", endingAt: line.width + table.rate, .dim) }
        if table.lasted > 0 { line.addRight("lasted", endingAt: line.width + table.lasted, .dim) }
        line.addRight(table.findings < 10 ? "odd" : "findings", endingAt: line.width + table.findings, .dim)
        if table.activity > 0 { line.add("  activity".padded(table.activity), .dim) }
        if table.verdict > 0 { line.add("  how it ended", .dim) }
        return line
    }

    private static func line(_ state: State, _ index: Int, _ table: Columns) -> Line {
        let look = state.look
        let connection = state.transcript.connections[index]
        var line = Line()
        line.add(connection.worst.map(look.sign) ?? " ", connection.worst.map { Ink($0) } ?? .plain)
        if state.markedConnections.contains(connection.number) { line.add(look.marked, .match) }
        line.addRight("\(connection.number)", endingAt: Columns.number, .dim)
        line.pad(to: 1 + Columns.number)
        line.add(Self.state(connection), connection.verdict.map(ink) ?? .good)
        line.pad(to: table.nameStart)
        let peers = look.spelled(peers(connection))
        line.add(
            name(connection, look, table.nameWidth - 1) ?? look.fitted(peers, table.nameWidth - 1), connection.url == nil ? .dim : .plain)
        line.pad(to: table.nameStart + table.nameWidth)
        if table.peers > 0 { line.add(look.fitted(peers, table.peers - 2).padded(table.peers), .dim) }
        line.addRight(Quantity.count(connection.frameCount), endingAt: line.width + table.frames)
        if table.bytes > 0 { line.addRight(Quantity.size(connection.byteCount), endingAt: line.width + table.bytes) }
        let lasted = max(0, connection.lastTime.nanoseconds(since: connection.time))
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

    private static func peers(_ connection: ConnectionEntry) -> String { "\(connection.client) → \(connection.server)" }

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

    // MARK: How it stands

    static func state(_ connection: ConnectionEntry) -> String {
        guard let verdict = connection.verdict else { return connection.status == .inferred ? "open, joined" : "open" }
        let code = verdict.code.map { " \($0.rawValue)" } ?? ""
        switch verdict.manner {
        case .closed: return "closed\(code)"
        case .closeUnanswered: return "half closed"
        case .finWithoutClose: return "no close"
        case .reset: return "reset"
        case .stillOpen: return "open"
        case .refused: return "refused" + (connection.response.map { " \($0.status)" } ?? "")
        case .unanswered: return "unanswered"
        case .failed: return "failed"
        case .forgotten: return "given up"
        case .notUpgraded: return "not upgraded"
        }
    }

    static func ink(_ verdict: Verdict) -> Ink {
        switch verdict.manner {
        case .closed: verdict.isPlain && verdict.cause.map { $0 == .goingAway } ?? true ? .plain : .warning
        case .stillOpen: verdict.cause == nil ? .good : .warning
        case .notUpgraded, .forgotten: .dim
        case .closeUnanswered, .finWithoutClose, .reset, .refused, .unanswered, .failed: .warning
        }
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
