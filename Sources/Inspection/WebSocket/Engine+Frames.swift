import Bytes
import Channels
import HTTP
import Rules
import Text
import WebSocket

// Frames: the whole, unfragmented and uncompressed ones that make up nearly all traffic, and the way to all others.
extension Engine {
    /// Reads frames from `input`, which begins at stream offset `base`. Returns the number of bytes taken.
    /// - Parameters:
    ///   - mark: the packet that brought them.
    ///   - channel: knows which packets brought them, if there were several; nil if all came with `mark`.
    mutating func takeFrames(
        _ input: Span<UInt8>, at base: UInt64, _ mark: PacketMark, from side: Side, socket: Int, through channel: Channel?
    ) -> Int {
        var position = 0
        if channel == nil {
            position = takeOrdinaryFrames(input, at: base, mark, from: side, socket: socket)
            if position == input.count { return position }
        }
        return takeAll(input, from: position, at: base, mark, from: side, socket: socket, through: channel)
    }

    /// Takes whole data frames of one packet that are messages by themselves, as long as nothing else comes; the number of bytes taken.
    @inline(__always)
    mutating func takeOrdinaryFrames(
        _ input: Span<UInt8>, at base: UInt64, _ mark: PacketMark, from side: Side, socket: Int
    ) -> Int {
        var position = 0
        while position < input.count {
            let end = takeOrdinary(input, from: position, at: base, mark, from: side, socket: socket)
            if end < 0 { break }
            position = end
        }
        return position
    }

    /// The same for what begins in another frame, or does not end in this input.
    @inline(never)
    private mutating func takeAll(
        _ input: Span<UInt8>, from start: Int, at base: UInt64, _ mark: PacketMark, from side: Side, socket: Int, through channel: Channel?
    ) -> Int {
        var position = start
        while true {
            if channel == nil {
                let end = takeOrdinary(input, from: position, at: base, mark, from: side, socket: socket)
                if end >= 0 {
                    position = end
                    continue
                }
            }
            let offset = base + UInt64(position)
            // RSV1 without FIN, as a capital letter is, and as hardly any frame.
            if position < input.count, input[position] & 0xC0 == 0x40, !sockets[socket, side].decoder.isInsideFrame {
                let rest = input.extracting(position..<input.count)
                guard recognizeHTTP(rest, at: offset, mark, from: side, socket: socket, through: channel) == .no else { return position }
            }
            switch sockets[socket, side].decoder.next(input, at: &position) {
            case .needsMore: return position
            case .header(let header):
                take(header, input, at: offset, &position, mark, from: side, socket: socket, through: channel)
            case .payload(let range, let isLast):
                let from = base + UInt64(range.lowerBound)
                takePiece(input.extracting(range), at: from, mark, from: side, socket: socket, through: channel)
                if isLast { endFrame(at: base + UInt64(position), mark, from: side, socket: socket, through: channel) }
            }
        }
    }

    /// Takes a whole data frame of one packet that is a message by itself and breaks no rule; its end. Returns a negative number for
    /// any other, and changes nothing.
    @inline(never)
    private mutating func takeOrdinary(
        _ input: Span<UInt8>, from position: Int, at base: UInt64, _ mark: PacketMark, from side: Side, socket: Int
    ) -> Int {
        // Invariant: rows stay where they are until a connection is made, which reading frames does not.
        let row = unsafe sockets.address(of: socket)
        let own = unsafe sockets.address(of: socket, side)
        var start = 0
        guard let header = FrameHeader(shortIn: input, at: position, bodyStart: &start), header.length <= settings.ordinaryLength,
            unsafe !own.pointee.decoder.isInsideFrame && !row.pointee.isPongDue && own.pointee.rules.takePlainData(header)
        else { return -1 }
        let end = start &+ Int(truncatingIfNeeded: header.length)
        let body = input.extracting(start..<end)
        let room = tape.end
        var payload: Tape.Location
        if header.isMasked {
            tape.bytes.append(unmasking: body, key: header.maskingKey, phase: 0)
            payload = tape.own(from: room)
        } else {
            payload = tape.take(body, isLent: rooms.isLending || settings.omitsOrdinaryFrames)
        }
        let isValidText = header.opcode == .text && UTF8Validator.isValid(tape.span(payload))
        if header.opcode == .text, !isValidText {
            if settings.omitsOrdinaryFrames, !header.isMasked { payload = tape.take(body, isLent: rooms.isLending) }
            takeInvalidText(header, payload, at: base &+ UInt64(position), mark, from: side, socket: socket)
            return end
        }
        counts.frames &+= 1
        counts.messages &+= 1
        counts.bytes &+= header.length
        unsafe row.pointee.frameCount &+= 1
        unsafe row.pointee.messageCount &+= 1
        unsafe own.pointee.count(frameOf: header.length, header: start &- position, mark)
        unsafe own.pointee.count(messageOf: header.length)
        if settings.omitsOrdinaryFrames {
            if header.isMasked { tape.forgetBytes(from: room) }
            return end
        }
        if payload.count > settings.keep { payload.count = settings.keep }
        unsafe tape.append(
            Tape.Record(
                kind: .plain,
                plain: PlainFrame(
                    header, number: row.pointee.frameCount, packet: mark.number, time: mark.time,
                    offset: base &+ UInt64(position) &- own.pointee.start, message: row.pointee.messageCount, from: side,
                    isValidText: isValidText),
                connection: row.pointee.connection, payload: payload))
        return end
    }

