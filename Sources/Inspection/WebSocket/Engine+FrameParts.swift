import Bytes
import Channels
import Rules
import WebSocket

// Frames that come in pieces, and those of fragmented or compressed messages.
extension Engine {
    /// What is being read from a side; nil if nothing ever was.
    mutating func openReading(of side: Side, socket: Int) -> FrameReading? {
        // Invariant: a row is removed before its session goes.
        unsafe sockets[socket, side].reading?.takeUnretainedValue()
    }

    private mutating func makeReading(of side: Side, _ session: WebSocketSession) -> FrameReading {
        let reading = session.makeReading(of: side, knowsWindow: sockets[session.socket, side].knowsWindow)
        sockets.note(reading, session.socket, side)
        return reading
    }

    mutating func begin(
        _ header: FrameHeader, _ role: FrameRules.Role, _ findings: [Finding], at offset: UInt64, _ mark: PacketMark, from side: Side,
        socket: Int, through channel: Channel?
    ) {
        let session = session(of: socket)
        let reading = openReading(of: side, socket: socket) ?? makeReading(of: side, session)
        if role == .first, reading.assembler.isOpen { abandonMessage(reading, session) }
        var frame = makeFrame(header, role, at: offset, mark, from: side, socket: socket, through: channel)
        if role == .first { reading.messageNumber = frame.message }
        if role == .next { frame.message = reading.messageNumber }
        reading.findings = findings
        reading.role = role
        reading.position = 0
        reading.payload.removeAll()
        addPackets(of: offset..<offset + UInt64(header.byteCount), mark, channel, side, to: &frame.packets)
        if role == .first {
            if header.hasRSV1, !reading.assembler.inflates, session.connection.deflate == nil, session.connection.allowsCompression {
                reading.assembler.negotiate(DeflateParameters.Side(), hasKnownWindow: false)
            }
            reading.assembler.begin(header.opcode, isCompressed: header.hasRSV1 && reading.assembler.inflates)
            reading.isTextJudged = header.reserved != (reading.assembler.isCompressed ? 4 : 0)
            reading.messageTime = frame.time
            reading.messagePackets = PacketList()
        }
        if role == .first || role == .next {
            reading.assembler.beginFrame()
            frame.isCompressed = reading.assembler.isCompressed
            frame.messageOpcode = reading.assembler.opcode
        }
        reading.contentStart = reading.assembler.content.count
        reading.frame = frame
    }

    mutating func takePiece(
        _ piece: Span<UInt8>, at offset: UInt64, _ mark: PacketMark, from side: Side, socket: Int, through channel: Channel?
    ) {
        guard !piece.isEmpty, let reading = openReading(of: side, socket: socket) else { return }
        let end = offset + UInt64(piece.count)
        addPackets(of: offset..<end, mark, channel, side, to: &reading.frame.packets)
        reading.frame.endTime = endTime(at: end, mark, channel, side)
        reading.frame.capturedLength += UInt64(piece.count)
        if reading.frame.header.isMasked {
            var plain = ByteBuffer()
            swap(&plain, &rooms.plain)
            plain.removeAll()
            plain.append(unmasking: piece, key: reading.frame.header.maskingKey, phase: reading.position)
            takeUnmasked(plain.span, reading)
            swap(&plain, &rooms.plain)
        } else {
            takeUnmasked(piece, reading)
        }
        reading.position += UInt64(piece.count)
        countWaiting(reading)
    }

    private mutating func endTime(at end: UInt64, _ mark: PacketMark, _ channel: Channel?, _ side: Side) -> Timestamp {
        guard let channel, let direction = channel.direction(of: side) else { return mark.time }
        return channel[direction].stream.provenance.lastMark(at: end - 1).time
    }

