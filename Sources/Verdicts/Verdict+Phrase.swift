import Text
import WebSocket

extension Verdict {
    /// How it ended, in a few words that many connections may share: `server hung up after 60 s of silence`.
    ///
    /// Made from what the verdict states; a silence is named only where it is as long as a usual timeout.
    public var phrase: String {
        if let unknown { return phrase(unknown) }
        switch manner {
        case .closed, .closeUnanswered:
            let start = "\(by?.name ?? "client") closed \(codeWords)"
            return start + because + (manner == .closed ? "" : endsStreamCleanly ? " and ended the stream" : ", no answer")
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

    private func phrase(_ unknown: Unknown) -> String {
        switch (manner, unknown) {
        case (.unanswered, _): return "answer to the upgrade not known"
        case (.closeUnanswered, .answer): return "\(by?.name ?? "client") closed \(codeWords), answer not captured"
        case (.closeUnanswered, .order): return "closed \(codeWords), first side unknown"
        default: return "hung up, first side unknown"
        }
    }

    private var codeWords: String {
        guard let code else { return "without a code" }
        guard code.rawValue != 1_000, let name = code.name, code.rawValue < 3_000 else { return "\(code.rawValue)" }
        return "\(code.rawValue) \(name)"
    }

    private func code(of abort: String?) -> String { abort.map { ": \($0)" } ?? "" }

    /// Who failed the connection because of a frame of the other side, where the code of the close has not said it.
    private var failing: String {
        let other = (by ?? .client).other.name
        switch code?.rawValue {
        // It complained, and what the code means is in its name.
        case 1_002, 1_007: return ""
        case 1_003, 1_008, 1_009, 1_010: return " after a faulty frame from the \(other)"
        default:
            guard let code = echo?.code, Judgement.blames(code) else { return " after a faulty frame from the \(other)" }
            return ", \(other) failed it with \(code.rawValue)"
        }
    }

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
        case .protocolError: return failing
        case .transportAlert: return " with a TLS alert"
        case .goAway: return abort.map { ", GOAWAY \($0)" } ?? ""
        case .connectionClose: return abort.map { ", CONNECTION_CLOSE \($0)" } ?? ", QUIC reset"
        // The code says it already.
        default: return ""
        }
    }
}
