import Bytes
import Rules
import Streams
import Text
import WebSocket

extension Engine {
    /// Reads frames from `input`, which begins at stream offset `base`; the number of bytes taken.
    func takeFrames(
        _ flow: Flow, _ lane: Lane, _ frames: inout FrameLane, _ connection: Connection, _ input: Span<UInt8>, at base: UInt64,
        into sink: inout some EventSink & ~Copyable
    ) -> Int {
        var plain = ByteBuffer()
        swap(&plain, &scratch)
        defer {
            swap(&plain, &scratch)
        }
        var position = 0
        while true {
            let start = position
            switch frames.decoder.next(input, at: &position) {
            case .needsMore: return position
            case .header(let header):
                var findings: [Finding] = []
                let isInMessage = frames.rules.isMessageOpen
                let role = frames.rules.judge(header, into: &findings)
                let available = input.count - position
                if header.length <= UInt64(available), isWhole(header, role, isInMessage: isInMessage) {
                    guard case .payload(let range, _) = frames.decoder.next(input, at: &position) else { return position }
                    var frame = makeFrame(header, lane, &frames, connection, role, at: base + UInt64(start))
                    frame.findings = findings
                    takeWhole(
                        &frame, lane, &frames, connection, input.extracting(range), end: base + UInt64(position), room: &plain, into: &sink)
                } else {
                    begin(header, role, findings, lane, &frames, connection, at: base + UInt64(start), into: &sink)
                }
            case .payload(let range, let isLast):
                let place = base + UInt64(range.lowerBound)
                takePiece(input.extracting(range), lane, &frames, at: place, room: &plain)
                if isLast { endFrame(lane, &frames, connection, at: base + UInt64(position), into: &sink) }
            }
        }
    }

    /// True for a frame that stands for itself and can be shown straight from the packet.
    @inline(__always)
    private func isWhole(_ header: FrameHeader, _ role: FrameRules.Role, isInMessage: Bool) -> Bool {
        switch role {
        case .first: header.isFinal && !header.hasRSV1 && !isInMessage
        case .control: true
        case .next, .stray, .tail: false
        }
    }

    @inline(__always)
    private func makeFrame(
        _ header: FrameHeader, _ lane: Lane, _ frames: inout FrameLane, _ connection: Connection, _ role: FrameRules.Role, at offset: UInt64
    ) -> Frame {
        let mark = lane.mark(at: offset)
        if role != .next {
            connection.messageCount += 1
            if role == .first { frames.messageNumber = connection.messageCount }
        }
        return Frame(
            header: header, from: frames.side, time: mark.time, endTime: mark.time, offset: offset - frames.start, packets: PacketList(),
            message: role == .next ? frames.messageNumber : connection.messageCount, messageOpcode: header.opcode, isCompressed: false)
    }

    // MARK: A frame in one piece

    private func takeWhole(
        _ frame: inout Frame, _ lane: Lane, _ frames: inout FrameLane, _ connection: Connection, _ body: Span<UInt8>, end: UInt64,
        room plain: inout ByteBuffer, into sink: inout some EventSink & ~Copyable
    ) {
        frame.capturedLength = UInt64(body.count)
        let start = frame.offset + frames.start
        lane.addPackets(start..<end, to: &frame.packets, limit: limits.packetsPerFrame)
        if lane.hasMarks { frame.endTime = lane.mark(at: end - 1).time }
        guard frame.header.isMasked else { return finishWhole(&frame, &frames, connection, body, into: &sink) }
        plain.removeAll()
        plain.append(unmasking: body, key: frame.header.maskingKey, phase: 0)
        finishWhole(&frame, &frames, connection, plain.span, into: &sink)
    }

