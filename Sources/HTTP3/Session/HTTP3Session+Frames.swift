import Bytes
import Channels

// Frames of requests and of the control stream (RFC 9114 §7).
extension HTTP3Session {
    /// Frames of settings and the like are not longer.
    private static let longestControl: UInt64 = 16_384
    private static let goAwayLimit = 64

    /// Takes whole DATA frames as long as nothing else comes; where it stops.
    ///
    /// - Parameter start: where a frame begins.
    func takeContent(
        _ bytes: Span<UInt8>, _ start: Int, _ mark: PacketMark, _ reader: StreamReader, _ output: inout LayerOutput
    ) -> Int {
        var position = start
        while position < bytes.count, let header = FrameHeader(bytes, at: position), header.type == FrameType.data, header.length > 0,
            header.length <= UInt64(bytes.count &- position &- header.byteCount)
        {
            let content = position &+ header.byteCount..<position &+ header.byteCount &+ Int(header.length)
            reader.offset &+= UInt64(content.upperBound &- position)
            reader.tally.count(contentFrameOf: header)
            output.deliver(bytes.extracting(content), of: mark, end: reader.offset, to: reader.stream, reader.direction)
            position = content.upperBound
        }
        return position
    }

    func takeFrames(_ bytes: Span<UInt8>, _ chunk: inout Chunk, _ reader: StreamReader, _ output: inout LayerOutput) {
        if reader.payload != nil { return takePayload(bytes, &chunk, reader, &output) }
        var header: FrameHeader?
        if reader.header.isEmpty {
            reader.frameOrigin = nil
            header = FrameHeader(bytes, at: chunk.position)
            if let header {
                chunk.position += header.byteCount
            } else {
                for index in chunk.position..<bytes.count { reader.header.append(bytes[index]) }
                chunk.position = bytes.count
            }
        } else {
            while header == nil, chunk.position < bytes.count {
                reader.header.append(bytes[chunk.position])
                chunk.position += 1
                header = FrameHeader(reader.header.span, at: 0)
            }
            if header != nil { reader.header = [] }
        }
        if let header { begin(header, bytes, &chunk, reader, &output) }
    }

    private func begin(
        _ header: FrameHeader, _ bytes: Span<UInt8>, _ chunk: inout Chunk, _ reader: StreamReader, _ output: inout LayerOutput
    ) {
        var payload = StreamReader.Payload(content: .nothing, remaining: header.length)
        if reader.isRequest {
            switch header.type {
            case FrameType.data: payload.content = .data
            case FrameType.headers: payload.content = .section(isPromise: false)
            case FrameType.pushPromise: payload.content = .section(isPromise: true)
            default: break
            }
        } else {
            switch header.type {
            case FrameType.settings: payload.content = .settings
            case FrameType.goAway: payload.content = .goAway
            default: break
            }
        }
        reader.tally.framing.frameCount += 1
        reader.tally.framing.headerByteCount += UInt64(header.byteCount)
        if case .data = payload.content { reader.tally.framing.contentFrameCount += 1 }
        abandonIfLong(&payload, reader, &output)
        reader.payload = payload
        if payload.remaining == 0 { endPayload(bytes.extracting(0..<0), &chunk, reader, &output) }
    }

    /// Gives up what is longer than is read.
    private func abandonIfLong(_ payload: inout StreamReader.Payload, _ reader: StreamReader, _ output: inout LayerOutput) {
        guard payload.isCollected else { return }
        guard case .section = payload.content else {
            guard payload.remaining > Self.longestControl else { return }
            if case .settings = payload.content { loseSettings(reader.direction, &output) }
            payload.content = .nothing
            return
        }
        let limit = max(limits.headByteCount, 64 << 10)
        guard payload.remaining > UInt64(limit) else { return }
        output.note(StreamOddity(.headTooLong, found: "more than \(limit) bytes"), of: reader.stream, reader.direction)
        payload.content = .nothing
    }

    // MARK: Payloads

    private func takePayload(_ bytes: Span<UInt8>, _ chunk: inout Chunk, _ reader: StreamReader, _ output: inout LayerOutput) {
        guard let payload = reader.payload else { return }
        let count = Int(min(payload.remaining, UInt64(bytes.count - chunk.position)))
        let range = chunk.position..<chunk.position + count
        chunk.position += count
        reader.payload?.remaining -= UInt64(count)
        let isWhole = UInt64(count) == payload.remaining
        switch payload.content {
        case .data:
            reader.tally.framing.contentByteCount += UInt64(count)
            deliver(range, bytes, chunk, reader, &output)
        case .nothing: reader.tally.framing.controlByteCount += UInt64(count)
        case .section, .settings, .goAway:
            if case .section = payload.content {
                reader.tally.framing.headByteCount += UInt64(count)
            } else {
                reader.tally.framing.controlByteCount += UInt64(count)
            }
            if payload.isBroken { break }
            if isWhole, reader.collected.isEmpty { return endPayload(bytes.extracting(range), &chunk, reader, &output) }
            // What is remembered of its packets counts too.
            guard hold(count + 16, reader) else { return giveUpPayload(reader, &output) }
            reader.collected.append(bytes.extracting(range))
        }
        guard isWhole else { return }
        var block = ByteBuffer()
        swap(&block, &reader.collected)
        unhold(reader)
        endPayload(block.span, &chunk, reader, &output)
    }

