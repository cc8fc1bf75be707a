import Bytes
import Channels
import HTTP
import Inspection
import Verdicts
import WebSocket

extension Link {
    init(_ connection: Connection, _ verdict: Verdict) {
        let start = connection.time.nanoseconds
        let isOpened = connection.status == .open || connection.status == .inferred
        let isUpgraded = isOpened && verdict.manner != .failed && verdict.manner != .notUpgraded
        let opened = isUpgraded ? connection.responseTime?.nanoseconds ?? start : nil
        var end = verdict.endBegan?.nanoseconds ?? verdict.time.nanoseconds
        // A refusal is known when it comes, whenever its body or TCP ends.
        if connection.status == .refused, let answered = connection.responseTime { end = answered.nanoseconds }
        // A peer that has gone silent is lost from then on, whoever notices when.
        if verdict.manner == .stillOpen, verdict.silentPeer != nil, let idle = verdict.idle { end = verdict.time.nanoseconds &- idle }
        self.init(
            server: connection.server, start: start, opened: opened, end: end, over: verdict.time.nanoseconds,
            fate: opened == nil ? .failed : Self.fate(verdict))
        number = connection.number
        isUnanswered = connection.status == .unanswered && verdict.by == nil
        by = verdict.by
        browser = verdict.browser?.code.rawValue
    }

    private static func fate(_ verdict: Verdict) -> Fate {
        if verdict.manner == .stillOpen { return verdict.silentPeer == nil ? .open : .lost }
        if verdict.manner == .forgotten { return .open }
        // Nothing shows that anybody lost it.
        if verdict.unknown == .order { return .left }
        guard verdict.by == .client, verdict.manner == .closed || verdict.manner == .closeUnanswered else { return .lost }
        // A client that complains wants to come back; one that says goodbye does not.
        let isGoodbye = verdict.code.map { $0.rawValue == 1_000 || $0.rawValue == 1_001 || $0.rawValue >= 3_000 } ?? true
        return isGoodbye && (verdict.cause == nil || verdict.cause == .goingAway) ? .left : .lost
    }

    /// Nil for one that shows no wish for a WebSocket: browsers open connections in advance, and say nothing on them.
    init?(_ attempt: TransportAttempt) {
        if attempt.outcome == .silent, attempt.endedByClient != false { return nil }
        self.init(
            server: attempt.server, start: attempt.first.time.nanoseconds, end: attempt.last.time.nanoseconds, fate: .failed)
        flow = attempt.flow
        isUnanswered = attempt.outcome == .unanswered || attempt.outcome == .tlsUnanswered
        by = attempt.outcome == .refused || attempt.outcome == .tlsRefused ? .server : attempt.endedByClient.map { $0 ? .client : .server }
        browser = attempt.browser?.code.rawValue
    }
}

extension Verdict {
    /// How a connection ended; of a refusal, the answer's own words.
    package func phrase(of connection: Connection) -> String {
        guard manner == .refused, let response = connection.response else { return phrase }
        return "refused: \(response.status)" + (response.reason.isEmpty ? "" : " \(response.reason)")
    }
}