    private func finishWhole(
        _ frame: inout Frame, _ frames: inout FrameLane, _ connection: Connection, _ payload: Span<UInt8>,
        into sink: inout some EventSink & ~Copyable
    ) {
        var isValidText = false
        switch frame.header.opcode.rawValue {
        case Opcode.text.rawValue:
            isValidText = UTF8Validator.isValid(payload)
            // With reserved bits set, the bytes are what an extension made of the text.
            if !isValidText, frame.header.reserved == 0 {
                var validator = UTF8Validator()
                validator.feed(payload)
                frame.findings.append(BodyRules.textNotUTF8(at: validator.firstInvalid, of: UInt64(payload.count)))
            }
        case 0x8...0xF: takeControl(&frame, connection, payload)
        default: break
        }
        let length = frame.header.length
        let message = Message(
            number: frame.message, from: frame.from, opcode: frame.header.opcode, time: frame.time, endTime: frame.endTime, length: length,
            wireLength: length, isCompressed: false, frameCount: 1, isComplete: true, unknownByteCount: 0, isValidText: isValidText,
            packets: frame.packets)
        if payload.count > keep { noteKeptInPart(&frame, keep, connection) }
        let kept = payload.extracting(0..<min(payload.count, keep))
        emit(&frame, connection, payload: kept, message, content: kept, into: &sink)
    }

    /// Close, ping and pong: what their bodies say.
    private func takeControl(_ frame: inout Frame, _ connection: Connection, _ payload: Span<UInt8>) {
        switch frame.header.opcode {
        case .close:
            let body = CloseBody(payload)
            BodyRules.judge(body, into: &frame.findings)
            if !frame.findings.isEmpty { judgeConduct(frame, connection) }
            let knewAll = connection.flow?.lane(of: frame.from.other).reassembler.isAcknowledged ?? false
            if !frame.findings.contains(where: { $0.rule.deniesClose }) { noteClose(frame, body, knewAll: knewAll, connection) }
            if let finding = connection.rules.close(body.code, from: frame.from, at: frame.endTime, isAnswer: knewAll) {
                frame.findings.append(finding)
            }
        case .ping:
            let mustAnswer = frame.findings.isEmpty && connection.rules.mustAnswerPing(from: frame.from)
            connection.pings.ping(from: frame.from, payload, at: frame.lastMark, mustAnswer: mustAnswer)
        case .pong:
            switch connection.pings.pong(from: frame.from, payload, at: frame.endTime) {
            case .ping(let roundTrip): frame.roundTrip = roundTrip
            case .unknown: break
            case .nothing:
                // Packets swap in captures: the ping may stand behind its pong, which acknowledges it.
                if connection.flow?.lane(of: frame.from.other).reassembler.isBehindAcknowledgment ?? false { break }
                if let finding = connection.rules.judgeStrayPong(from: frame.from) {
                    connection.pings.noteUnsolicited(from: frame.from)
                    frame.findings.append(finding)
                }
            }
        default: break
        }
    }

    /// Tells the rules of the connection that the frame's sender broke one.
    private func judgeConduct(_ frame: Frame, _ connection: Connection) {
        if frame.findings.contains(where: { $0.rule.severity == .violation }) { connection.rules.breakRule(frame.from) }
        if let rule = frame.findings.first(where: { $0.rule.failsConnection })?.rule {
            let mark = PacketMark(number: frame.packets.first, time: frame.time)
            connection.note(EndFacts.Fault(rule: rule, mark: mark, until: frame.endTime), of: frame.from)
        }
    }

    /// A frame came while pongs are due: whether that shows that its sender ignores pings.
    @inline(never)
    private func judgePings(_ frame: inout Frame, _ connection: Connection) {
        guard let due = connection.pings.firstDue(to: frame.from) else { return }
        let flow = connection.flow
        let isClosing = frame.header.opcode == .close && flow?.lane(of: frame.from.other).reassembler.isAcknowledged ?? false
        let finding = connection.rules.judgeWaiting(pingAt: due, frameAt: frame.endTime, from: frame.from, isClosing: isClosing)
        guard let finding else { return }
        frame.findings.append(finding)
        connection.pings.forgive(frame.from)
    }

    // MARK: A frame in pieces, or of a fragmented or compressed message

