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
            half.search = FrameSearch()
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

    /// Nothing comes right after the bytes that wait; true if a frame may be found in them now.
    public func conclude(from direction: Direction) -> Bool {
        withHalf(direction) { half in
            guard half.stage == .searching, half.waitingByteCount > 0 else { return false }
            half.search.isLast = true
            return true
        }
    }

    /// Looks for a frame; false if more bytes are needed.
    func search(_ bytes: Span<UInt8>, _ position: inout Int, _ direction: Direction) -> Bool {
        let longest = max(16_384, withHalf(direction.opposite) { $0.settings.maxFrameSize })
        var search = withHalf(direction) { $0.search }
        let outcome = search.find(
            in: bytes.extracting(position..<bytes.count),
            needed: withHalf(direction) { $0.gapCount } > 0 ? FrameSearch.afterGap : FrameSearch.midway,
            mayBegin: client != direction.opposite
        ) { header in
            FrameChain.evidence(of: header, longest: longest) { streams[$0].map { !$0.ended[direction] } ?? false }
        }
        var offset: Int
        switch outcome {
        case .preface(let start):
            client = direction
            offset = start
        case .frame(let start): offset = start
        case .undecided(let start):
            passOver(start, direction)
            position += start
            withHalf(direction) { $0.search = search.isLast ? FrameSearch() : search }
            return false
        }
        passOver(offset, direction)
        if case .preface = outcome { offset += Preface.byteCount }
        position += offset
        withHalf(direction) { half in
            half.search = FrameSearch()
            half.stage = .frames
        }
        return true
    }

    /// Adds bytes that no stream has read to what is missing.
    private func passOver(_ count: Int, _ direction: Direction) {
        withHalf(direction) { $0.missing = $0.missing.map { $0 &+ UInt64(count) } }
    }
}