    private func deliver(
        _ range: Range<Int>, _ bytes: Span<UInt8>, _ chunk: Chunk, _ reader: StreamReader, _ output: inout LayerOutput
    ) {
        if reader.isOver { return }
        noteGap(reader, &output)
        output.deliver(bytes.extracting(range), of: chunk.origin, end: chunk.offset, to: reader.stream, reader.direction)
    }

    /// What is read of a frame's payload is given up; the rest of it is passed over.
    private func giveUpPayload(_ reader: StreamReader, _ output: inout LayerOutput) {
        if case .section = reader.payload?.content {
            output.note(
                StreamOddity(.headTooLong, found: "more than \(limits.heldByteCount) bytes of heads that wait"), of: reader.stream,
                reader.direction)
        }
        breakPayload(reader, &output)
        if reader.payload?.remaining == 0 { reader.payload = nil }
    }

    /// Bytes of the payload are missing, so that it cannot be read.
    func breakPayload(_ reader: StreamReader, _ output: inout LayerOutput) {
        if case .settings = reader.payload?.content { loseSettings(reader.direction, &output) }
        reader.payload?.isBroken = true
        reader.collected.removeAll(keepingAtMost: 0)
        unhold(reader)
    }

    /// All of a payload is there.
    private func endPayload(_ payload: Span<UInt8>, _ chunk: inout Chunk, _ reader: StreamReader, _ output: inout LayerOutput) {
        guard let ended = reader.payload else { return }
        reader.payload = nil
        if ended.isBroken { return }
        switch ended.content {
        case .data, .nothing: break
        case .section(let isPromise):
            let origin = reader.frameOrigin ?? chunk.origin
            takeSection(payload, isPromise: isPromise, origin, end: chunk.offset, reader, &output)
        case .settings: takeSettings(payload, reader.direction, &output)
        case .goAway: if let first = payload.variableInteger(at: 0) { goAway(from: first.value, reader.direction, &output) }
        }
    }

    // MARK: Sections

    private func takeSection(
        _ payload: Span<UInt8>, isPromise: Bool, _ origin: Origin, end: UInt64, _ reader: StreamReader, _ output: inout LayerOutput
    ) {
        var block = payload
        if isPromise {
            guard let push = payload.variableInteger(at: 0) else { return }
            block = payload.extracting(push.byteCount..<payload.count)
        }
        let cannotWait = blocked[reader.direction].count >= limits.blockedStreamCount
        let outcome = decoders[reader.direction].decode(block, of: reader.stream, isFinal: isFinished || cannotWait)
        let wait: StreamReader.Wait
        switch outcome {
        case .section(let section): return handOn(section, isPromise: isPromise, origin, end: end, reader, &output)
        case .waits(let count): wait = .entries(count)
        case .waitsForSettings: wait = .settings
        }
        let isHeld = hold(block.count, reader)
        reader.collected.append(block)
        reader.wait = wait
        reader.waitingSection = (isPromise, origin, end)
        blocked[reader.direction].append(reader)
        if !isHeld { takeWaitingSection(reader, isFinal: true, &output) }
    }

    func handOn(
        _ section: FieldSection, isPromise: Bool, _ origin: Origin, end: UInt64, _ reader: StreamReader, _ output: inout LayerOutput
    ) {
        if isPromise || reader.isOver { return }
        if section.isCut {
            output.note(
                StreamOddity(.headTooLong, found: "more than \(limits.headByteCount) bytes"), of: reader.stream, reader.direction)
        }
        var section = section
        if reader.direction == client { section.isAnnounced = settings[reader.direction.opposite]?.enablesConnect }
        noteGap(reader, &output)
        output.head(section, of: origin, end: end, of: reader.stream, reader.direction)
    }

    // MARK: The control stream

    private func takeSettings(_ payload: Span<UInt8>, _ direction: Direction, _ output: inout LayerOutput) {
        guard settings[direction] == nil else { return }
        guard let announced = Settings(payload) else { return loseSettings(direction, &output) }
        settings[direction] = announced
        decoders[direction.opposite].capacity = .known(announced.tableCapacity)
        releaseBlocked(direction.opposite, &output)
    }

    func loseSettings(_ direction: Direction, _ output: inout LayerOutput) {
        guard settings[direction] == nil else { return }
        decoders[direction.opposite].capacity = .unknown
        releaseBlocked(direction.opposite, &output)
    }

    /// Requests from this one on will not be answered (RFC 9114 §5.2); those before may go on.
    private func goAway(from first: UInt64, _ direction: Direction, _ output: inout LayerOutput) {
        // Here it has no error code.
        let abort = StreamAbort(code: 0, name: "", carrier: "GOAWAY")
        output.warn(abort, direction)
        // They name ever lower ones; each is looked for among all.
        guard let client, direction != client, goAwayCount < Self.goAwayLimit else { return }
        goAwayCount += 1
        for stream in requests(from: first) { giveUp(stream, abort, by: direction, &output) }
    }
}