    /// The same for text that is not UTF-8.
    @inline(never)
    private mutating func takeInvalidText(
        _ header: FrameHeader, _ payload: Tape.Location, at offset: UInt64, _ mark: PacketMark, from side: Side, socket: Int
    ) {
        var frame = makeFrame(header, .first, at: offset, mark, from: side, socket: socket, through: nil)
        frame.packets = PacketList(mark.number)
        frame.capturedLength = header.length
        finishWhole(frame, payload, [], socket: socket)
    }

    /// Takes any header: its frame is taken whole if it stands alone and all of it is here; otherwise it is begun.
    @inline(never)
    private mutating func take(
        _ header: FrameHeader, _ input: Span<UInt8>, at offset: UInt64, _ position: inout Int, _ mark: PacketMark, from side: Side,
        socket: Int, through channel: Channel?
    ) {
        var findings: [Finding] = []
        let isInMessage = sockets[socket, side].rules.isMessageOpen
        let role = sockets[socket, side].rules.judge(header, into: &findings)
        guard header.length <= UInt64(input.count - position),
            !isInMessage || role == .control, isWhole(header, role, from: side, socket: socket)
        else {
            return begin(header, role, findings, at: offset, mark, from: side, socket: socket, through: channel)
        }
        let body = input.extracting(position..<position + Int(header.length))
        position += body.count
        sockets[socket, side].decoder = FrameDecoder()
        var frame = makeFrame(header, role, at: offset, mark, from: side, socket: socket, through: channel)
        let end = offset + UInt64(header.byteCount) + header.length
        frame.capturedLength = header.length
        frame.packets = packets(of: offset..<end, mark, channel, side)
        if let channel, let direction = channel.direction(of: side) {
            frame.endTime = channel[direction].stream.provenance.lastMark(at: end - 1).time
        }
        let start = tape.end
        var payload: Tape.Location
        if header.isMasked {
            tape.bytes.append(unmasking: body, key: header.maskingKey, phase: 0)
            payload = tape.own(from: start)
        } else {
            payload = tape.take(body, isLent: rooms.isLending)
        }
        if header.hasRSV1, role == .first {
            finishCompressed(consume frame, payload, consume findings, socket: socket)
        } else {
            finishWhole(consume frame, payload, consume findings, socket: socket)
        }
    }

    /// True for a frame that is a message by itself, and so need not be put together.
    private mutating func isWhole(_ header: FrameHeader, _ role: FrameRules.Role, from side: Side, socket: Int) -> Bool {
        switch role {
        case .first: header.isFinal && (!header.hasRSV1 || inflates(side, socket: socket))
        case .control: true
        case .next, .stray, .tail: false
        }
    }

    /// A frame with what its header says, without packets.
    mutating func makeFrame(
        _ header: FrameHeader, _ role: FrameRules.Role, at offset: UInt64, _ mark: PacketMark, from side: Side, socket: Int,
        through channel: Channel?
    ) -> Frame {
        var time = mark.time
        if let channel, let direction = channel.direction(of: side) { time = channel[direction].stream.provenance.mark(at: offset).time }
        if role != .next { sockets[socket].messageCount += 1 }
        return Frame(
            header: header, from: side, time: time, endTime: time, offset: offset - sockets[socket, side].start, packets: PacketList(),
            message: sockets[socket].messageCount, messageOpcode: header.opcode, isCompressed: false)
    }