    private mutating func takeUnmasked(_ piece: Span<UInt8>, _ reading: FrameReading) {
        let isData = reading.role == .first || reading.role == .next
        if isData {
            let isLast = reading.frame.header.isFinal && reading.frame.isComplete
            reading.assembler.take(piece, isLast: isLast, keeping: contentLimit(reading), chunk: &rooms.chunk)
        }
        guard !isData || (reading.assembler.isCompressed && settings.keepsWireBytes) else { return }
        // After bytes that were left out nothing is added any more.
        guard reading.frame.capturedLength == UInt64(reading.payload.count + piece.count) else { return }
        let room = min(max(settings.keep, 125) - reading.payload.count, max(memoryLeft, 125 - reading.payload.count))
        if room > 0 { reading.payload.append(piece.extracting(0..<min(room, piece.count))) }
    }

    /// Bytes of the open message that may be kept.
    private mutating func contentLimit(_ reading: FrameReading) -> Int { min(settings.keep, reading.assembler.content.count + memoryLeft) }

    mutating func endFrame(at end: UInt64, _ mark: PacketMark, from side: Side, socket: Int, through channel: Channel?) {
        guard let reading = openReading(of: side, socket: socket) else { return }
        if reading.frame.header.length == 0, end > 0 { reading.frame.endTime = endTime(at: end, mark, channel, side) }
        endFrame(reading, session(of: socket))
    }

    /// Ends a frame whose payload has come, or whose missing bytes never will.
    mutating func endFrame(_ reading: FrameReading, _ session: WebSocketSession) {
        switch reading.role {
        case .control, .stray, .tail: endStandalone(reading, session)
        case .first, .next: endDataFrame(reading, session)
        }
    }

    mutating func endStandalone(_ reading: FrameReading, _ session: WebSocketSession) {
        var frame = reading.frame
        var findings = reading.findings
        if frame.isComplete, frame.header.opcode.isControl {
            let body = reading.payload.span.copied()
            takeControl(&frame, &findings, body.span, socket: session.socket)
        }
        if frame.header.opcode == .close, !frame.isComplete, findings.allSatisfy({ $0.rule != .frameCutOff }) {
            var heard = evidence(of: session.channel, frame.from.other)
            heard.isAcknowledged = true
            noteClose(frame, nil, heard, session, on: session.channel)
        }
        var message = Message(of: frame, length: frame.capturedLength)
        message.opcode = frame.header.opcode
        message.wireLength = frame.capturedLength
        message.isCompressed = false
        message.isComplete = frame.isComplete && reading.role != .tail
        if frame.capturedLength > UInt64(reading.payload.count) { noteKeptInPart(&findings, reading.payload.count, socket: session.socket) }
        count(message, socket: session.socket)
        let payload = tape.take(reading.payload.span, isLent: false)
        emit(frame, findings, payload, tape.append(message, payload), socket: session.socket)
        reading.payload.removeAll(keepingAtMost: 4_096)
        countWaiting(reading)
    }

    private mutating func endDataFrame(_ reading: FrameReading, _ session: WebSocketSession) {
        reading.messagePackets.add(reading.frame.packets, limit: settings.limits.packetsPerFrame)
        guard reading.frame.header.isFinal else { return emitDataFrame(reading, session, nil) }
        reading.assembler.finish(keeping: contentLimit(reading), chunk: &rooms.chunk)
        BodyRules.judge(reading.assembler, isTextJudged: reading.isTextJudged, into: &reading.findings)
        if reading.assembler.isCut { noteKeptInPart(&reading.findings, reading.assembler.content.count, socket: session.socket) }
        emitDataFrame(reading, session, makeMessage(reading, isComplete: !reading.assembler.isMissingBytes))
        reading.assembler.reset(keepingAtMost: 4_096)
        countWaiting(reading)
    }

    /// True if a side's compressed messages can be inflated, of which there was one.
    mutating func inflates(_ side: Side, socket: Int) -> Bool {
        // Invariant: a row is removed before its session goes.
        unsafe sockets[socket, side].reading?._withUnsafeGuaranteedRef { $0.assembler.inflates } ?? false
    }

