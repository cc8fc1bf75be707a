import Bytes
import HTTP
import Packets
import Rules
import Streams
import WebSocket

/// The end of a connection, and what is gathered on the way for its verdict.
extension Engine {
    // MARK: On the way

    /// Notes what a segment says beyond its bytes: that it is sent again, that no more may be sent, that no more will be.
    @inline(__always)
    func note(
        _ segment: Segment, _ placement: StreamReassembler.Placement, _ mark: PacketMark, _ flow: Flow, _ lane: Lane, _ other: Lane
    ) {
        let flags = segment.flags.rawValue
        if segment.payloadLength > 0 { lane.heard = segment.acknowledgment }
        if placement.isRetransmission { lane.repeats.note(mark) }
        if segment.payloadLength <= 1, lane.reassembler.isProbe(segment) { lane.repeats.note(mark, isProbe: true) }
        if other.repeats.count > 0, flags & TCPFlags.rst.rawValue == 0 { other.repeats.count = 0 }
        if segment.window == 0 || lane.isStalled { noteWindow(segment, mark, lane) }
        if flags & TCPFlags.fin.rawValue != 0 { noteFin(segment, mark, flow, lane, other) }
        if flow.firstFin === other, lane.spokeAfterFin == nil, !placement.delivered.isEmpty { lane.spokeAfterFin = mark }
    }

    private func noteWindow(_ segment: Segment, _ mark: PacketMark, _ lane: Lane) {
        // A reset has no window, and the one of a SYN says nothing yet.
        guard segment.flags.isDisjoint(with: [.rst, .syn]) else { return }
        let isStalled = segment.window == 0
        if isStalled, !lane.isStalled { lane.stall = EndFacts.Stall(since: mark, until: nil) }
        if !isStalled { lane.stall?.until = mark.time }
        lane.isStalled = isStalled
    }

    private func noteFin(_ segment: Segment, _ mark: PacketMark, _ flow: Flow, _ lane: Lane, _ other: Lane) {
        guard lane.fin == nil else {
            if segment.payloadLength == 0 { lane.repeats.note(mark) }
            return
        }
        lane.fin = ConnectionRules.TransportEnd.Fin(time: mark.time, knewAll: other.reassembler.isAcknowledged)
        lane.finPacket = mark.number
        guard flow.firstFin == nil else { return }
        // Packets swap in captures: what acknowledges the other side's FIN comes behind it.
        flow.firstFin = other.reassembler.isUnseenFinAcknowledged ? other : lane
        for each in [lane, other] { each.spokeBeforeFin = each.lastMark }
        if let connection = flow.connection, connection.closes.first == nil { connection.keepPings() }
    }

    func noteReset(_ segment: Segment, _ mark: PacketMark, _ seenBefore: PacketMark, _ flow: Flow, _ lane: Lane, _ other: Lane) {
        let acknowledged = segment.flags.contains(.ack) ? segment.acknowledgment : nil
        let unanswered = lane.heard.map { other.reassembler.receivedByteCount(behind: $0, upTo: acknowledged) } ?? 0
        let facts = EndFacts.Reset(by: lane.side ?? .client, mark: mark, unanswered: UInt64(unanswered), isStateless: acknowledged == nil)
        flow.reset = Flow.Reset(facts: facts, seenBefore: seenBefore)
    }

    /// Notes a Close frame; `body` is nil when the capture lacks it.
    func noteClose(_ frame: Frame, _ body: CloseBody?, knewAll: Bool, _ connection: Connection) {
        let close = CloseLog.Close(
            from: frame.from, code: body?.code, reason: body?.reason ?? "", isWhole: body != nil,
            mark: frame.lastMark, knewAll: knewAll,
            streamEnd: connection.flow?.lane(of: frame.from).reassembler.offset ?? 0,
            frameCount: connection.totals(of: frame.from).frames)
        if connection.closes.first == nil { connection.keepPings() }
        connection.closes.note(close, client: connection.clientSpoke, server: connection.serverSpoke)
    }

    // MARK: The end

    /// Ends the WebSocket connection on a flow, if there is one; the flow may go on.
    func endConnection(_ flow: Flow, _ transport: TransportEnd, into sink: inout some EventSink & ~Copyable) {
        guard let connection = flow.connection else { return }
        let cutOffs = Side.allCases.map { cutOff(flow.lane(of: $0)) }
        for lane in [flow.low, flow.high] { endFrames(flow, lane, into: &sink) }
        judgeEnd(flow, connection, transport, into: &sink)
        var facts = facts(of: connection, flow, transport)
        for (side, cutOff) in zip(Side.allCases, cutOffs) where facts[side].hidden == nil { facts[side].cutOff = cutOff }
        connection.verdict = Verdict(facts)
        flow.connection = nil
        connection.flow = nil
        flow.ended = connection
        sink.ended(connection)
        for side in Side.allCases { connection.traffic(of: side)?.acknowledgeTimes.settle() }
    }

