import Bytes
import HTTP
import Rules
import Streams
import Text
import WebSocket

/// Why bytes of a stream are not there.
enum Missing {
    case lost
    /// Captured with a snaplen.
    case cutOff
}

extension Engine {
    /// Takes the next bytes of a stream, all of one packet.
    func deliver(_ flow: Flow, _ lane: Lane, _ bytes: Span<UInt8>, _ mark: PacketMark, into sink: inout some EventSink & ~Copyable) {
        if lane.window.isEmpty {
            lane.forgetMarks()
            lane.lastMark = mark
            let consumed = advance(flow, lane, bytes, at: lane.windowOffset, into: &sink)
            lane.windowOffset += UInt64(consumed)
            guard consumed < bytes.count else { return }
            lane.window.append(bytes.extracting(consumed..<bytes.count))
        } else {
            lane.addMark(mark, behind: lane.windowOffset + UInt64(lane.window.count))
            lane.window.append(bytes)
            resume(flow, lane, into: &sink)
        }
        weigh(lane)
        limitWaiting(flow, lane, into: &sink)
    }

    /// Goes on with the bytes that wait.
    func resume(_ flow: Flow, _ lane: Lane, into sink: inout some EventSink & ~Copyable) {
        guard !lane.window.isEmpty else { return }
        // Taken out for the call, so that what runs may look at the lane but not pull the bytes away under itself.
        var window = ByteBuffer()
        swap(&window, &lane.window)
        let consumed = advance(flow, lane, window.span, at: lane.windowOffset, into: &sink)
        window.removeFirst(consumed)
        lane.windowOffset += UInt64(consumed)
        swap(&window, &lane.window)
        if lane.window.isEmpty {
            lane.window.removeAll(keepingAtMost: 4_096)
            lane.forgetMarks()
        } else {
            lane.forgetMarks(upTo: lane.windowOffset)
        }
        weigh(lane)
    }

    /// Lets the lane's stages take what they can of `input`, which begins at stream offset `base`; the number of bytes taken.
    private func advance(
        _ flow: Flow, _ lane: Lane, _ input: Span<UInt8>, at base: UInt64, into sink: inout some EventSink & ~Copyable
    ) -> Int {
        var taken = 0
        while true {
            if case .frames = lane.stage, let frames = lane.frames, let connection = flow.connection {
                return taken
                    + takeFrames(
                        flow, lane, &frames.lane, connection, input.extracting(taken..<input.count), at: base + UInt64(taken), into: &sink)
            }
            if case .opaque = lane.stage { return input.count }
            let rest = input.extracting(taken..<input.count)
            guard !rest.isEmpty, let count = step(flow, lane, rest, at: base + UInt64(taken), into: &sink) else { return taken }
            taken += count
        }
    }

    /// One step outside of frames: bytes taken, 0 when only the stage changed, nil when more bytes are needed.
    private func step(
        _ flow: Flow, _ lane: Lane, _ rest: Span<UInt8>, at offset: UInt64, into sink: inout some EventSink & ~Copyable
    ) -> Int? {
        switch lane.stage {
        case .undecided: return sniff(flow, lane, rest, at: offset, into: &sink)
        case .request(var decoder):
            let outcome = decoder.take(rest)
            lane.stage = .request(decoder)
            return takeRequest(flow, lane, outcome, rest, at: offset, into: &sink)
        case .response(var decoder):
            if flow.pending.isEmpty, mayStillBeAsked(flow, lane) { return nil }
            let outcome = decoder.take(rest)
            lane.stage = .response(decoder)
            return takeResponse(flow, lane, outcome, rest, at: offset, into: &sink)
        case .body(var decoder):
            let outcome = take(rest, with: &decoder, lane)
            lane.stage = .body(decoder)
            return takeBody(flow, lane, outcome, into: &sink)
        case .refusal(var decoder): return takeRefusal(flow, lane, &decoder, rest, at: offset, into: &sink)
        case .upgraded: return decideFramesOrHTTP(flow, lane, rest, into: &sink)
        case .awaiting: return nil
        case .searching(var search):
            return takeSearch(flow, lane, &search, rest, at: offset, into: &sink)
        case .frames, .opaque: return nil
        }
    }

