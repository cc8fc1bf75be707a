import Bytes
import Channels

/// One connection of HTTP/2: frames in, heads and content of its streams out (RFC 9113, RFC 8441).
///
/// Reads what the two ends say and takes part in nothing. DATA is handed on as it comes, as ranges of the input. A head is read when all
/// of its block is there; until then its frames wait unread.
// Invariant where accesses are not checked for exclusiveness: one thread reaches them, and what changes one in place calls nothing that
// reaches the same one.
public final class HTTP2Session: ByteLayer {
    let limits: HTTP2Limits
    /// The direction of the client; nil while that is not known.
    var client: Direction?
    @safe @exclusivity(unchecked) var fromLow: Half
    @safe @exclusivity(unchecked) var fromHigh: Half
    @safe @exclusivity(unchecked) var streams: [UInt32: StreamState] = [:]
    /// Streams that are over, in the order in which they ended.
    var closed: [UInt32: ClosedStream] = [:]
    var closedOrder: [UInt32] = []
    var closedHead = 0
    /// The newest streams that were reset by one end.
    var draining: [UInt32] = []
    var stalledStreams: Set<UInt32> = []
    /// Frames of either end may be missing, so that what is not known need not be new.
    var isWhole: Bool
    let isFromBeginning: Bool
    /// Reports where parts of frames stand.
    var isLocating = false

    init(_ limits: HTTP2Limits, isFromBeginning: Bool) {
        self.limits = limits
        self.isFromBeginning = isFromBeginning
        isWhole = isFromBeginning
        let blocks = HeaderBlockDecoder(limit: limits.headByteCount, hasUnknownEntries: !isFromBeginning)
        fromLow = Half(stage: isFromBeginning ? .opening : .searching, blocks: blocks)
        fromHigh = fromLow
        if !isFromBeginning {
            fromLow.window = nil
            fromHigh.window = nil
        }
    }

    /// A connection of which the request of HTTP/1.1 that asked for it is stream 1 (RFC 7540 §3.2).
    convenience init(_ limits: HTTP2Limits, upgradedBy client: Direction) {
        self.init(limits, isFromBeginning: true)
        self.client = client
        var first = StreamState()
        first.ended[client] = true
        streams[1] = first
        withHalf(client) { $0.highestStream = 1 }
    }

    @inline(__always)
    func withHalf<Result>(_ direction: Direction, _ body: (inout Half) -> Result) -> Result {
        direction == .fromLow ? body(&fromLow) : body(&fromHigh)
    }

    func half(_ direction: Direction) -> Half { direction == .fromLow ? fromLow : fromHigh }

    public var facts: LayerFacts {
        var facts = LayerFacts()
        facts.client = client
        facts.hasHeads = true
        // Of a stream that begins without a head nothing is known.
        facts.isFromBeginning = false
        return facts
    }

    public func locateParts() {
        isLocating = true
        for direction in Direction.allCases { withHalf(direction) { $0.blocks.texts = [] } }
    }

    public func framing(of direction: Direction) -> Framing? { withHalf(direction) { $0.tally.framing } }

    // MARK: Taking

    public func take(_ bytes: Span<UInt8>, from direction: Direction, into output: inout LayerOutput) -> Int {
        let taken = takeFrames(bytes, direction, &output)
        withHalf(direction) { $0.waitingByteCount = bytes.count - taken }
        return taken
    }

    private func takeFrames(_ bytes: Span<UInt8>, _ direction: Direction, _ output: inout LayerOutput) -> Int {
        var position = 0
        while position < bytes.count {
            if let payload = withHalf(direction, { $0.payload }) {
                take(payload, bytes, &position, direction, &output)
                continue
            }
            switch withHalf(direction, { $0.stage }) {
            case .frames:
                guard takeFrame(bytes, &position, direction, &output) else { return position }
            case .opening, .preface:
                guard begin(bytes, &position, direction, &output) else { return position }
            case .searching:
                guard search(bytes, &position, direction) else { return position }
            }
        }
        return position
    }

