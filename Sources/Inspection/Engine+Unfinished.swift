import Bytes
import Rules
import Streams
import Text
import WebSocket

/// What never ends: bytes that are missing, messages given up, frames that the end of the stream cuts off.
extension Engine {
    func missFrames(
        _ flow: Flow, _ lane: Lane, _ frames: inout FrameLane, _ count: UInt64, into sink: inout some EventSink & ~Copyable
    ) {
        guard let connection = flow.connection else { return }
        let wasInside = frames.decoder.isInsideFrame
        let left = frames.decoder.remaining
        if frames.decoder.skip(count) {
            frames.position += count
            if frames.role == .first || frames.role == .next { frames.assembler.miss(count) }
            if wasInside, left == count {
                frames.decoder = FrameDecoder()
                endFrame(lane, &frames, connection, at: lane.windowOffset + count, into: &sink)
            }
            return
        }
        if wasInside { emitPart(&frames, connection, into: &sink) }
        abandonMessage(&frames, connection, into: &sink)
        frames.rules.loseTrack()
        frames.assembler.loseTrack()
        lane.stage = .searching(
            FrameSearch(isMasked: frames.side == .client, allowsCompression: connection.allowsCompression, isKnownWebSocket: true))
    }

    /// Shows the frame that is being read, as far as it came.
    private func emitPart(_ frames: inout FrameLane, _ connection: Connection, into sink: inout some EventSink & ~Copyable) {
        switch frames.role {
        case .control, .stray, .tail: endStandalone(&frames, connection, into: &sink)
        case .first, .next:
            frames.messagePackets.add(frames.frame.packets, limit: limits.packetsPerFrame)
            emitDataFrame(&frames, connection, nil, into: &sink)
        }
    }

    func abandonMessage(_ frames: inout FrameLane, _ connection: Connection, into sink: inout some EventSink & ~Copyable) {
        guard frames.assembler.isOpen else { return }
        let message = makeMessage(frames, isComplete: false)
        count(message, connection)
        sink.abandoned(message, content: frames.assembler.content.span, of: connection)
        frames.assembler.reset(keepingAtMost: 4_096)
        weigh(&frames)
    }

    /// Shows what is unfinished when nothing more can come.
    func endFrames(_ flow: Flow, _ lane: Lane, into sink: inout some EventSink & ~Copyable) {
        guard let box = lane.frames, let connection = flow.connection else { return }
        let isInHeader = if case .frames = lane.stage { !lane.window.isEmpty && !box.lane.decoder.isInsideFrame } else { false }
        if isInHeader { endHeader(&box.lane, flow, lane, connection, into: &sink) }
        let isBetweenFrames = !isInHeader && !box.lane.decoder.isInsideFrame
        endFrames(&box.lane, connection, into: &sink)
        if box.lane.assembler.isOpen {
            if isBetweenFrames, lane.reassembler.isFinished, !box.lane.assembler.isMissingBytes {
                tell(
                    .messageCutOff, found: "\(Quantity.counted(box.lane.assembler.frameCount, "frame")) of a message", flow, lane,
                    into: &sink)
            }
            abandonMessage(&box.lane, connection, into: &sink)
        }
        lane.frames = nil
    }

    /// A header of which only the first bytes came.
    private func endHeader(
        _ frames: inout FrameLane, _ flow: Flow, _ lane: Lane, _ connection: Connection, into sink: inout some EventSink & ~Copyable
    ) {
        tell(.frameCutOff, found: "\(Quantity.counted(lane.window.count, "byte")) of a header", flow, lane, into: &sink)
        // Behind what broke a rule, the stream need not be in step any more.
        guard !connection.rules.hasBroken(frames.side) else { return }
        var window = ByteBuffer()
        swap(&window, &lane.window)
        let bytes = window.span.copied()
        swap(&window, &lane.window)
        var findings: [Finding] = []
        frames.rules.judge(beginning: bytes[0], bytes.count > 1 ? bytes[1] : nil, into: &findings)
        tell(findings, of: frames.side, connection, into: &sink)
    }

    private func endFrames(_ frames: inout FrameLane, _ connection: Connection, into sink: inout some EventSink & ~Copyable) {
        if frames.decoder.isInsideFrame {
            frames.frame.findings.append(
                Finding(.frameCutOff, found: "\(Quantity.counted(frames.decoder.remaining, "byte")) of the payload"))
            frames.decoder = FrameDecoder()
            emitPart(&frames, connection, into: &sink)
        }
    }
}
