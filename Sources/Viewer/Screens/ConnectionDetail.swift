import Bytes
import Chains
import Channels
import Inspection
import Reports
import Terminal
import Text
import Verdicts

/// One connection at length: how it began and ended, and its last frames; of one that could not be read, why, and what to do.
enum ConnectionDetail {
    static func lines(_ state: State, _ item: ConnectionItem, _ size: Size) -> [Line] {
        switch item {
        case .connection(let index): connection(state, index, size)
        case .carrier(let flow): carrier(state, flow, size)
        case .encrypted(let index): encrypted(state, index, size)
        case .attempt(let index): attempt(state, index, size)
        }
    }

    // MARK: A WebSocket connection

    private static func connection(_ state: State, _ index: UInt32, _ size: Size) -> [Line] {
        let connection = state.transcript.connections[Int(index)]
        let look = state.look
        let width = size.columns
        var title = Line("#\(connection.number)  ", .strong)
        title.add(look.spelled("\(connection.client) → \(connection.server)  "), .dim)
        var lines = [title]
        if let url = connection.url {
            if title.width + columns(of: url) <= width {
                lines[0].add(look.fitted(url, width))
            } else {
                lines.append(Line(look.fitted(url, width)))
            }
        }
        lines += owners(connection, look, width)
        let (words, ink) = HandshakeView.summary(connection)
        let verdict = Self.verdict(state, connection, size)
        // What it ended with says more than what was agreed on.
        let upgrade = Wrapping.lines(words, look, width: width).map { Line($0, ink) }
        let room = max(1, size.rows - lines.count - verdict.count)
        lines += upgrade.count <= room ? upgrade : [Line(look.fitted(look.spelled(words), width), ink)]
        lines += verdict
        if let ended = connection.verdict {
            let facts = HandshakeView.facts(ended, look, width)
            if facts.count <= size.rows - lines.count { lines += facts }
        }
        let story = Self.story(state, connection, width)
        if story.count <= size.rows - lines.count { lines += story }
        return lines + lastFrames(state, index, Size(columns: width, rows: size.rows - lines.count))
    }

    /// The processes at its ends, with their command lines.
    private static func owners(_ connection: ConnectionEntry, _ look: Look, _ width: Int) -> [Line] {
        guard let owners = connection.constant.connection.owners else { return [] }
        return [("client", owners.client), ("server", owners.server)].compactMap { side, owner in
            guard let owner else { return nil }
            let command = owner.command.map { ": \($0)" } ?? ""
            return Line(look.fitted("\(side) \(owner.name) (\(owner.process))\(command)", width), .dim)
        }
    }

    /// What it is part of, where its client lost a connection and tried again.
    private static func story(_ state: State, _ connection: ConnectionEntry, _ width: Int) -> [Line] {
        guard let (chain, position) = state.transcript.chain(of: connection.number) else { return [] }
        let look = state.look
        let heading = "part of a chain: \(position + 1) of \(Quantity.count(chain.links.count)), \(chain.title)"
        var lines = Wrapping.lines(heading, look, width: width).map { Line($0, .note) }
        for (label, text) in chain.lines {
            lines += Wrapping.lines("\(label): \(text)", look, width: width - 2).map { Line("  " + $0, .dim) }
        }
        return lines
    }

    private static func verdict(_ state: State, _ connection: ConnectionEntry, _ size: Size) -> [Line] {
        let look = state.look
        guard let verdict = connection.verdict else { return [Line("not over yet", .dim)] }
        var lines = Wrapping.lines(verdict.text, look, width: size.columns).map { Line($0, ConnectionsView.ink(verdict)) }
        if let event = verdict.browser { lines.append(Line(HandshakeView.words(event), .dim)) }
        return lines
    }