    /// The first bytes of an end; false if there are too few.
    private func begin(_ bytes: Span<UInt8>, _ position: inout Int, _ direction: Direction, _ output: inout LayerOutput) -> Bool {
        let rest = bytes.extracting(position..<bytes.count)
        if client != direction.opposite {
            switch Preface.recognize(rest) {
            case .needsMore: return false
            case .yes:
                client = direction
                placeStructure(position..<position + Preface.byteCount, direction, &output)
                position += Preface.byteCount
                withHalf(direction) { half in
                    half.stage = .frames
                    half.tally.controlByteCount += UInt64(Preface.byteCount)
                }
                return true
            case .no: break
            }
        }
        // An answer of HTTP/1 to the preface, or a request of it to a server that speaks first.
        guard rest[0] < UInt8(ascii: "A") || rest[0] > UInt8(ascii: "Z") else {
            output.giveUp()
            position = bytes.count
            return true
        }
        if client == nil { client = direction.opposite }
        withHalf(direction) { $0.stage = .frames }
        return true
    }

    /// The rest of a frame's payload, as far as it is there.
    private func take(
        _ payload: Half.Payload, _ bytes: Span<UInt8>, _ position: inout Int, _ direction: Direction, _ output: inout LayerOutput
    ) {
        var payload = payload
        let count = min(payload.remaining, bytes.count - position)
        if count > 0, case .data(let stream) = payload.content { deliver(position..<position + count, of: stream, direction, &output) }
        if payload.isStructure { placeStructure(position..<position + count, direction, &output) }
        position += count
        payload.remaining -= count
        if payload.remaining == 0 {
            let padding = min(payload.padding, bytes.count - position)
            if padding > 0 { placePadding(position..<position + padding, bytes, direction, &output) }
            position += padding
            payload.padding -= padding
        }
        let isOver = payload.remaining == 0 && payload.padding == 0
        withHalf(direction) { $0.payload = isOver ? nil : payload }
        if isOver, payload.endsStream, case .data(let stream) = payload.content { endStream(stream, direction, &output) }
    }

    // MARK: Frames

    /// One frame, or the beginning of it; false if more bytes are needed.
    private func takeFrame(_ bytes: Span<UInt8>, _ position: inout Int, _ direction: Direction, _ output: inout LayerOutput) -> Bool {
        guard let header = FrameHeader(bytes, at: position) else { return false }
        let start = position + FrameHeader.byteCount
        if withHalf(direction, { $0.isSkippingBlock }) {
            if header.kind == .continuation { return skip(header, from: start, &position, direction, &output) }
            withHalf(direction) { $0.isSkippingBlock = false }
        }
        // What waits for more of the frame comes here again with it.
        let isNew = withHalf(direction) { half in
            defer { half.isLengthChecked = true }
            return !half.isLengthChecked
        }
        if isNew { checkLength(header, direction, &output) }
        let isTaken = take(header, bytes, start, &position, direction, &output)
        if isTaken { withHalf(direction) { $0.isLengthChecked = false } }
        return isTaken
    }

    /// The frame of a header; false if more bytes are needed.
    private func take(
        _ header: FrameHeader, _ bytes: Span<UInt8>, _ start: Int, _ position: inout Int, _ direction: Direction,
        _ output: inout LayerOutput
    ) -> Bool {
        switch header.kind {
        case .data: return beginData(header, bytes, start, &position, direction, &output)
        case .headers, .pushPromise: return takeBlock(header, bytes, &position, direction, &output)
        case .continuation:
            // Without the frame that it continues, what it adds to the table is not known.
            withHalf(direction) { $0.blocks.lose() }
            return skip(header, from: start, &position, direction, &output)
        case .settings, .resetStream, .windowUpdate, .goAway:
            // Of GOAWAY only what comes before the debug data matters.
            let needed = header.kind == .goAway ? min(header.length, 8) : header.length
            guard needed <= Self.longestControl else { return skip(header, from: start, &position, direction, &output) }
            guard bytes.count - start >= needed else { return false }
            takeControl(header, bytes.extracting(start..<start + needed), direction, &output)
            placeStructure(position..<start + needed, direction, &output)
            position = start + needed
            countControl(header, direction)
            if header.length > needed { rest(of: header, header.length - needed, direction) }
            return true
        case .priority, .ping, .alternativeService, .origin, .priorityUpdate, nil:
            return skip(header, from: start, &position, direction, &output)
        }
    }

