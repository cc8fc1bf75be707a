import Bytes
import Channels

// Gaps: inside the payload of a frame only its bytes are missing; otherwise the next frame is looked for where that is possible.
extension HTTP3Session {
    public func noteGap(
        _ byteCount: UInt64, of stream: UInt64, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput
    ) {
        guard byteCount > 0, let reader = reader(of: stream, direction), !reader.isOver else { return }
        let offset = reader.offset
        reader.offset = offset.addingReportingOverflow(byteCount).overflow ? .max : offset + byteCount
        if reader.wait != nil { return hold(StreamReader.Event(offset: offset, content: .gap(byteCount, mark)), reader, &output) }
        lose(byteCount, isBeginning: offset == 0, reader, &output)
    }

    /// - Parameter isBeginning: the missing bytes are the first ones of the stream.
    func lose(_ byteCount: UInt64, isBeginning: Bool, _ reader: StreamReader, _ output: inout LayerOutput) {
        let direction = reader.direction
        switch reader.stage {
        case .type:
            reader.header = []
            reader.stage = .skipping
            loseUnidentified(direction)
            for direction in Direction.allCases { releaseBlocked(direction, &output) }
        case .encoder:
            decoders[direction].loseInstructions(byteCount)
            releaseBlocked(direction, &output)
        case .decoder: decoders[direction.opposite].loseAcknowledgments()
        case .control, .request:
            let rest = byteCount - skip(byteCount, reader, &output)
            if rest > 0 { losePosition(rest, isBeginning: isBeginning, reader, &output) }
        case .searching: reader.addMissing(byteCount)
        case .skipping: break
        }
    }

    /// Passes over the part of a gap that is inside the payload of a frame; how long that is.
    private func skip(_ byteCount: UInt64, _ reader: StreamReader, _ output: inout LayerOutput) -> UInt64 {
        guard let payload = reader.payload else { return 0 }
        let count = min(byteCount, payload.remaining)
        if case .data = payload.content {
            noteGap(reader, &output)
            output.noteGap(.exact(count), of: reader.stream, reader.direction)
        } else if payload.isCollected, !payload.isBroken {
            breakPayload(reader, &output)
        }
        reader.payload?.remaining -= count
        if reader.payload?.remaining == 0 { reader.payload = nil }
        return count
    }

    /// It is not known where the next frame begins.
    private func losePosition(_ byteCount: UInt64, isBeginning: Bool, _ reader: StreamReader, _ output: inout LayerOutput) {
        reader.header = []
        if reader.isRequest {
            reader.stage = .searching
            // Of what was sent before the capture nothing is missing.
            if isFromBeginning || !isBeginning { reader.addMissing(byteCount) }
        } else {
            reader.stage = .skipping
            loseSettings(reader.direction, &output)
        }
    }

    /// Looks for a frame at the beginning of a chunk.
    func search(_ bytes: Span<UInt8>, _ chunk: inout Chunk, _ reader: StreamReader, _ output: inout LayerOutput) {
        switch FrameChain.follow(bytes, from: chunk.position) {
        case .yes: reader.stage = .request
        case .no:
            reader.addMissing(UInt64(bytes.count - chunk.position))
            chunk.position = bytes.count
        case .open(let end, let frameCount):
            reader.wait = .chain(end: chunk.base &+ UInt64(end), frameCount: frameCount)
        }
    }

    /// Reports that bytes of a stream may be missing since its last ones.
    func noteGap(_ reader: StreamReader, _ output: inout LayerOutput) {
        guard let missing = reader.missing else { return }
        reader.missing = nil
        output.noteGap(.bounded(missing), of: reader.stream, reader.direction)
    }
}
