import Bytes
import Channels
import WebSocket

/// What ended a connection, how, and what most probably led to it.
struct Judgement {
    /// A pong hardly ever takes longer than a round trip, and no heartbeat gives up sooner.
    static let pingPatience: Int64 = 500_000_000
    /// Fewer retransmissions in a row are ordinary loss, or a probe and its timer.
    static let repeatPatience: UInt64 = 3
    /// Retransmissions within this time are not silence yet.
    static let silencePatience: Int64 = 1_000_000_000
    /// A window closes for a moment whenever a program is busy.
    static let stallPatience: Int64 = 1_000_000_000
    /// A side that hangs up because of what the other did does so within this time.
    static let reactionTime: Int64 = 1_000_000_000

    /// The first thing that was meant to end it.
    enum Trigger: Equatable {
        case close(CloseLog.Close)
        case fin(Side, PacketMark)
        case reset(EndFacts.Reset)
        /// Nothing did: the capture ends, or what follows does not belong to the connection.
        case none
    }

    let facts: EndFacts
    let trigger: Trigger
    let manner: Verdict.Manner
    /// The side that the trigger came from.
    let ender: Side?
    /// See `lone(in:)`.
    let lone: Side?
    /// See `mayComeSecond`.
    private(set) var isSecond = false
    /// Nanoseconds of silence before the end, and the silent side if it was only one.
    private(set) var silence: Int64?
    private(set) var silent: Side?
    private(set) var timeout: IdleTimeout?
    private(set) var cause: Verdict.Cause?
    /// What a browser would report, see `judgeCloseEvent`.
    private(set) var closeEvent: Verdict.CloseEvent?
    /// The sentence may quote the reason of a Close frame.
    var quotesReason = true

    /// There is a reason that the sentence may quote.
    var hasQuotation: Bool {
        let quotes = { (close: CloseLog.Close?) in close.map { !quoted($0).isEmpty } ?? false }
        return quotes(facts.closes.first) || quotes(facts.closes.second)
    }

    init(_ facts: EndFacts) {
        self.facts = facts
        trigger = Self.trigger(of: facts)
        ender =
            switch trigger {
            case .close(let close): close.from
            case .fin(let side, _): side
            case .reset(let reset): reset.by
            case .none: nil
            }
        manner = Self.manner(of: facts, trigger, ender)
        lone = Self.lone(in: facts)
        isSecond = mayComeSecond
        let isExplained = lone == nil && !isSecond
        if isExplained { measureSilence() }
        cause = manner == .failed ? .handshakeError : isSpoken && isExplained ? findCause() : nil
        closeEvent = judgeCloseEvent()
    }

    private static func trigger(of facts: EndFacts) -> Trigger {
        guard let close = facts.closes.first else { return hangUp(in: facts) }
        // A side that hangs up without a Close frame was first, whatever the other side still sends after that.
        let other = facts[close.from.other]
        if let fin = other.fin, other.isFinUnseen ? close.knewMore : fin.number < close.mark.number, facts.closes.second == nil,
            other.hidden == nil
        {
            return .fin(close.from.other, fin)
        }
        return .close(close)
    }

    /// The first sign of the end in TCP, or in the layer that carries the connection.
    ///
    /// A side that gives up because the other one has gone was not first.
    static func hangUp(in facts: EndFacts) -> Trigger {
        let fins = Side.allCases.compactMap { side in facts[side].fin.map { (side: side, mark: $0) } }
        var first = fins.first { $0.side == facts.firstFin } ?? fins.min { $0.mark.number < $1.mark.number }
        let aborts = Side.allCases.compactMap { side in facts[side].abort.map { (side: side, mark: $0.mark) } }
        if let abort = aborts.min(by: { $0.mark.number < $1.mark.number }), first.map({ abort.mark.number <= $0.mark.number }) ?? true {
            first = abort
        }
        if let reset = facts.reset, first.map({ reset.mark.number < $0.mark.number }) ?? true { return .reset(reset) }
        return first.map { .fin($0.side, $0.mark) } ?? .none
    }

    private static func manner(of facts: EndFacts, _ trigger: Trigger, _ ender: Side?) -> Verdict.Manner {
        if facts.status != .refused, facts.closes.first == nil, facts.reportedFailure != nil { return .reportedFailure }
        switch facts.status {
        case .refused: return .refused
        case .unanswered: return .unanswered
        case .open, .inferred: break
        }
        switch facts.transport {
        case .stillHTTP: return .notUpgraded
        case .forgotten: return .forgotten
        default: break
        }
        // A client that rejects the upgrade sends nothing, or a Close frame that says why.
        let clientSpoke = facts.client.frameCount > (facts.closes.close(from: .client) == nil ? 0 : 1)
        if ender == .client, !clientSpoke, !facts.client.isIncomplete, rejectedAnswer(in: facts, trigger) != nil { return .failed }
        if facts.closes.second != nil { return .closed }
        return switch trigger {
        case .close: .closeUnanswered
        case .fin: .finWithoutClose
        case .reset: .reset
        case .none: facts.transport == .unrecorded ? .notRecorded : .stillOpen
        }
    }