    /// Takes notice that the next `count` bytes of a stream will never come.
    func miss(_ flow: Flow, _ lane: Lane, _ count: UInt64, _ why: Missing, into sink: inout some EventSink & ~Copyable) {
        if why == .cutOff { counts.cutPackets += 1 }
        tellMissing(flow, lane, count, why, into: &sink)
        if case .refusal(let decoder) = lane.stage {
            lane.stage = .body(decoder)
            tellRefusal(flow, into: &sink)
        }
        switch lane.stage {
        case .opaque: break
        case .frames:
            if let frames = lane.frames { missFrames(flow, lane, &frames.lane, count, into: &sink) }
        case .body(var decoder) where lane.window.isEmpty && decoder.skip(gap: count):
            lane.stage = .body(decoder)
            lane.exchange?.miss(count, ofRequest: lane.side == .client)
            if decoder.isDone { endBody(flow, lane, into: &sink) }
        case .undecided, .request, .response, .body, .refusal, .awaiting, .upgraded, .searching:
            loseStep(flow, lane, into: &sink)
        }
        lane.clear()
        weigh(lane)
        lane.windowOffset += count
        if flow.hasLostRequests, lane.side == .client { resume(flow, flow.other(lane), into: &sink) }
    }

    /// The lane's place in the protocol is unknown: heads or frames are looked for from here on.
    func loseStep(_ flow: Flow, _ lane: Lane, into sink: inout some EventSink & ~Copyable) {
        let other = flow.other(lane)
        let isKnown = flow.connection != nil
        // Behind a 101 frames are expected already, and the first of them may be what is missing.
        if let box = lane.frames {
            box.lane.rules.loseTrack()
            box.lane.assembler.loseTrack()
        }
        let asksUpgrade = flow.asksUpgrade
        lane.stage = .searching(
            FrameSearch(
                isMasked: isKnown || asksUpgrade ? lane.side == .client : nil,
                allowsCompression: flow.connection?.allowsCompression ?? true,
                isKnownWebSocket: isKnown))
        if lane.side == .client { flow.hasLostRequests = true }
        if lane.side == .server, asksUpgrade {
            flow.hasLostResponse = true
            if case .awaiting = other.stage {
                other.stage = .searching(FrameSearch(isMasked: true, allowsCompression: true, isKnownWebSocket: false))
            }
        }
    }

    private func tellMissing(
        _ flow: Flow, _ lane: Lane, _ count: UInt64, _ why: Missing, into sink: inout some EventSink & ~Copyable
    ) {
        guard let connection = flow.connection, let side = lane.side else { return }
        connection.rules.lose(side)
        connection.pings.lose(side)
        connection.note(missing: count, of: side, flow.seen)
        switch why {
        case .lost:
            let isDropped = losses.overlaps(lane.lastMark.time, lane.reassembler.heldSince ?? now)
            tell(
                isDropped ? .captureDropped : .captureGap, found: "\(Quantity.counted(count, "byte")) from the \(side.name)", flow, lane,
                into: &sink)
        case .cutOff:
            guard let frames = lane.frames, !frames.lane.hasToldCut else { return }
            frames.lane.hasToldCut = true
            tell(.captureCut, found: "\(Quantity.counted(count, "byte")) of a packet from the \(side.name)", flow, lane, into: &sink)
        }
    }

    /// Holds what waits within its limit.
    private func limitWaiting(_ flow: Flow, _ lane: Lane, into sink: inout some EventSink & ~Copyable) {
        let isShedding = mustShed(lane)
        let limit = isShedding ? 0 : max(limits.undecidedByteCount, limits.headByteCount)
        guard lane.window.count > limit else { return }
        // Part of a header at most.
        if case .frames = lane.stage { return }
        if isShedding { tellMemory(flow, lane, into: &sink) }
        switch lane.stage {
        case .awaiting:
            loseAnswer(flow, lane)
            resume(flow, lane, into: &sink)
        case .response:
            flow.hasLostRequests = true
            resume(flow, lane, into: &sink)
        default: break
        }
        guard lane.window.count > limit else { return }
        if case .frames = lane.stage { return }
        lane.clear()
        weigh(lane)
        loseStep(flow, lane, into: &sink)
    }

    /// The answer that the client's bytes wait for is not to be had.
    func loseAnswer(_ flow: Flow, _ client: Lane) {
        flow.hasLostResponse = flow.asksUpgrade
        client.stage = .searching(FrameSearch(isMasked: true, allowsCompression: true, isKnownWebSocket: false))
    }
}
