import Bytes
import Channels
import Streams
import Rules
import Verdicts
import WebSocket

// Close, ping and pong: what their bodies say, and what frames show about their sender's conduct.
extension Engine {
    mutating func takeControl(_ frame: inout Frame, _ findings: inout [Finding], _ payload: Span<UInt8>, socket: Int) {
        let session = session(of: socket)
        switch frame.header.opcode {
        case .close:
            let body = CloseBody(payload)
            BodyRules.judge(body, into: &findings)
            if !findings.isEmpty { judgeConduct(frame, findings, socket: socket) }
            let channel = session.channel
            let heard = evidence(of: channel, frame.from.other)
            if !findings.contains(where: { $0.rule.deniesClose }) { noteClose(frame, body, heard, session, on: channel) }
            if let finding = session.rules.close(body.code, from: frame.from, at: frame.endTime, isAnswer: heard.isAcknowledged) {
                findings.append(finding)
            }
        case .ping:
            let mustAnswer = findings.isEmpty && session.rules.mustAnswerPing(from: frame.from)
            let pings = session.beginPings()
            pings.ping(from: frame.from, payload, at: frame.lastMark, mustAnswer: mustAnswer)
            sockets[socket].isPongDue = pings.isAnyDue
        case .pong: takePong(&frame, &findings, payload, session)
        default: break
        }
    }

    private mutating func takePong(_ frame: inout Frame, _ findings: inout [Finding], _ payload: Span<UInt8>, _ session: WebSocketSession) {
        switch session.pings?.pong(from: frame.from, payload, at: frame.endTime) ?? .nothing {
        case .ping(let roundTrip):
            frame.roundTrip = roundTrip
            sockets[session.socket].isPongDue = session.pings?.isAnyDue ?? false
        case .unknown: break
        case .nothing:
            // Captures swap packets: the ping may come after its pong, which acknowledges it. Or they have none of that side.
            if evidence(of: session.channel, frame.from.other).isBehindAcknowledgment { break }
            if let asking = session.channel.direction(of: frame.from.other), isUncaptured(asking, on: session.channel) { break }
            if let finding = session.rules.judgeStrayPong(from: frame.from) {
                session.beginPings().noteUnsolicited(from: frame.from)
                findings.append(finding)
            }
        }
    }

    /// What is known of the delivery of a side's bytes.
    mutating func evidence(of channel: Channel, _ side: Side) -> DeliveryEvidence {
        guard let direction = channel.direction(of: side) else { return DeliveryEvidence() }
        return evidence(of: channel, direction)
    }

    /// Notes a Close frame.
    /// - Parameters:
    ///   - body: nil if the capture lacks it.
    ///   - heard: what its sender had received of the other side.
    mutating func noteClose(
        _ frame: Frame, _ body: CloseBody?, _ heard: DeliveryEvidence, _ session: WebSocketSession, on channel: Channel
    ) {
        var streamEnd: UInt64 = 0
        if let direction = channel.direction(of: frame.from) { streamEnd = flows[channel.flow, direction].reassembler.offset }
        let socket = session.socket
        var close = CloseLog.Close(
            from: frame.from, code: body?.code, isWhole: body != nil, mark: frame.lastMark, knewAll: heard.isAcknowledged,
            knewMore: heard.isBehindAcknowledgment, streamEnd: streamEnd,
            frameCount: sockets[socket, frame.from].totals.frames)
        close.before = lastFrame(of: frame.from.other, session)
        close.otherMessageCount = sockets[socket, frame.from.other].totals.messages
        if !session.hasClose { session.keepPings() }
        session.note(
            close, reason: body?.reason ?? "", client: sockets[socket, .client].spoke, server: sockets[socket, .server].spoke)
    }

    /// Keeps what a verdict asks of the time before the first end of a side: pings without a pong, and the last bytes in a layer.
    func keepWhatCameBefore(endOf channel: Channel) {
        guard let session = channel.webSocket else { return }
        if !session.hasClose { session.keepPings() }
        guard channel.isCarried, Direction.allCases.allSatisfy({ channel[$0].spokeBeforeEnd == nil }) else { return }
        for direction in Direction.allCases {
            guard let side = channel.side(of: direction) else { continue }
            channel[direction].spokeBeforeEnd = lastBytes(of: side, session, on: channel, direction)
        }
    }

    /// The packet of a side's last bytes, those of a frame that has not ended included.
    func lastBytes(of side: Side, _ session: WebSocketSession, on channel: Channel, _ direction: Direction) -> PacketMark {
        if let frame = openFrame(of: side, session) { return frame.lastMark }
        let isInHeader = session.isReadingFrames(direction) && !channel[direction].stream.pending.isEmpty
        return isInHeader ? channel[direction].stream.provenance.newest.last : sockets[session.socket, side].spoke
    }

    /// Forgets it where TCP's end turned out to be none.
    func forgetWhatCameBefore(endOf channel: Channel) {
        guard Direction.allCases.allSatisfy({ channel[$0].end == nil }) else { return }
        channel.webSocket?.forgetKeptPings()
        for direction in Direction.allCases { channel[direction].spokeBeforeEnd = nil }
    }

    /// The frame whose payload a side is sending.
    func openFrame(of side: Side, _ session: WebSocketSession) -> Frame? {
        sockets[session.socket, side].decoder.isInsideFrame ? session.openReading(of: side)?.frame : nil
    }

    /// The frame that a side is sending, or the last that it has sent.
    private mutating func lastFrame(of side: Side, _ session: WebSocketSession) -> CloseLog.Frame? {
        if let frame = openFrame(of: side, session) {
            return CloseLog.Frame(length: frame.header.length, mark: PacketMark(number: frame.packets.first, time: frame.time))
        }
        guard sockets[session.socket, side].totals.frames > 0 else { return nil }
        return CloseLog.Frame(length: sockets[session.socket, side].lastLength, mark: sockets[session.socket, side].spoke)
    }

    /// Notes that the frame's sender broke rules.
    mutating func judgeConduct(_ frame: Frame, _ findings: [Finding], socket: Int) {
        let session = session(of: socket)
        if findings.contains(where: { $0.rule.severity == .violation }) { session.rules.breakRule(frame.from) }
        if let rule = findings.first(where: { $0.rule.failsConnection })?.rule {
            let mark = PacketMark(number: frame.packets.first, time: frame.time)
            session.note(EndFacts.Fault(rule: rule, mark: mark, until: frame.endTime), of: frame.from)
        }
    }

    /// Judges whether a frame that came while pongs are due shows that its sender ignores pings.
    @inline(never)
    mutating func judgePings(_ frame: Frame, _ findings: inout [Finding], socket: Int) {
        let session = session(of: socket)
        guard let pings = session.pings, let due = pings.firstDue(to: frame.from) else { return }
        let isClosing = frame.header.opcode == .close && evidence(of: session.channel, frame.from.other).isAcknowledged
        let finding = session.rules.judgeWaiting(pingAt: due, frameAt: frame.endTime, from: frame.from, isClosing: isClosing)
        guard let finding else { return }
        findings.append(finding)
        pings.forgive(frame.from)
        sockets[socket].isPongDue = pings.isAnyDue
    }
}
