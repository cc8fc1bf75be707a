import WebSocket

extension Verdict {
    /// What a verdict means to whoever operates the connection, the worst last.
    public enum Standing: Int, Comparable, Sendable, CaseIterable {
        /// Both sides agreed to end it.
        case clean
        /// How it ended is not recorded.
        case unknown
        /// It was open when the capture ended, and nothing was wrong with it.
        case open
        /// It ended in a way that an application may or may not have meant.
        case unclear
        /// It failed, or a side has gone silent.
        case failed

        public static func < (a: Standing, b: Standing) -> Bool { a.rawValue < b.rawValue }
    }

    public var standing: Standing {
        switch manner {
        case .unanswered where unknown != nil: return .unclear
        case .refused, .unanswered, .failed, .reportedFailure: return .failed
        case .notRecorded: return .unknown
        case .notUpgraded, .forgotten: return .unclear
        case .stillOpen: return cause == nil ? .open : .failed
        case .finWithoutClose, .reset: return browser == nil ? .unclear : .failed
        case .closed, .closeUnanswered: break
        }
        if browser?.code.rawValue == 1_006 { return .failed }
        switch code?.rawValue ?? 1_000 {
        case 1_000, 1_001: return (isPlain || endsStreamCleanly) && cause ?? .goingAway == .goingAway ? .clean : .unclear
        case 3_000...: return .unclear
        default: return .failed
        }
    }
}
