import Bytes
import HTTP
import Inspection
import Verdicts
import WebSocket

// How a connection stands, in a word and by its ink.
extension ConnectionsView {
    /// Nanoseconds without a frame after which an open connection is called silent.
    private static let silence: Int64 = 30_000_000_000

    /// For how long nothing came of a connection that is open, where that is long.
    private static func silence(_ state: State, _ connection: ConnectionEntry) -> Int64? {
        guard connection.verdict.map({ $0.manner == .stillOpen }) ?? true, let end = state.transcript.end else { return nil }
        let idle = connection.verdict?.idle ?? end.nanoseconds(since: connection.lastTime)
        return idle >= silence ? idle : nil
    }

    static func state(_ state: State, _ connection: ConnectionEntry) -> String {
        guard let idle = silence(state, connection) else { return self.state(connection) }
        let seconds = idle / 1_000_000_000
        return "silent " + (seconds < 100 ? "\(seconds) s" : seconds < 6_000 ? "\(seconds / 60) min" : "\(seconds / 3_600) h")
    }

    static func ink(_ state: State, _ connection: ConnectionEntry) -> Ink {
        silence(state, connection) != nil ? .warning : connection.verdict.map(ink) ?? .good
    }

    private static func state(_ connection: ConnectionEntry) -> String {
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
        case .notRecorded: return "not recorded"
        case .reportedFailure: return "failed"
        }
    }

    static func ink(_ verdict: Verdict) -> Ink {
        switch verdict.manner {
        case .closed: verdict.isPlain && verdict.cause.map { $0 == .goingAway } ?? true ? .plain : .warning
        case .stillOpen: verdict.cause == nil ? .good : .warning
        case .notUpgraded, .forgotten, .notRecorded: .dim
        case .reportedFailure, .closeUnanswered, .finWithoutClose, .reset, .refused, .unanswered, .failed: .warning
        }
    }
}
