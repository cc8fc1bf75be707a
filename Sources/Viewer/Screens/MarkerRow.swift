import Bytes
import Channels
import Inspection
import Text
import Verdicts
import WebSocket

/// Where a connection begins or ends, as a row of the timeline.
struct MarkerRow {
    let state: State
    let scope: Scope
    let layout: RowLayout
    private var look: Look { state.look }

    init(_ state: State, _ scope: Scope, _ layout: RowLayout) {
        self.state = state
        self.scope = scope
        self.layout = layout
    }

    func line(_ kind: Marker.Kind, previous: TimelineItem?) -> Line {
        var line = Line("   ")
        if scope == .all { line.add(name(kind), .dim) }
        if let time = TimelineView.time(of: .marker(kind), state) {
            let before = previous.flatMap { TimelineView.time(of: $0, state) }
            let text = TimelineRow.time(time, state, zero: TimelineRow.zero(state, scope), previous: before)
            line.addRight(text, endingAt: layout.timeStart + layout.timeWidth, .dim)
        }
        line.pad(to: layout.bodyStart)
        line.add(body(kind).fitted(layout.width - line.width - 1, look))
        return line
    }

    /// The connection's number, or what there is instead.
    private func name(_ kind: Marker.Kind) -> String {
        switch kind {
        case .opened(let index), .ended(let index): "#\(state.transcript.connections[Int(index)].number)"
        case .encrypted: "TLS"
        case .attempt(let index): state.transcript.attempts[index].outcome.isTLS ? "TLS" : "TCP"
        }
    }

    private func body(_ kind: Marker.Kind) -> Line {
        let transcript = state.transcript
        switch kind {
        case .opened(let index):
            let connection = transcript.connections[Int(index)]
            let (words, ink) = HandshakeView.summary(connection)
            var line = Line("\(look.handshake) ", ink)
            if scope == .all, let url = connection.url { line.add(look.fitted(url, max(20, layout.width / 3)) + "  ", .strong) }
            line.add(look.spelled(words), ink)
            return line
        case .ended(let index):
            guard let verdict = transcript.connections[Int(index)].verdict else { return Line() }
            var line = Line("end  ", .strong)
            if let event = verdict.browser { line.add("\(event.code.rawValue)  ", ConnectionsView.ink(verdict)) }
            line.add(look.spelled(verdict.text), ConnectionsView.ink(verdict))
            return line
        case .encrypted(let index):
            let connection = transcript.encrypted[index]
            let name = connection.security.serverName.map { "\($0)  " } ?? ""
            return Line(
                look.spelled("\(connection.client) → \(connection.server)  \(name)not decrypted: \(connection.opacity.text)"), .warning)
        case .attempt(let index):
            let attempt = transcript.attempts[index]
            return Line(look.spelled("\(attempt.client) → \(attempt.server)  \(attempt.text)"), .warning)
        }
    }
}
