import Channels
import Inspection
import Packets
import Text
import Verdicts

// Rows that stand for something else than a WebSocket connection.
extension ConnectionsView {
    /// A row without a number: a state, a name, and what is said of it in the remaining columns.
    private static func other(_ state: State, _ sign: String, _ word: String, _ ink: Ink, _ name: Line, _ table: Columns) -> Line {
        var line = Line("  ")
        line.addRight(sign, endingAt: Columns.number, .dim)
        line.pad(to: 1 + Columns.number)
        line.add(word, ink)
        line.pad(to: table.nameStart)
        line.add(name.fitted(table.width - line.width - 1, state.look))
        return line
    }

    static func carrier(_ state: State, _ flow: UInt64, _ table: Columns) -> Line {
        let streams = state.transcript.streamsOfFlow[flow] ?? []
        guard let first = streams.first.map({ state.transcript.connections[Int($0)] }) else { return Line() }
        let look = state.look
        var name = Line(look.spelled(peers(first)), .strong)
        name.add("  \(Quantity.counted(UInt64(streams.count), "stream"))", .dim)
        if let host = first.carrier.security?.serverName { name.add("  \(look.fitted(host, 40))", .dim) }
        let sign = "\(state.connectionList.folded.contains(flow) ? look.folded : look.unfolded)"
        return other(state, sign, first.carrier.security == nil ? "HTTP/2" : "HTTP/2, TLS", .label, name, table)
    }

    static func encrypted(_ state: State, _ index: Int, _ table: Columns) -> Line {
        let connection = state.transcript.encrypted[index]
        var name = Line(state.look.spelled("\(connection.client) → \(connection.server)"))
        if let host = connection.security.serverName { name = Line(state.look.fitted(host, 40) + ":\(connection.server.port)") }
        name.add("  " + state.look.spelled(connection.opacity.text), .dim)
        return other(state, "", "encrypted", .warning, name, table)
    }

    static func attempt(_ state: State, _ index: Int, _ table: Columns) -> Line {
        let attempt = state.transcript.attempts[index]
        var name = Line(state.look.spelled("\(attempt.client) → \(attempt.server)"))
        if let host = attempt.serverName { name = Line(state.look.fitted(host, 40) + ":\(attempt.server.port)") }
        name.add("  " + state.look.spelled(attempt.text), .dim)
        let word =
            switch attempt.outcome {
            case .refused: "refused"
            case .unanswered: "no answer"
            case .silent: "no byte"
            case .tlsUnanswered: "no answer"
            case .tlsRefused: "refused"
            case .tlsForeign: "not TLS"
            case .tlsRejected: "given up"
            }
        return other(state, "", word, ink(attempt), name, table)
    }

    static func ink(_ attempt: TransportAttempt) -> Ink { attempt.standing == .failed ? .warning : .dim }
}