    private func judgeEnd(
        _ flow: Flow, _ connection: Connection, _ transport: TransportEnd, into sink: inout some EventSink & ~Copyable
    ) {
        switch transport {
        case .forgotten, .stillHTTP, .notHTTP: return
        case .reset, .finished, .captureEnded, .portsReused: break
        }
        var end = ConnectionRules.TransportEnd()
        end.reset = flow.reset?.facts.by
        end.firstFin = flow.firstFin?.side
        end.clientFin = flow.lane(of: .client).fin
        end.serverFin = flow.lane(of: .server).fin
        for (side, finding) in connection.rules.judge(end) { tell([finding], of: side, connection, into: &sink) }
    }

    /// What of a lane's last frame or message is missing.
    private func cutOff(_ lane: Lane) -> EndFacts.CutOff? {
        guard case .frames = lane.stage, let frames = lane.frames else { return nil }
        if frames.lane.decoder.isInsideFrame { return .payload(frames.lane.decoder.remaining) }
        if !lane.window.isEmpty { return .header(UInt64(lane.window.count)) }
        let isOpen = frames.lane.assembler.isOpen && !frames.lane.assembler.isMissingBytes
        return isOpen ? .message(frames.lane.assembler.frameCount) : nil
    }

    // MARK: Facts

    /// All that a verdict is made from, gathered from where it was noted.
    func facts(of connection: Connection, _ flow: Flow, _ transport: TransportEnd) -> EndFacts {
        var facts = EndFacts(time: connection.responseTime ?? connection.time)
        facts.status = connection.status
        facts.transport = transport
        facts.asked = PacketMark(number: connection.packets.first, time: connection.time)
        if let response = connection.response {
            let mark = PacketMark(number: connection.packets.last, time: connection.responseTime ?? connection.time)
            facts.answer = EndFacts.Answer(status: response.status, reason: response.reason, mark: mark)
            if response.status == 101, let rule = connection.handshakeFindings.server.first(where: { $0.rule.failsUpgrade })?.rule {
                facts.handshakeFault = EndFacts.Fault(rule: rule, mark: mark, until: mark.time)
            }
        }
        // What follows on the wire is another matter.
        if connection.status == .refused { return facts }
        facts.time = max(transport == .captureEnded ? now : flow.seen.time, connection.time)
        facts.closes = connection.closes
        facts.reset = flow.reset?.facts
        facts.firstFin = flow.firstFin?.side
        for side in Side.allCases { facts[side] = half(of: side, connection, flow) }
        if let close = facts.closes.close(from: .server), let received = flow.lane(of: .server).reassembler.acknowledgedOffset {
            facts.isServerCloseDelivered = received >= Int64(clamping: close.streamEnd)
        }
        return facts
    }

    private func half(of side: Side, _ connection: Connection, _ flow: Flow) -> EndFacts.Half {
        let lane = flow.lane(of: side)
        let conduct = connection.conduct(of: side)
        var half = EndFacts.Half()
        half.frameCount = connection.totals(of: side).frames
        half.spoke = spoke(side, connection, flow, lane)
        let seen = flow.reset?.facts.by == side ? flow.reset?.seenBefore : lane.seen
        half.seen = seen.flatMap { $0.number > 0 ? $0 : nil }
        half.fin = lane.fin.map { PacketMark(number: lane.finPacket, time: $0.time) }
        half.repeats = lane.repeats
        half.stall = lane.stall
        half.pings = connection.unansweredPings(from: side)
        half.firstFault = conduct.firstFault
        half.runFault = conduct.runFault
        half.fault = conduct.lastFault
        half.spokeAfterFin = lane.spokeAfterFin
        half.hidden = hidden(side, connection, flow)
        return half
    }

    /// The last bytes before the first thing that ended the connection.
    private func spoke(_ side: Side, _ connection: Connection, _ flow: Flow, _ lane: Lane) -> PacketMark {
        if let spoke = connection.closes.spoke, !hasHungUp(flow, before: connection.closes.first) {
            return side == .client ? spoke.client : spoke.server
        }
        let mark = lane.spokeBeforeFin ?? lane.lastMark
        return mark.number > 0 ? mark : side == .client ? connection.clientSpoke : connection.serverSpoke
    }

    /// The other side of a Close frame had sent FIN before it.
    private func hasHungUp(_ flow: Flow, before close: CloseLog.Close?) -> Bool {
        guard let close, let first = flow.firstFin else { return false }
        return first.side == close.from.other && first.finPacket < close.mark.number
    }

    /// Where a Close frame may be that was not seen.
    private func hidden(_ side: Side, _ connection: Connection, _ flow: Flow) -> EndFacts.Hidden? {
        let lane = flow.lane(of: side)
        if lane.seen.number == 0 { return EndFacts.Hidden() }
        if let missing = connection.conduct(of: side).missing, missing.frameCount == connection.totals(of: side).frames {
            return EndFacts.Hidden(byteCount: missing.byteCount, mark: missing.mark)
        }
        if connection.status == .unanswered { return side == .server && flow.hasLostResponse ? EndFacts.Hidden() : nil }
        if case .searching = lane.stage { return EndFacts.Hidden() }
        return nil
    }
}
