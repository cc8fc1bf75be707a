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
        case .requestBody(let body): return take(body, rest, session, on: channel, direction)
        case .http(let http): return take(rest, http, session, on: channel, direction)
        case .searching(let state): return take(state, rest, at: offset, session, on: channel, direction)
        }
    }

    /// Passes over the content of the upgrade request, which may come after the answer.
    private mutating func take(
        _ body: BodyDecoder, _ rest: Span<UInt8>, _ session: WebSocketSession, on channel: Channel, _ direction: Direction
    ) -> Int? {
        var body = body
        // A client that announces content may send none of it. No text begins like a masked frame.
        if session.connection.request.map({ BodyDecoder.forRequest($0) == body }) == true {
            if rest.count < 2 { return nil }
            if rest[0] & 0x70 == 0, rest[1] & 0x80 != 0 {
                session[direction] = .frames
                return 0
            }
        }
        let outcome = body.take(rest)
        switch outcome {
        case .needsMore: session[direction] = .requestBody(body)
        case .done: session[direction] = .upgraded
        case .malformed: loseStep(session, of: .client, direction)
        }
        if case .needsMore(consumed: 0) = outcome { return nil }
        return outcome.consumed
    }

    /// After a 101 a client may still go on with HTTP, if it has reason not to accept the answer. Otherwise what it sends is no frame.
    private mutating func decideFramesOrHTTP(
        _ rest: Span<UInt8>, _ session: WebSocketSession, on channel: Channel, _ direction: Direction
    ) -> Int? {
        // A masked frame's second byte has its top bit set; text has not.
        if rest.count < 2 || rest[1] & 0x80 == 0 {
            switch Sniff.looksLikeRequest(rest) {
            case .needsMore: return nil
            case .no where session.isRequestCut:
                guard rest.count > 1 else { return nil }
                // The rest of the request.
                loseStep(session, of: .client, direction)
                return 0
            case .no: break
            case .yes where session.isAgreed:
                let mark = channel[direction].stream.provenance.mark(at: channel[direction].stream.offset)
                session[direction] = .http(StrayHTTP(from: .client, mark, settings.limits.head))
                return 0
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

    /// Looks for the next frame in the waiting bytes.
    private mutating func take(
        _ found: Resynchronization, _ rest: Span<UInt8>, at offset: UInt64, _ session: WebSocketSession, on channel: Channel,
        _ direction: Direction
    ) -> Int? {
        guard let side = channel.side(of: direction) else { return nil }
        var state = found
        if let start = nextFrame(&state, rest, at: offset, session, on: channel, direction, side) {
            let first = sockets[session.socket, side].start
            report(
                .resynchronized, found: "frame at byte \(offset &+ UInt64(start) &- first) of the direction", from: side, in: channel)
            session[direction] = .frames
            return start
        }
        // What cannot be held cannot be proved.
        let limit = settings.limits.undecidedByteCount
        let surplus = rest.count > limit ? rest.count - limit / 2 : 0
        state.forget(surplus, isMasked: side == .client)
        session[direction] = .searching(state)
        return surplus > 0 ? surplus : nil
    }

    /// Where the next frame begins in the waiting bytes; nil if that is not known yet.
    private mutating func nextFrame(
        _ state: inout Resynchronization, _ rest: Span<UInt8>, at offset: UInt64, _ session: WebSocketSession, on channel: Channel,
        _ direction: Direction, _ side: Side
    ) -> Int? {
        var isCandidateProved = false
        while state.candidate < rest.count {
            let tail = rest.extracting(state.candidate..<rest.count)
            let start = offset + UInt64(state.candidate)
            if follow(&state.search, tail, at: start, on: channel, direction) {
                isCandidateProved = state.search.isLikely || state.search.isLongChain
                if isCandidateProved || tail.count <= settings.limits.undecidedByteCount { break }
            }
            state.search.restart(isMasked: side == .client)
            state.candidate += nextPiece(of: tail, at: start, on: channel, direction)
        }
        // Frames before the candidate may begin in the middle of a packet, and the candidate may be an accident.
        let candidate = isCandidateProved ? FrameChains.Candidate(offset: state.candidate, endsExactly: state.search.isLikely) : nil
        guard candidate?.endsExactly == true || state.mustExamine(rest.count) else { return nil }
        state.noteExamined(rest.count)
        let chains = FrameChains(isMasked: side == .client, allowsCompression: session.connection.allowsCompression)
        return chains.start(in: rest, candidate) {
            $0 == 0 || $0 == rest.count || channel[direction].stream.provenance.isPieceEnd(offset + UInt64($0))
        }
    }

    /// Looks at every offset once more in the bytes that wait in a direction that is out of step: no more will follow them.
    mutating func concludeSearch(on channel: Channel, _ direction: Direction) {
        if case .carrier(let session) = channel.session {
            if !channel[direction].stream.pending.isEmpty, session.ofBytes?.conclude(from: direction) == true { resume(channel, direction) }
            return
        }
        guard let session = channel.webSocket, case .searching(var state) = session[direction] else { return }
        guard !channel[direction].stream.pending.isEmpty else { return }
        state.isLast = true
        session[direction] = .searching(state)
        resume(channel, direction)
    }

    // MARK: Gaps

    mutating func noteGap(_ gap: Gap, _ session: WebSocketSession, on channel: Channel, _ direction: Direction) {
        guard let side = channel.side(of: direction) else { return }
        if session.isHTTP(direction) { return concludeHTTP(session, on: channel, direction) }
        guard session.isReadingFrames(direction) else { return loseStep(session, of: side, direction) }
        let socket = session.socket
        let wasInside = sockets[socket, side].decoder.isInsideFrame
        let left = sockets[socket, side].decoder.remaining
        let reading = session.openReading(of: side)
        if let count = gap.byteCount, sockets[socket, side].decoder.skip(count) {
            guard let reading else { return }
            reading.position += count
            if reading.role == .first || reading.role == .next { reading.assembler.noteGap(count) }
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
        session.search(for: side, direction)
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
        for direction in Direction.allCases { concludeHTTP(session, on: channel, direction) }
        // Of bytes that end in a frame, while that is known.
        keepWhatCameBefore(endOf: channel)
        let clientCutOff = cutOff(.client, session, on: channel)
        let serverCutOff = cutOff(.server, session, on: channel)
        for direction in Direction.allCases { endFrames(session, on: channel, direction) }
        judgeEnd(session, on: channel, transport)
        let connection = session.connection
        var facts = EndFacts(time: connection.time)
        gather(&facts, of: connection, session, on: channel, transport)
        if facts.client.hidden == nil { (facts.client.cutOff, facts.client.cutOffMark) = (clientCutOff?.what, clientCutOff?.mark) }
        if facts.server.hidden == nil { (facts.server.cutOff, facts.server.cutOffMark) = (serverCutOff?.what, serverCutOff?.mark) }
        if facts.client.repeats.count > 0 || facts.server.repeats.count > 0, let silent = Conclusion(facts).outline.silentPeer {
            report([Finding(.peerSilent, found: facts[silent.other].repeats.words)], from: silent, in: connection)
        }
        let socket = session.socket
        var end = ConnectionEnd(
            of: connection, Conclusion(consume facts), client: sockets[socket, .client].totals,
            server: sockets[socket, .server].totals,
            clientPings: session.pings?.counts(of: .client) ?? PingCounts(),
            serverPings: session.pings?.counts(of: .server) ?? PingCounts())
        channel.ended = connection
        channel.session = .opaque
        if !channel.isCarried { flows[channel.flow].socket = -1 }
        if let traffic = connection.traffic {
            end.acknowledgeTimes = traffic.acknowledgeTimes
            end.trafficByNow = traffic.copy
        }
        tape.append(.ended(end))
        memory.waitingByteCount -= session.countedByteCount
        sockets.remove(socket)
    }
}