    /// Adds the packets that brought a range of a direction's stream.
    mutating func addPackets(of range: Range<UInt64>, _ mark: PacketMark, _ channel: Channel?, _ side: Side, to list: inout PacketList) {
        guard let channel, let direction = channel.direction(of: side) else {
            return list.add(mark.number, limit: settings.limits.packetsPerFrame)
        }
        var packets = list
        channel[direction].stream.provenance.forEachOrigin(of: range) { packets.add($0, limit: settings.limits.packetsPerFrame) }
        list = packets
    }

    /// The packets that brought a range of a direction's stream.
    private mutating func packets(of range: Range<UInt64>, _ mark: PacketMark, _ channel: Channel?, _ side: Side) -> PacketList {
        guard channel != nil else { return PacketList(mark.number) }
        var list = PacketList()
        addPackets(of: range, mark, channel, side, to: &list)
        return list
    }

    private mutating func finishWhole(
        _ frame: consuming Frame, _ payload: Tape.Location, _ findings: consuming [Finding], socket: Int
    ) {
        var isValidText = false
        switch frame.header.opcode.rawValue {
        case Opcode.text.rawValue:
            isValidText = UTF8Validator.isValid(tape.span(payload))
            // If reserved bits are set, the bytes are what an extension made of the text.
            if !isValidText, frame.header.reserved == 0 {
                var validator = UTF8Validator()
                validator.feed(tape.span(payload))
                findings.append(BodyRules.textNotUTF8(at: validator.firstInvalid, of: frame.header.length))
            }
        case 0x8...0xF:
            let body = tape.span(payload).copied()
            takeControl(&frame, &findings, body.span, socket: socket)
        default: break
        }
        var kept = payload
        if payload.count > settings.keep {
            noteKeptInPart(&findings, settings.keep, socket: socket)
            kept.count = settings.keep
        }
        counts.messages += 1
        counts.bytes &+= frame.header.length
        sockets[socket, frame.from].count(messageOf: frame.header.length)
        emit(consume frame, consume findings, kept, .whole(isValidText: isValidText), socket: socket)
    }

    // MARK: Out

    /// Adds the finding that bytes which the sink wanted were left out because of a limit.
    mutating func noteKeptInPart(_ findings: inout [Finding], _ kept: Int, socket: Int) {
        if kept < settings.keep {
            if let finding = memoryFinding(of: session(of: socket)) { findings.append(finding) }
        } else if settings.keep == settings.limits.messageByteCount {
            findings.append(Finding(.messageLimit, found: "\(Quantity.counted(settings.keep, "byte")) kept"))
        }
    }

    mutating func session(of socket: Int) -> WebSocketSession {
        // Invariant: a row is removed before its session goes.
        unsafe sockets[socket].session.takeUnretainedValue()
    }

    /// Numbers a frame that has ended, judges what its arrival shows, and puts it on the tape.
    mutating func emit(
        _ frame: consuming Frame, _ findings: consuming [Finding], _ payload: Tape.Location, _ kind: Tape.Kind, socket: Int
    ) {
        sockets[socket].frameCount += 1
        frame.number = sockets[socket].frameCount
        counts.frames += 1
        if sockets[socket].isPongDue { judgePings(frame, &findings, socket: socket) }
        if !findings.isEmpty {
            judgeConduct(frame, findings, socket: socket)
            if !settings.ignoredRules.isEmpty { findings.removeAll { settings.ignoredRules.contains($0.rule) } }
            counts.count(findings)
            frame.findings = consume findings
        }
        sockets[socket, frame.from].count(frameOf: frame.capturedLength, header: frame.header.byteCount, frame.lastMark)
        unsafe tape.append(consume frame, sockets[socket].connection, payload, kind)
    }

    mutating func count(_ message: Message, socket: Int) {
        counts.messages += 1
        counts.bytes &+= message.length
        sockets[socket, message.from].count(messageOf: message.length)
    }
}
