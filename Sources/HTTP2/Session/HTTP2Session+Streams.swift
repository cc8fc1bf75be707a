import Bytes
import Channels

// Streams: which are open, what may still come on them, and how they end (RFC 9113 §5.1).
extension HTTP2Session {
    /// Streams that were reset and may still bring what was on its way.
    private static let drainingLimit = 128

    /// Whether a frame of a stream is to be read; a stream that is heard of for the first time is open from then on.
    func mayCarry(_ stream: UInt32, _ direction: Direction, _ frame: String, _ output: inout LayerOutput) -> Bool {
        if let state = streams[stream] {
            if !state.ended[direction] { return !state.isPushed || frame == "HEADERS" }
            output.note(
                StreamOddity(.frameAfterEnd, expected: "nothing after END_STREAM", found: frame), of: UInt64(stream), direction)
            return false
        }
        if stream == 0 { return false }
        if let over = closed[stream] {
            // What was on its way when the other end reset the stream is no fault, and was sent.
            if !over.ended[direction] { return over.drains }
            output.note(
                StreamOddity(.frameAfterEnd, expected: "nothing on a stream that is closed", found: frame), of: UInt64(stream),
                direction)
            return false
        }
        // Closed so long ago that it is forgotten.
        if isWhole, stream <= max(fromLow.highestStream, fromHigh.highestStream), isOdd(stream) == (direction == client) { return false }
        open(stream, direction)
        return true
    }

    private func isOdd(_ stream: UInt32) -> Bool { stream & 1 == 1 }

    func open(_ stream: UInt32, _ direction: Direction, isPushed: Bool = false) {
        guard streams.count < limits.streamCount else { return }
        var state = StreamState()
        state.isPushed = isPushed
        state.hasCredit = isWhole
        state.gapCount = Pair(fromLow: fromLow.knownGapCount, fromHigh: fromHigh.knownGapCount)
        streams[stream] = state
        withHalf(direction) { half in
            half.highestStream = max(half.highestStream, stream)
            half.tally.streamCount += 1
        }
    }

    /// One end has sent all that it has to say on a stream.
    func endStream(_ stream: UInt32, _ direction: Direction, _ output: inout LayerOutput) {
        if closed[stream]?.ended[direction] == false { return endDraining(stream, direction, &output) }
        guard let state = streams[stream], !state.ended[direction] else { return }
        noteGap(of: stream, direction, &output)
        streams[stream]?.ended[direction] = true
        if !state.isPushed { output.end(UInt64(stream), direction) }
        if state.ended[direction.opposite] || state.isPushed { close(stream, ended: Pair(fromLow: true, fromHigh: true)) }
    }

    /// The other end of a stream that was reset ends it too.
    private func endDraining(_ stream: UInt32, _ direction: Direction, _ output: inout LayerOutput) {
        if closed[stream]?.drains == true { output.end(UInt64(stream), direction) }
        closed[stream]?.ended[direction] = true
        closed[stream]?.drains = false
    }

    /// One end gives up a stream, which ends it in both directions; the other end may still be sending.
    func reset(_ stream: UInt32, _ abort: StreamAbort, by direction: Direction, _ output: inout LayerOutput) {
        if closed[stream]?.ended[direction] == false { return endDraining(stream, direction, &output) }
        guard let state = streams[stream] else { return }
        noteLosses(of: stream, &output)
        var ended = state.ended
        ended[direction] = true
        if !state.isPushed {
            if state.ended[direction] { output.warn(abort, of: UInt64(stream), direction) }
            output.end(UInt64(stream), direction, abort: abort)
            if !state.ended[direction.opposite] { output.drain(UInt64(stream), direction.opposite) }
        }
        close(stream, ended: ended, drains: !state.isPushed && !state.ended[direction.opposite])
        guard closed[stream]?.drains == true else { return }
        draining.append(stream)
        if draining.count > Self.drainingLimit { closed[draining.removeFirst()]?.drains = false }
    }

    private func close(_ stream: UInt32, ended: Pair<Bool>, drains: Bool = false) {
        streams[stream] = nil
        stalledStreams.remove(stream)
        closed[stream] = ClosedStream(ended: ended, drains: drains)
        closedOrder.append(stream)
        guard closedOrder.count - closedHead > limits.streamCount else { return }
        closed[closedOrder[closedHead]] = nil
        closedHead += 1
        guard closedHead > 1_024, closedHead * 2 > closedOrder.count else { return }
        closedOrder.removeFirst(closedHead)
        closedHead = 0
    }

    // MARK: Control frames

    func takeControl(_ header: FrameHeader, _ payload: Span<UInt8>, _ direction: Direction, _ output: inout LayerOutput) {
        switch header.kind {
        case .settings: if header.stream == 0, !header.isAcknowledgment { takeSettings(payload, direction, &output) }
        case .resetStream:
            guard payload.count == 4 else { return }
            let code = ErrorCode(rawValue: payload.uint32BE(at: 0))
            let abort = StreamAbort(code: UInt64(code.rawValue), name: code.name, carrier: "RST_STREAM")
            reset(header.stream, abort, by: direction, &output)
        case .windowUpdate:
            guard payload.count == 4 else { return }
            widen(header.stream, by: Int64(payload.uint32BE(at: 0) & 0x7FFF_FFFF), direction, &output)
        case .goAway:
            guard payload.count == 8 else { return }
            goAway(after: payload.uint32BE(at: 0) & 0x7FFF_FFFF, ErrorCode(rawValue: payload.uint32BE(at: 4)), direction, &output)
        default: break
        }
    }

    private func takeSettings(_ payload: Span<UInt8>, _ direction: Direction, _ output: inout LayerOutput) {
        guard payload.count % 6 == 0 else { return }
        let before = withHalf(direction) { $0.settings.initialWindow }
        for index in Swift.stride(from: 0, to: payload.count, by: 6) {
            let value = payload.uint32BE(at: index + 2)
            withHalf(direction) { half in
                switch Setting(rawValue: payload.uint16BE(at: index)) {
                case .initialWindowSize: half.settings.initialWindow = Int64(value)
                case .maxFrameSize: half.settings.maxFrameSize = max(16_384, Int(min(value, 0xFF_FFFF)))
                case .enableConnectProtocol: half.settings.enablesConnect = value == 1
                default: break
                }
            }
        }
        let after = withHalf(direction) { half in
            if half.hasSettings, half.settings.initialWindow < before { half.settings.hasLoweredWindow = true }
            half.hasSettings = true
            return half.settings.initialWindow
        }
        if after > before { wakeStalled(direction.opposite, &output) }
    }

    /// Streams beyond the last one that was read will not be answered (RFC 9113 §6.8); the others may go on.
    private func goAway(after last: UInt32, _ code: ErrorCode, _ direction: Direction, _ output: inout LayerOutput) {
        let abort = StreamAbort(code: UInt64(code.rawValue), name: code.name, carrier: "GOAWAY")
        output.warn(abort, direction)
        let parity: UInt32 = direction == client ? 0 : 1
        guard client != nil, last < 0x7FFF_FFFF else { return }
        for stream in streams.keys.filter({ $0 > last && $0 & 1 == parity }).sorted() { reset(stream, abort, by: direction, &output) }
    }
}