    /// Why the client most probably did not accept the answer, if it hung up without a frame. Because of a mere flaw it hangs up at once.
    private static func rejectedAnswer(in facts: EndFacts, _ trigger: Trigger) -> EndFacts.Fault? {
        if let fault = facts.handshakeFault { return fault }
        guard let flaw = facts.handshakeFlaw, let time = time(of: trigger) else { return nil }
        return time.nanoseconds(since: flaw.until) <= reactionTime ? flaw : nil
    }

    // MARK: What may be said

    /// Frames were sent over it, or could have been.
    var isSpoken: Bool {
        switch manner {
        case .refused, .unanswered, .failed, .notUpgraded, .forgotten, .notRecorded, .reportedFailure: false
        default: true
        }
    }

    /// When the trigger came; the end of the capture if there was none.
    var triggerTime: Timestamp { Self.time(of: trigger) ?? facts.time }

    private static func time(of trigger: Trigger) -> Timestamp? {
        switch trigger {
        case .close(let close): close.mark.time
        case .fin(_, let mark): mark.time
        case .reset(let reset): reset.mark.time
        case .none: nil
        }
    }

    /// No Close frame from a side was captured, but the capture lacks bytes that may contain one.
    func mayHaveClosed(_ side: Side) -> Bool {
        facts.closes.close(from: side) == nil && (facts[side].hidden != nil || lacksLastPacket(of: side))
    }

    /// The other side's reset acknowledges nothing, as one that answers a packet does (RFC 9293 §3.5.2), and no such packet was captured.
    func lacksLastPacket(of side: Side) -> Bool {
        guard let reset = facts.reset, reset.by == side.other, reset.isStateless, facts[side].fin == nil, let last = facts[side].lastPacket
        else { return false }
        return reset.answersUnseen || reset.mark.time.nanoseconds(since: last.time) >= Self.pingPatience
    }

    /// The side that did not answer the other one's retransmissions.
    var deaf: Side? {
        Side.allCases.first { side in
            let repeats = facts[side.other].repeats
            guard repeats.count >= Self.repeatPatience, let last = facts[side].lastPacket else { return false }
            return repeats.last.time.nanoseconds(since: last.time) >= Self.silencePatience
        }
    }

    /// The side that took no more data at the end, or until shortly before it.
    var stalled: Side? {
        Side.allCases.first { side in
            guard let stall = facts[side].stall else { return false }
            let until = stall.until ?? triggerTime
            let isRecent = triggerTime.nanoseconds(since: until) <= Self.reactionTime
            return isRecent && until.nanoseconds(since: stall.since.time) >= Self.stallPatience
        }
    }

    /// The pings of `side` that had waited for their pong when the connection ended.
    func waitingPings(of side: Side) -> EndFacts.Pings? {
        facts[side].pings.flatMap { triggerTime.nanoseconds(since: $0.first.time) >= Self.pingPatience ? $0 : nil }
    }

    /// A reset that answers data and acknowledges nothing: its sender knows of no connection (RFC 9293 §3.5.2).
    func isForgotten(by side: Side) -> Bool {
        guard case .reset(let reset) = trigger, reset.isStateless, let spoke = facts[side.other].spoke else { return false }
        return reset.mark.time.nanoseconds(since: spoke.time) <= Self.reactionTime
    }

    /// It was reset with data on the way to the program, which may or may not have read them: no packet shows that.
    var mayBeUnread: Bool {
        guard case .reset(let reset) = trigger, cause == nil, facts[reset.by].hidden == nil else { return false }
        return reset.unanswered > 0
    }

    /// What the other side did just before the end that makes `side` fail the connection.
    ///
    /// Of several in a row, the first: after it the stream may be out of step, and what follows may only look like frames.
    func provocation(of side: Side) -> EndFacts.Fault? {
        [facts[side.other].runFault, facts[side.other].fault].lazy.compactMap { $0 }.first { fault in
            fault.mark.number <= triggerNumber && triggerTime.nanoseconds(since: fault.until) <= Self.reactionTime
        }
    }

    var triggerNumber: UInt64 {
        switch trigger {
        case .close(let close): close.mark.number
        case .fin(_, let mark): mark.number
        case .reset(let reset): reset.mark.number
        case .none: .max
        }
    }

    // MARK: Silence

    private mutating func measureSilence() {
        guard isSpoken, let client = facts.client.spoke, let server = facts.server.spoke else {
            if manner == .unanswered, let asked = facts.asked { silence = max(0, triggerTime.nanoseconds(since: asked.time)) }
            return
        }
        let trigger = triggerTime
        let of: (Side) -> Int64 = { max(0, trigger.nanoseconds(since: $0 == .client ? client.time : server.time)) }
        let both = min(of(.client), of(.server))
        silence = both
        guard ender != nil else { return }
        timeout = IdleTimeout.matching(both)
        // Some timers look at one direction only. A Close frame comes from an endpoint, which knows both.
        guard timeout == nil, facts.closes.first == nil else { return }
        for side in [Side.server, .client] where facts[side].frameCount > 0 {
            guard let match = IdleTimeout.matching(of(side)), !match.isRound else { continue }
            (silence, silent, timeout) = (of(side), side, match)
            return
        }
    }
}