    private static func lastFrames(_ state: State, _ index: UInt32, _ size: Size) -> [Line] {
        let rows = state.transcript.rowsOfConnection[Int(index)]
        guard size.rows >= 4, !rows.isEmpty else { return [] }
        let shown = rows.suffix(min(rows.count, size.rows - 1, 200))
        let title = shown.count == rows.count ? "its frames" : "its last \(shown.count) of \(Quantity.count(UInt64(rows.count))) frames"
        let place = TimelinePlace(.connection(index))
        let layout = RowLayout(state, place.scope, width: size.columns)
        let row = TimelineRow(state, place, layout)
        return [HandshakeView.heading(title, state.look, size.columns, .strong)]
            + zip(shown.indices, shown).map { index, frame in
                row.line(frame, previous: index > 0 ? .frame(rows[index - 1]) : nil)
            }
    }

    // MARK: A TCP connection with several streams

    private static func carrier(_ state: State, _ flow: UInt64, _ size: Size) -> [Line] {
        let look = state.look
        let streams = (state.transcript.streamsOfFlow[flow] ?? []).map { state.transcript.connections[Int($0)] }
        guard let first = streams.first else { return [] }
        var title = Line(look.spelled("\(first.client) → \(first.server)  "), .strong)
        title.add(name(of: first.carrier))
        var lines = [title]
        if let security = first.carrier.security {
            lines += Wrapping.lines(security.words.joined(separator: " · "), look, width: size.columns).map { Line($0, .dim) }
        }
        let frames = streams.reduce(0) { $0 + $1.frameCount }
        let bytes = streams.reduce(0) { $0 + $1.byteCount }
        let count = Quantity.counted(UInt64(streams.count), "WebSocket connection")
        lines.append(Line(look.spelled("\(count) · \(Quantity.counted(frames, "frame")) · \(Quantity.size(bytes))")))
        for stream in streams.prefix(max(0, size.rows - lines.count)) {
            var line = Line("#\(stream.number)  stream \(stream.carrier.stream ?? 0)  ", .dim)
            line.add(ConnectionsView.state(state, stream) + "  ", ConnectionsView.ink(state, stream))
            if let url = stream.url { line.add(look.fitted(url, size.columns)) }
            lines.append(line.fitted(size.columns, look))
        }
        return lines
    }

    static func name(of carrier: Carrier) -> String {
        switch carrier.transport {
        case "h2": "HTTP/2"
        case "h2+tls": "HTTP/2 over TLS"
        case "h3": "HTTP/3"
        default: carrier.transport
        }
    }

    // MARK: What could not be read

    private static func encrypted(_ state: State, _ index: Int, _ size: Size) -> [Line] {
        let connection = state.transcript.encrypted[index]
        let look = state.look
        let security = connection.security
        var title = Line("TLS  ", .strong)
        title.add(look.spelled("\(connection.client) → \(connection.server)"), .dim)
        var lines = [title.fitted(size.columns, look)]
        func add(_ text: String, _ ink: Ink = .plain) {
            lines += Wrapping.lines(text, look, width: size.columns).map { Line($0, ink) }
        }
        add("Not decrypted: \(connection.opacity.text).", .warning)
        if let advice = connection.opacity.advice { add(advice) }
        let words =
            security.words
            + (security.applicationProtocol == nil && !security.offeredProtocols.isEmpty
                ? ["ALPN offered \(security.offeredProtocols.joined(separator: ", "))"] : [])
        if !words.isEmpty { add(words.joined(separator: " · "), .dim) }
        let duration = connection.last.time.nanoseconds(since: connection.first.time)
        add(
            "\(Quantity.size(security.wireByteCount)) in \(Quantity.duration(duration)) · packets \(connection.first.number) to \(connection.last.number)",
            .dim)
        return lines
    }

    private static func attempt(_ state: State, _ index: Int, _ size: Size) -> [Line] {
        let attempt = state.transcript.attempts[index]
        let look = state.look
        var title = Line("TCP  ", .strong)
        title.add(look.spelled("\(attempt.client) → \(attempt.server)"), .dim)
        var lines = [title.fitted(size.columns, look)]
        lines += Wrapping.lines(attempt.text, look, width: size.columns).map { Line($0, ConnectionsView.ink(attempt)) }
        if let event = attempt.browser { lines.append(Line(HandshakeView.words(event), .dim)) }
        lines.append(Line("packets \(attempt.first.number) to \(attempt.last.number)", .dim))
        return lines
    }
}
