import Bytes
import Channels
import HTTP
import Rules
import Streams
import Text
import Verdicts
import WebSocket

// A WebSocket connection where there is more to do than reading frames: just after the upgrade, across gaps, and at the end.
extension Engine {
    /// Returns the number of bytes taken: 0 if only the stage changed, nil if more bytes are needed.
    mutating func take(
        _ rest: Span<UInt8>, at offset: UInt64, _ session: WebSocketSession, on channel: Channel, _ direction: Direction
    ) -> Int? {
        switch session[direction] {
        case .frames: return nil
        case .upgraded: return decideFramesOrHTTP(rest, session, on: channel, direction)
        case .searching(var search): return take(&search, rest, at: offset, session, on: channel, direction)
        }
    }

    /// After a 101 a client may still go on with HTTP, if it did not accept the answer or a test makes it send many requests in turn.
    private mutating func decideFramesOrHTTP(
        _ rest: Span<UInt8>, _ session: WebSocketSession, on channel: Channel, _ direction: Direction
    ) -> Int? {
        // A masked frame's second byte has its top bit set; text has not.
        let mayBeText = rest.count < 2 ? rest[0] >= 0x41 && rest[0] <= 0x5A : rest[1] & 0x80 == 0
        if mayBeText {
            switch Sniff.looksLikeRequest(rest) {
            case .needsMore: return nil
            case .no: break
            case .yes:
                let mark = channel[direction].stream.provenance.mark(at: channel[direction].stream.offset)
                endConnection(on: channel, .stillHTTP(mark))
                let http = HTTPSession(fromLow: newResponse, fromHigh: newResponse)
                http[direction] = newRequest
                channel.session = .http(http)
                chooseReader(channel, direction.opposite)
                return 0
            }
        }
        session[direction] = .frames
        return 0
    }

    /// Looks for a chain of frames at the beginning of the waiting bytes.
    private mutating func take(
        _ search: inout FrameSearch, _ rest: Span<UInt8>, at offset: UInt64, _ session: WebSocketSession, on channel: Channel,
        _ direction: Direction
    ) -> Int? {
        guard let side = channel.side(of: direction) else { return nil }
        if follow(&search, rest, at: offset, on: channel, direction) {
            session[direction] = .searching(search)
            if search.isLikely || search.isLongChain {
                let start = sockets[session.socket, side].start
                report(.resynchronized, found: "frame at byte \(offset &- start) of the direction", from: side, in: channel)
                session[direction] = .frames
                return 0
            }
            // What cannot be held cannot be proved.
            if rest.count <= settings.limits.undecidedByteCount { return nil }
        }
        search.restart(isMasked: side == .client)
        session[direction] = .searching(search)
        return nextPiece(of: rest, at: offset, on: channel, direction)
    }

    // MARK: Gaps

    mutating func miss(_ gap: Gap, _ session: WebSocketSession, on channel: Channel, _ direction: Direction) {
        guard let side = channel.side(of: direction) else { return }
        guard session.isReadingFrames(direction) else { return loseStep(session, of: side, direction) }
        let socket = session.socket
        let wasInside = sockets[socket, side].decoder.isInsideFrame
        let left = sockets[socket, side].decoder.remaining
        let reading = session.openReading(of: side)
        if let count = gap.byteCount, sockets[socket, side].decoder.skip(count) {
            guard let reading else { return }
            reading.position += count
            if reading.role == .first || reading.role == .next { reading.assembler.miss(count) }
            if wasInside, left == count {
                sockets[socket, side].decoder = FrameDecoder()
                endFrame(reading, session)
            }
            return
        }
        sockets[socket, side].decoder = FrameDecoder()
        if let reading {
            if wasInside { emitPart(reading, session) }
            abandonMessage(reading, session)
        }
        loseStep(session, of: side, direction)
    }