    /// Ends a compressed message of one frame, whose payload stands on the tape or is lent.
    mutating func finishCompressed(
        _ frame: consuming Frame, _ payload: consuming Tape.Location, _ findings: consuming [Finding], socket: Int
    ) {
        guard let reading = openReading(of: frame.from, socket: socket) else { return }
        if reading.assembler.isOpen { abandonMessage(reading, session(of: socket)) }
        reading.assembler.begin(frame.header.opcode, isCompressed: true)
        reading.assembler.beginFrame()
        let limit = contentLimit(reading)
        var chunk = ByteBuffer()
        swap(&chunk, &rooms.chunk)
        reading.assembler.take(tape.span(payload), isLast: true, keeping: limit, chunk: &chunk)
        reading.assembler.finish(keeping: limit, chunk: &chunk)
        swap(&chunk, &rooms.chunk)
        BodyRules.judge(reading.assembler, isTextJudged: frame.header.reserved != 4, into: &findings)
        if reading.assembler.isCut { noteKeptInPart(&findings, reading.assembler.content.count, socket: socket) }
        payload.count = settings.keepsWireBytes ? min(payload.count, max(settings.keep, 125)) : 0
        let content = tape.take(reading.assembler.content.span, isLent: false)
        frame.isCompressed = true
        let message = Message(
            of: reading.assembler, number: frame.message, from: frame.from, time: frame.time, endTime: frame.endTime, isComplete: true,
            packets: frame.packets)
        count(message, socket: socket)
        let kind = tape.append(consume message, content)
        emit(consume frame, consume findings, payload, kind, socket: socket)
        reading.assembler.reset(keepingAtMost: 4_096)
    }

    mutating func emitDataFrame(_ reading: FrameReading, _ session: WebSocketSession, _ message: Message?) {
        let frame = reading.frame
        var findings = reading.findings
        // The first wrong byte is reported where it stands, whether or not the message ever ends.
        if message == nil, !reading.isTextJudged, let finding = BodyRules.judgeText(of: reading.assembler) {
            reading.isTextJudged = true
            findings.append(finding)
        }
        var content = Tape.Location.own(0, count: 0)
        var payload: Tape.Location
        if message != nil { content = tape.take(reading.assembler.content.span, isLent: false) }
        if reading.assembler.isCompressed {
            payload = tape.take(reading.payload.span, isLent: false)
        } else {
            let count = reading.assembler.content.count
            let range = min(reading.contentStart, count)..<count
            if message != nil {
                payload = .own(content.offset + range.lowerBound, count: range.count)
            } else {
                payload = tape.take(reading.assembler.content.span.extracting(range), isLent: false)
            }
        }
        if let message { count(message, socket: session.socket) }
        emit(frame, findings, payload, message.map { tape.append($0, content) } ?? .part, socket: session.socket)
        reading.payload.removeAll(keepingAtMost: 4_096)
        countWaiting(reading)
    }

    mutating func makeMessage(_ reading: FrameReading, isComplete: Bool) -> Message {
        Message(
            of: reading.assembler, number: reading.messageNumber, from: reading.frame.from, time: reading.messageTime,
            endTime: reading.frame.endTime, isComplete: isComplete, packets: reading.messagePackets)
    }

    mutating func abandonMessage(_ reading: FrameReading, _ session: WebSocketSession) {
        guard reading.assembler.isOpen else { return }
        let message = makeMessage(reading, isComplete: false)
        count(message, socket: session.socket)
        tape.append(.abandoned(message, content: reading.assembler.content.span.copied(), of: session.connection))
        reading.assembler.reset(keepingAtMost: 4_096)
        countWaiting(reading)
    }
}

extension Message {
    fileprivate init(
        of assembler: borrowing MessageAssembler, number: UInt64, from side: Side, time: Timestamp, endTime: Timestamp, isComplete: Bool,
        packets: PacketList
    ) {
        self.init(
            number: number, from: side, opcode: assembler.opcode, time: time, endTime: endTime, length: assembler.length,
            wireLength: assembler.wireLength, isCompressed: assembler.isCompressed, frameCount: assembler.frameCount,
            isComplete: isComplete,
            unknownByteCount: assembler.unknownByteCount,
            isValidText: assembler.isJudgeableText && assembler.utf8.isCompleteAndValid, packets: packets)
    }
}