    private func begin(
        _ header: FrameHeader, _ role: FrameRules.Role, _ findings: [Finding], _ lane: Lane, _ frames: inout FrameLane,
        _ connection: Connection,
        at offset: UInt64, into sink: inout some EventSink & ~Copyable
    ) {
        if role == .first, frames.assembler.isOpen { abandonMessage(&frames, connection, into: &sink) }
        var frame = makeFrame(header, lane, &frames, connection, role, at: offset)
        frame.findings = findings
        frames.role = role
        frames.position = 0
        frames.payload.removeAll()
        lane.addPackets(offset..<offset + UInt64(header.byteCount), to: &frame.packets, limit: limits.packetsPerFrame)
        if role == .first {
            if header.hasRSV1, !frames.assembler.inflates, connection.deflate == nil, connection.allowsCompression {
                frames.assembler.negotiate(DeflateParameters.Side(), hasKnownWindow: false)
            }
            frames.assembler.begin(header.opcode, isCompressed: header.hasRSV1 && frames.assembler.inflates)
            frames.isTextJudged = header.reserved != (frames.assembler.isCompressed ? 4 : 0)
            frames.messageTime = frame.time
            frames.messagePackets = PacketList()
        }
        if role == .first || role == .next {
            frames.assembler.beginFrame()
            frame.isCompressed = frames.assembler.isCompressed
            frame.messageOpcode = frames.assembler.opcode
        }
        frames.contentStart = frames.assembler.content.count
        frames.frame = frame
    }

    private func takePiece(_ piece: Span<UInt8>, _ lane: Lane, _ frames: inout FrameLane, at offset: UInt64, room plain: inout ByteBuffer) {
        guard !piece.isEmpty else { return }
        let end = offset + UInt64(piece.count)
        lane.addPackets(offset..<end, to: &frames.frame.packets, limit: limits.packetsPerFrame)
        frames.frame.endTime = lane.mark(at: end - 1).time
        frames.frame.capturedLength += UInt64(piece.count)
        if frames.frame.header.isMasked {
            plain.removeAll()
            plain.append(unmasking: piece, key: frames.frame.header.maskingKey, phase: frames.position)
            takeUnmasked(plain.span, &frames)
        } else {
            takeUnmasked(piece, &frames)
        }
        frames.position += UInt64(piece.count)
        weigh(&frames)
    }

    private func takeUnmasked(_ piece: Span<UInt8>, _ frames: inout FrameLane) {
        let isData = frames.role == .first || frames.role == .next
        if isData { frames.assembler.take(piece, keeping: contentLimit(frames), chunk: &chunk) }
        guard !isData || (frames.assembler.isCompressed && keepsWireBytes) else { return }
        // Behind bytes that were left out nothing is added any more.
        guard frames.frame.capturedLength == UInt64(frames.payload.count + piece.count) else { return }
        let room = min(max(keep, 125) - frames.payload.count, max(memoryLeft, 125 - frames.payload.count))
        if room > 0 { frames.payload.append(piece.extracting(0..<min(room, piece.count))) }
    }

    /// Bytes of the open message that may be kept.
    private func contentLimit(_ frames: borrowing FrameLane) -> Int { min(keep, frames.assembler.content.count + memoryLeft) }

    func endFrame(
        _ lane: Lane, _ frames: inout FrameLane, _ connection: Connection, at end: UInt64, into sink: inout some EventSink & ~Copyable
    ) {
        if frames.frame.header.length == 0, lane.hasMarks { frames.frame.endTime = lane.mark(at: end - 1).time }
        switch frames.role {
        case .control, .stray, .tail: endStandalone(&frames, connection, into: &sink)
        case .first, .next: endDataFrame(&frames, connection, into: &sink)
        }
    }

    func endStandalone(_ frames: inout FrameLane, _ connection: Connection, into sink: inout some EventSink & ~Copyable) {
        var frame = frames.frame
        if frame.isComplete, frame.header.opcode.isControl { takeControl(&frame, connection, frames.payload.span) }
        if frame.header.opcode == .close, !frame.isComplete, frame.findings.allSatisfy({ $0.rule != .frameCutOff }) {
            noteClose(frame, nil, knewAll: true, connection)
        }
        let message = Message(
            number: frame.message, from: frame.from, opcode: frame.header.opcode, time: frame.time, endTime: frame.endTime,
            length: frame.capturedLength, wireLength: frame.capturedLength, isCompressed: false, frameCount: 1,
            isComplete: frame.isComplete && frames.role != .tail, unknownByteCount: 0, isValidText: false, packets: frame.packets)
        if frame.capturedLength > UInt64(frames.payload.count) { noteKeptInPart(&frame, frames.payload.count, connection) }
        emit(&frame, connection, payload: frames.payload.span, message, content: frames.payload.span, into: &sink)
        frames.payload.removeAll(keepingAtMost: 4_096)
        weigh(&frames)
    }

