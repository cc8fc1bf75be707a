import Text
import WebSocket

extension Verdict {
    /// How it ended, in a few words that many connections may share: `server hung up after 60 s of silence`.
    ///
    /// Made from what the verdict states; a silence is named only where it is as long as a usual timeout.
    public var phrase: String {
        switch manner {
        case .closed, .closeUnanswered:
            let start = "\(by?.name ?? "client") closed \(codeWords)"
            return start + because + (manner == .closed ? "" : ", no answer")
        case .finWithoutClose where cause == .streamReset, .reset where cause == .streamReset:
            return "\(by?.name ?? "server") reset the stream" + code(of: abort)
        case .finWithoutClose: return "\(by?.name ?? "server") hung up" + because
        case .reset: return "\(by?.name ?? "server") reset" + because
        case .stillOpen:
            switch cause {
            case .noAnswer: return "open, peer gone silent"
            case .notReading: return "open, peer not reading"
            case .pingTimeout: return "open, ping without pong"
            case .http: return "open, HTTP instead of frames"
            default: return "open"
            }
        case .notRecorded: return "end not recorded"
        case .reportedFailure: return "failed, says the recording"
        case .refused: return "refused"
        case .unanswered: return "no answer to the upgrade" + code(of: abort)
        case .failed: return "client rejected the answer"
        case .notUpgraded: return "stayed HTTP"
        case .forgotten: return "forgotten: a limit was reached"
        }
    }

    private var codeWords: String {
        guard let code else { return "without a code" }
        guard code.rawValue != 1_000, let name = code.name, code.rawValue < 3_000 else { return "\(code.rawValue)" }
        return "\(code.rawValue) \(name)"
    }

    private func code(of abort: String?) -> String { abort.map { ": \($0)" } ?? "" }

    private var because: String {
        switch cause {
        case .idleTimeout:
            guard let timeout else { return ", idle" }
            let whose = silent.map { " from the \($0.name)" } ?? ""
            let length = timeout <= 120 ? "\(timeout) s" : Quantity.duration(Int64(timeout) * 1_000_000_000)
            return " after \(length) of silence\(whose)"
        case .pingTimeout: return ", ping without pong"
        case .noAnswer: return ", peer gone silent"
        case .notReading: return ", peer not reading"
        case .http: return ", HTTP instead of frames"
        // Of a close with 1002 the code has said it.
        case .protocolError: return code?.rawValue == 1_002 ? "" : " on a protocol error"
        case .transportAlert: return " with a TLS alert"
        case .goAway: return abort.map { ", GOAWAY \($0)" } ?? ""
        case .connectionClose: return abort.map { ", CONNECTION_CLOSE \($0)" } ?? ", QUIC reset"
        // The code says it already.
        default: return ""
        }
    }
}