    /// Frames of settings are not longer.
    private static let longestControl = 16_384

    func skip(
        _ header: FrameHeader, from start: Int, _ position: inout Int, _ direction: Direction, _ output: inout LayerOutput
    ) -> Bool {
        placeStructure(start - FrameHeader.byteCount..<start, direction, &output)
        position = start
        countControl(header, direction)
        if header.length > 0 {
            rest(of: header, header.length, direction)
            let isStructure = header.kind == .ping || header.kind == .priority
            withHalf(direction) { $0.payload?.isStructure = isStructure }
        }
        return true
    }

    func countControl(_ header: FrameHeader, _ direction: Direction) {
        withHalf(direction) { half in
            half.tally.otherCount += 1
            half.tally.controlByteCount += UInt64(header.length)
        }
    }

    private func rest(of header: FrameHeader, _ count: Int, _ direction: Direction) {
        withHalf(direction) { half in
            half.payload = Half.Payload(content: .nothing, remaining: count, padding: 0, endsStream: false)
        }
    }

    private func checkLength(_ header: FrameHeader, _ direction: Direction, _ output: inout LayerOutput) {
        guard header.length > 16_384, isWhole else { return }
        let limit = withHalf(direction.opposite) { $0.settings.maxFrameSize }
        guard header.length > limit, header.stream > 0 else { return }
        output.note(
            StreamOddity(.frameTooLong, expected: "at most \(limit) bytes", found: "\(header.length) bytes"), of: UInt64(header.stream),
            direction)
    }

    // MARK: DATA

    private func beginData(
        _ header: FrameHeader, _ bytes: Span<UInt8>, _ start: Int, _ position: inout Int, _ direction: Direction,
        _ output: inout LayerOutput
    ) -> Bool {
        var payload = Half.Payload(content: .data(header.stream), remaining: header.length, padding: 0, endsStream: header.endsStream)
        var next = start
        if header.isPadded, header.length > 0 {
            guard start < bytes.count else { return false }
            next += 1
            payload.padding = Int(bytes[start])
            payload.remaining -= 1 + payload.padding
            if payload.remaining < 0 {
                // RFC 9113 §6.1: a connection error. All of it is taken for padding.
                output.note(
                    StreamOddity(
                        .padding, expected: "less than \(header.length) bytes of padding", found: "\(payload.padding) bytes of padding"),
                    of: UInt64(header.stream), direction)
                payload.padding = header.length - 1
                payload.remaining = 0
            }
        }
        withHalf(direction) { half in
            half.tally.dataCount += 1
            half.tally.dataByteCount += UInt64(header.length)
            half.tally.dataPaddingByteCount += UInt64(next - start + payload.padding)
        }
        if !mayCarry(header.stream, direction, "DATA", &output) { payload.content = .nothing }
        count(header.length, of: header.stream, direction, &output)
        placeStructure(position..<next, direction, &output)
        position = next
        if payload.remaining == 0, payload.padding == 0 {
            if payload.endsStream, case .data(let stream) = payload.content { endStream(stream, direction, &output) }
        } else {
            withHalf(direction) { $0.payload = payload }
        }
        return true
    }

    @inline(__always)
    private func deliver(_ range: Range<Int>, of stream: UInt32, _ direction: Direction, _ output: inout LayerOutput) {
        noteGap(of: stream, direction, &output)
        output.deliver(range, to: UInt64(stream), direction)
    }

    /// Reports to a stream that bytes of it may be missing since its last ones.
    func noteGap(of stream: UInt32, _ direction: Direction, _ output: inout LayerOutput) {
        let (count, missing) = withHalf(direction) { ($0.gapCount, $0.missing) }
        guard count > 0, let known = streams[stream]?.gapCount[direction], known != count else { return }
        streams[stream]?.gapCount[direction] = count
        // Of several gaps the newest is known alone.
        output.noteGap(.bounded(known + 1 == count ? missing : nil), of: UInt64(stream), direction)
    }
}