    func endDataFrame(_ frames: inout FrameLane, _ connection: Connection, into sink: inout some EventSink & ~Copyable) {
        frames.messagePackets.add(frames.frame.packets, limit: limits.packetsPerFrame)
        guard frames.frame.header.isFinal else { return emitDataFrame(&frames, connection, nil, into: &sink) }
        frames.assembler.finish(keeping: contentLimit(frames), chunk: &chunk)
        BodyRules.judge(frames.assembler, isTextJudged: frames.isTextJudged, into: &frames.frame.findings)
        if frames.assembler.isCut { noteKeptInPart(&frames.frame, frames.assembler.content.count, connection) }
        emitDataFrame(&frames, connection, makeMessage(frames, isComplete: !frames.assembler.isMissingBytes), into: &sink)
        frames.assembler.reset(keepingAtMost: 4_096)
        weigh(&frames)
    }

    func emitDataFrame(
        _ frames: inout FrameLane, _ connection: Connection, _ message: Message?, into sink: inout some EventSink & ~Copyable
    ) {
        var frame = frames.frame
        // The first wrong byte is told where it stands, whether or not the message ever ends.
        if message == nil, !frames.isTextJudged, let finding = BodyRules.judgeText(of: frames.assembler) {
            frames.isTextJudged = true
            frame.findings.append(finding)
        }
        let content = frames.assembler.content.count
        if frames.assembler.isCompressed {
            emit(&frame, connection, payload: frames.payload.span, message, content: frames.assembler.content.span, into: &sink)
        } else {
            let range = min(frames.contentStart, content)..<content
            emit(
                &frame, connection, payload: frames.assembler.content.span.extracting(range), message,
                content: frames.assembler.content.span, into: &sink)
        }
        frames.payload.removeAll(keepingAtMost: 4_096)
        weigh(&frames)
    }

    func makeMessage(_ frames: borrowing FrameLane, isComplete: Bool) -> Message {
        let isText = frames.assembler.isJudgeableText && frames.assembler.utf8.isCompleteAndValid
        return Message(
            number: frames.messageNumber, from: frames.side, opcode: frames.assembler.opcode, time: frames.messageTime,
            endTime: frames.frame.endTime, length: frames.assembler.length, wireLength: frames.assembler.wireLength,
            isCompressed: frames.assembler.isCompressed, frameCount: frames.assembler.frameCount, isComplete: isComplete,
            unknownByteCount: frames.assembler.unknownByteCount, isValidText: isText, packets: frames.messagePackets)
    }

    // MARK: Out

    /// Says that bytes which the sink wanted were left out because of a limit.
    private func noteKeptInPart(_ frame: inout Frame, _ kept: Int, _ connection: Connection) {
        if kept < keep {
            if let finding = memoryFinding(of: connection) { frame.findings.append(finding) }
        } else if keep == limits.messageByteCount {
            frame.findings.append(Finding(.messageLimit, found: "\(Quantity.counted(keep, "byte")) kept"))
        }
    }

    @inline(__always)
    private func emit(
        _ frame: inout Frame, _ connection: Connection, payload: Span<UInt8>, _ message: Message?, content: Span<UInt8>,
        into sink: inout some EventSink & ~Copyable
    ) {
        connection.frameCount += 1
        frame.number = connection.frameCount
        frameCount += 1
        if connection.pings.isAnyDue { judgePings(&frame, connection) }
        if !frame.findings.isEmpty {
            judgeConduct(frame, connection)
            if !ignoredRules.isEmpty { frame.findings.removeAll { ignoredRules.contains($0.rule) } }
            count(frame.findings)
        }
        connection.countFrame(of: frame.from, wireBytes: frame.capturedLength, headerBytes: UInt64(frame.header.byteCount), frame.lastMark)
        if let message { count(message, connection) }
        sink.frame(frame, payload: payload, ending: message, content: content, of: connection)
    }

    @inline(__always)
    func count(_ message: Message, _ connection: Connection) {
        messageCount += 1
        byteCount += message.length
        connection.countMessage(of: message.from, bytes: message.length)
    }
}
