import Bytes
import Channels

// Gaps: inside a payload only its bytes are missing; otherwise the next frame is looked for, and what came meanwhile is not known.
extension HTTP2Session {
    public func noteGap(_ gap: Gap, from direction: Direction, into output: inout LayerOutput) {
        let hadWaiting = withHalf(direction) { half in
            defer { (half.walk, half.waitingByteCount) = (nil, 0) }
            return half.waitingByteCount > 0
        }
        if !hadWaiting, let count = gap.byteCount, skip(count, direction, &output) { return }
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
            half.missing = gap.byteCount
            half.window = nil
        }
        forgetWindows()
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
            position += offset + Preface.byteCount
            withHalf(direction) { $0.stage = .frames }
            return true
        case .found(let offset):
            position += offset
            withHalf(direction) { $0.stage = .frames }
            return true
        case .undecided(let offset):
            position += offset
            return false
        case .nothing:
            position = bytes.count
            return true
        }
    }
}