    /// Notes that it is not known any more where a side's next frame begins.
    mutating func loseStep(_ session: WebSocketSession, of side: Side, _ direction: Direction) {
        sockets[session.socket, side].rules.loseTrack()
        sockets[session.socket, side].knowsWindow = false
        session.openReading(of: side)?.assembler.loseTrack()
        session[direction] = .searching(
            FrameSearch(isMasked: side == .client, allowsCompression: session.connection.allowsCompression, isKnownWebSocket: true))
    }

    /// Reports the frame that is being read, as far as it came.
    private mutating func emitPart(_ reading: FrameReading, _ session: WebSocketSession) {
        switch reading.role {
        case .control, .stray, .tail: endStandalone(reading, session)
        case .first, .next:
            reading.messagePackets.add(reading.frame.packets, limit: settings.limits.packetsPerFrame)
            emitDataFrame(reading, session, nil)
        }
    }

    // MARK: The end

    /// Reports what is unfinished in a direction when nothing more can come.
    mutating func endFrames(_ session: WebSocketSession, on channel: Channel, _ direction: Direction) {
        guard let side = channel.side(of: direction) else { return }
        let socket = session.socket
        let isInside = sockets[socket, side].decoder.isInsideFrame
        let isInHeader = session.isReadingFrames(direction) && !channel[direction].stream.pending.isEmpty && !isInside
        if isInHeader { endHeader(session, on: channel, direction, side) }
        guard let reading = session.openReading(of: side) else { return }
        if isInside {
            let left = sockets[socket, side].decoder.remaining
            reading.findings.append(Finding(.frameCutOff, found: "\(Quantity.counted(left, "byte")) of the payload"))
            sockets[socket, side].decoder = FrameDecoder()
            emitPart(reading, session)
        }
        guard reading.assembler.isOpen else { return }
        if !isInHeader, !isInside, evidence(of: channel, direction).isFinished, !reading.assembler.isMissingBytes {
            let count = Quantity.counted(reading.assembler.frameCount, "frame")
            report(.messageCutOff, found: "\(count) of a message", from: side, in: channel)
        }
        abandonMessage(reading, session)
    }

    /// A header of which only the first bytes came.
    private mutating func endHeader(_ session: WebSocketSession, on channel: Channel, _ direction: Direction, _ side: Side) {
        let bytes = channel[direction].stream.pendingBytes
        report(.frameCutOff, found: "\(Quantity.counted(bytes.count, "byte")) of a header", from: side, in: channel)
        // After a broken rule, the stream need not be in step any more.
        guard !session.rules.hasBroken(side) else { return }
        var findings: [Finding] = []
        sockets[session.socket, side].rules.judge(beginning: bytes[0], bytes.count > 1 ? bytes[1] : nil, into: &findings)
        report(findings, from: side, in: session.connection)
    }

    /// Ends the WebSocket connection on a channel, if there is one; the channel may go on.
    mutating func endConnection(on channel: Channel, _ transport: TransportEnd) {
        guard let session = channel.webSocket else { return }
        let clientCutOff = cutOff(.client, session, on: channel)
        let serverCutOff = cutOff(.server, session, on: channel)
        for direction in Direction.allCases { endFrames(session, on: channel, direction) }
        judgeEnd(session, on: channel, transport)
        var facts = facts(of: session.connection, session, on: channel, transport)
        if facts.client.hidden == nil { facts.client.cutOff = clientCutOff }
        if facts.server.hidden == nil { facts.server.cutOff = serverCutOff }
        let socket = session.socket
        var end = ConnectionEnd(
            of: session.connection, Conclusion(facts), client: sockets[socket, .client].totals, server: sockets[socket, .server].totals,
            clientPings: session.pings.counts(of: .client), serverPings: session.pings.counts(of: .server))
        channel.ended = session.connection
        channel.session = .opaque
        if !channel.isCarried { flows[channel.flow].socket = -1 }
        end.acknowledgeTimes = session.connection.traffic?.acknowledgeTimes
        end.trafficByNow = session.connection.traffic?.copy
        tape.append(.ended(end))
        sockets.remove(socket)
    }
}
