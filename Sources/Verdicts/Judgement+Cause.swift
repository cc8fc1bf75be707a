import Bytes
import Channels
import WebSocket

extension Judgement {
    func findCause() -> Verdict.Cause? {
        switch trigger {
        case .close(let close): cause(of: close)
        case .fin(let side, _): causeOfHangUp(by: side)
        case .reset(let reset): causeOfHangUp(by: reset.by)
        case .none: strayHTTP != nil ? .http : deaf != nil ? .noAnswer : stalled != nil ? .notReading : nil
        }
    }

    private func cause(of close: CloseLog.Close) -> Verdict.Cause? {
        let other = close.from.other
        // Of an answer, nothing but the code says why.
        if mayBeAnswer(close) { return close.code.flatMap(Self.meaning(of:)) }
        if let http = strayHTTP, http.side == close.from || http.message.mark.number <= close.mark.number { return .http }
        if faultBeforeAnswer != nil { return .protocolError }
        if let fault = provocation(of: close.from), Self.blames(close.code) || close.code == nil && isFirst(fault, of: other) {
            return .protocolError
        }
        if waitingPings(of: close.from) != nil, !isOrdinary(close.code) { return .pingTimeout }
        if deaf == other, facts[close.from].repeats.first.number < close.mark.number { return .noAnswer }
        if stalled == other { return .notReading }
        // A client that is done after a round number of seconds is just done.
        // Nor is a server that closes politely after a number of seconds that is only round.
        if let timeout, close.from == .server && !timeout.isRound || !isOrdinary(close.code) { return .idleTimeout }
        return close.code.flatMap(Self.meaning(of:))
    }

    private func causeOfHangUp(by side: Side) -> Verdict.Cause? {
        switch facts[side].abort?.carrier {
        case nil: reasonToHangUp(side)
        case "RST_STREAM", "RESET_STREAM", "STOP_SENDING": .streamReset
        case "GOAWAY": .goAway
        case "CONNECTION_CLOSE", "stateless reset": .connectionClose
        default: .transportAlert
        }
    }

    /// Whoever let earlier ones pass does not close because of one.
    private func isFirst(_ fault: EndFacts.Fault, of side: Side) -> Bool {
        facts[side].firstFault.map { $0.mark.number == fault.mark.number } ?? true
    }

    /// What led a side to give up without a Close frame, whatever it gave up.
    func reasonToHangUp(_ side: Side) -> Verdict.Cause? {
        if strayHTTP != nil { return .http }
        if mayHaveClosed(side) { return nil }
        if deaf != nil { return .noAnswer }
        if waitingPings(of: side) != nil { return .pingTimeout }
        if provocation(of: side) != nil { return .protocolError }
        if stalled != nil { return .notReading }
        if timeout != nil { return .idleTimeout }
        return nil
    }

    /// HTTP that a side sent instead of frames; the first of it, if both did.
    var strayHTTP: (side: Side, message: EndFacts.StrayHTTP)? {
        Side.allCases.compactMap { side in facts[side].http.map { (side: side, message: $0) } }
            .min { $0.message.mark.number < $1.message.mark.number }
    }

    /// What the first to close had done before, if the other side complained about it in its own Close frame.
    var faultBeforeAnswer: EndFacts.Fault? {
        guard let first = facts.closes.first, let second = facts.closes.second, Self.blames(second.code), !Self.blames(first.code) else {
            return nil
        }
        return facts[first.from].fault.flatMap { $0.mark.number <= second.mark.number ? $0 : nil }
    }

    /// The frame that a side may have found too big: the last that came before it closed.
    func tooBig(for close: CloseLog.Close) -> CloseLog.Frame? {
        guard let frame = close.before, close.mark.time.nanoseconds(since: frame.mark.time) <= Self.reactionTime else { return nil }
        return frame
    }

    /// The code of a side that is done, rather than of one that complains.
    func isOrdinary(_ code: CloseCode?) -> Bool { code == nil || code == .normal || code == .goingAway }

    /// The code of an answer that agrees to the end, or is the application's own.
    func isAssent(_ code: CloseCode?) -> Bool { isOrdinary(code) || code.map { (3_000..<5_000).contains($0.rawValue) } ?? true }

    /// The code says that the other side did something wrong (RFC 6455 §7.4.1).
    static func blames(_ code: CloseCode?) -> Bool {
        switch code?.rawValue {
        case 1002, 1003, 1007, 1008, 1009, 1010: true
        default: false
        }
    }

    private static func meaning(of code: CloseCode) -> Verdict.Cause? {
        switch code.rawValue {
        case 1001: .goingAway
        case 1002, 1007: .protocolError
        case 1003: .unsupportedData
        case 1008: .policy
        case 1009: .tooBig
        case 1010: .missingExtension
        case 1011: .internalError
        case 1012: .restart
        case 1013: .tryLater
        case 1014: .badGateway
        default: nil
        }
    }
}
