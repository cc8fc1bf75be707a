import Bytes
import Channels

// Gaps: inside a payload only its bytes are missing; otherwise the next frame is looked for, and what came meanwhile is not known.
extension HTTP2Session {
    public func noteGap(_ gap: Gap, from direction: Direction, into output: inout LayerOutput) {
        let waitingByteCount = withHalf(direction) { half in
            defer { (half.walk, half.waitingByteCount) = (nil, 0) }
            return half.waitingByteCount
        }
        if waitingByteCount == 0, let count = gap.byteCount, skip(count, direction, &output) { return }
        if case .data(let stream)? = withHalf(direction, { $0.payload?.content }),
            let left = withHalf(direction, { $0.payload?.remaining }), left > 0
        {
            noteGap(of: stream, direction, &output)
            output.noteGap(.exact(UInt64(left)), of: UInt64(stream), direction)
        }
        isWhole = false
        withHalf(direction) { half in
            half.payload = nil
            half.isSkippingBlock = false
            half.isLengthChecked = false
            half.blocks.lose()
            half.stage = .searching
            half.gapCount += 1
            half.missing = gap.byteCount.map { $0 &+ UInt64(waitingByteCount) }
            half.window = nil
        }
        forgetWindows()
        noteLossWhileDraining(direction, &output)
    }

    /// What one end sent on a stream before it heard of the other's reset may be missing, too.
    private func noteLossWhileDraining(_ direction: Direction, _ output: inout LayerOutput) {
        for stream in draining {
            guard let state = closed[stream], state.drains, !state.lacks, !state.ended[direction] else { continue }
            closed[stream]?.lacks = true
            output.noteGap(.bounded(nil), of: UInt64(stream), direction)
        }
    }

    /// Reports to the streams that are still open what may be missing at their ends.
    public func finish(into output: inout LayerOutput) {
        guard fromLow.gapCount > 0 || fromHigh.gapCount > 0 else { return }
        for stream in streams.keys.sorted() { noteLosses(of: stream, &output) }
    }

    /// Reports to a stream that is over, or all that is known of it, what may be missing in either direction.
    func noteLosses(of stream: UInt32, _ output: inout LayerOutput) {
        guard let state = streams[stream], !state.isPushed else { return }
        for direction in Direction.allCases where !state.ended[direction] { noteGap(of: stream, direction, &output) }
    }

    /// Passes over a gap that is inside the payload of a frame; false if it is not.
    private func skip(_ count: UInt64, _ direction: Direction, _ output: inout LayerOutput) -> Bool {
        guard var payload = withHalf(direction, { $0.payload }), count <= UInt64(payload.remaining + payload.padding) else {
            return count == 0 && withHalf(direction) { $0.stage == .frames }
        }
        let content = min(Int(count), payload.remaining)
        if content > 0, case .data(let stream) = payload.content {
            noteGap(of: stream, direction, &output)
            output.noteGap(.exact(UInt64(content)), of: UInt64(stream), direction)
        }
        payload.remaining -= content
        payload.padding -= Int(count) - content
        let isOver = payload.remaining == 0 && payload.padding == 0
        withHalf(direction) { $0.payload = isOver ? nil : payload }
        if isOver, payload.endsStream, case .data(let stream) = payload.content { endStream(stream, direction, &output) }
        return true
    }

    /// A WINDOW_UPDATE may be missing, and so may DATA.
    private func forgetWindows() {
        fromLow.window = nil
        fromHigh.window = nil
        fromLow.isStalled = false
        fromHigh.isStalled = false
        stalledStreams = []
    }

    /// Looks for a frame; false if more bytes are needed.
    func search(_ bytes: Span<UInt8>, _ position: inout Int, _ direction: Direction) -> Bool {
        let rest = bytes.extracting(position..<bytes.count)
        let search = FrameChain.search(rest, mayBegin: client != direction.opposite) { streams[$0].map { !$0.ended[direction] } ?? false }
        switch search {
        case .preface(let offset):
            client = direction
            passOver(offset, direction)
            position += offset + Preface.byteCount
            withHalf(direction) { $0.stage = .frames }
            return true
        case .found(let offset):
            passOver(offset, direction)
            position += offset
            withHalf(direction) { $0.stage = .frames }
            return true
        case .undecided(let offset):
            passOver(offset, direction)
            position += offset
            return false
        case .nothing:
            passOver(rest.count, direction)
            position = bytes.count
            return true
        }
    }

    /// Adds bytes that no stream has read to what is missing.
    private func passOver(_ count: Int, _ direction: Direction) {
        withHalf(direction) { $0.missing = $0.missing.map { $0 &+ UInt64(count) } }
    }
}
