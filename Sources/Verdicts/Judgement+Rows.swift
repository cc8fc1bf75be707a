import Bytes
import Channels
import Text
import WebSocket

/// What proves the verdict, in rows.
extension Judgement {
    var rows: [Verdict.Fact] {
        var rows: [Verdict.Fact] = []
        // More than most have.
        rows.reserveCapacity(8)
        func add(_ text: @autoclosure () -> String, _ mark: PacketMark?, quoting quote: String? = nil) {
            rows.add(text(), mark, quoting: quote)
        }
        if !isSpoken { add("upgrade request from the client", facts.asked) }
        if let answer = facts.answer, !isSpoken {
            add("\(answer.status)\(answer.reason.isEmpty ? "" : " \(answer.reason)") from the server", answer.mark)
        }
        if let fault = facts.handshakeFault, !isSpoken || facts.closes.second == nil {
            add("answer that must not be accepted: \(Self.label(fault))", fault.mark)
        }
        if manner == .failed, facts.handshakeFault == nil, let flaw = facts.handshakeFlaw {
            add("answer that strict clients do not accept: \(Self.label(flaw))", flaw.mark)
        }
        if let answerer = facts.answerer, isSpoken, manner == .finWithoutClose || manner == .reset {
            add("the answer names who made it, which a proxy may pass on", facts.answer?.mark, quoting: answerer)
        }
        if case .stillHTTP(let mark) = facts.transport { add("HTTP request from the client", mark) }
        if cause == .tooBig, let close = facts.closes.first, let big = tooBig(for: close) {
            add("frame of \(Quantity.counted(big.length, "byte")) from the \(close.from.other.name)", big.mark)
        }
        func add(_ close: CloseLog.Close?) {
            guard let close else { return }
            let reason = facts.closes.reason(from: close.from)
            add(
                String(joining: ["Close ", Self.words(close), " from the ", close.from.word]), close.mark,
                quoting: reason.isEmpty ? nil : reason)
        }
        add(facts.closes.first)
        add(facts.closes.second)
        for side in Side.allCases { addRows(of: side, to: &rows) }
        if let reset = facts.reset {
            let unanswered = mayBeUnread ? ", whose \(lastUnanswered(reset))" : ""
            add("RST from the \(reset.by.name)\(unanswered)", reset.mark)
        }
        if case .portsReused(let mark) = facts.transport { add("another connection on the same ports", mark) }
        if rows.indices.dropFirst().allSatisfy({ rows[$0 - 1].packet <= rows[$0].packet }) { return rows }
        // Rows from one packet keep their order.
        return rows.enumerated().sorted { ($0.element.packet, $0.offset) < ($1.element.packet, $1.offset) }.map(\.element)
    }

    private func addRows(of side: Side, to rows: inout [Verdict.Fact]) {
        func add(_ text: @autoclosure () -> String, _ mark: PacketMark?, _ quote: String? = nil) { rows.add(text(), mark, quoting: quote) }
        let half = facts[side]
        let (name, other) = (side.name, side.other.name)
        if isSpoken, isSilenceTold(of: side) { add("last data from the \(name) before the end", half.spoke) }
        if cause == .protocolError, let fault = provocation(of: side.other) { add("from the \(name): \(Self.label(fault))", fault.mark) }
        if let http = half.http {
            add("HTTP from the \(name) instead of frames", http.mark, [http.line, http.answerer].compactMap { $0 }.joined(separator: ", "))
        }
        if let pings = waitingPings(of: side), isSpoken {
            add(
                pings.count == 1
                    ? "ping from the \(name), no pong" : "first of \(Quantity.count(pings.count)) pings from the \(name), no pong",
                pings.first)
        }
        if deaf == side.other {
            add("last packet of any kind from the \(other)", facts[side.other].lastPacket)
            add("first of \(half.repeats.words) from the \(name), no reply", half.repeats.first)
            add("the last of them from the \(name)", half.repeats.last)
        }
        if stalled == side { add("the \(name) takes no more data (its window is 0)", half.stall?.since) }
        if let hidden = half.hidden { add("\(Self.lacking(hidden)) of the \(name)", hidden.mark) }
        switch half.cutOff {
        case .header(let count):
            add("frame header of the \(name) cut off after \(Quantity.counted(count, "byte"))", half.cutOffMark)
        case .payload(let count):
            add("frame of the \(name) cut off, \(Quantity.counted(count, "byte")) missing", half.cutOffMark)
        case .message(let count):
            add("message of the \(name) cut off after \(Quantity.counted(count, "frame"))", half.cutOffMark)
        case nil: break
        }
        if let abort = half.abort { add("\(abort.words) from the \(name)", abort.mark) }
        switch half.endKind {
        case .stream: add("end of the stream from the \(name)", half.fin)
        case .closeNotify:
            add("close_notify from the \(name)", half.fin)
            add("FIN from the \(name)", half.laterFin)
        case .transport where half.isFinUnseen:
            add("acknowledgement from the \(other) of a FIN that was not captured", half.fin)
        case .transport where half.lacksCloseNotify: add("FIN from the \(name), without close_notify", half.fin)
        // Most connections end so, and these take no memory.
        case .transport: add(side == .client ? "FIN from the client" : "FIN from the server", half.fin)
        }
        let sign = facts[side.other].endKind == .closeNotify ? "close_notify" : "FIN"
        add("data from the \(name) after the \(other)'s \(sign)", half.spokeAfterFin)
    }

    /// The silence deserves a row, and `side` was the last to send before it, or the one that was silent.
    private func isSilenceTold(of side: Side) -> Bool {
        if mayBeUnread { return side != ender }
        guard manner != .closed || cause == .idleTimeout, let silence, silence >= Self.silencePatience else { return false }
        if let silent { return side == silent }
        return (facts[side].spoke?.number ?? 0) >= (facts[side.other].spoke?.number ?? 0)
    }
}

extension [Verdict.Fact] {
    /// Adds what a packet shows, if there is one.
    fileprivate mutating func add(_ text: @autoclosure () -> String, _ mark: PacketMark?, quoting quote: String? = nil) {
        guard let mark, mark.number > 0 else { return }
        append(Verdict.Fact(text(), quoting: quote, time: mark.time, packet: mark.number))
    }
}
