import Bytes
import Channels

/// One direction of a stream: where its frames are, and what waits.
final class StreamReader {
    enum Stage {
        /// Before the integer that says what a stream of one direction is for.
        case type
        /// Frames of a request or an answer.
        case request
        /// Frames of the control stream.
        case control
        case encoder
        case decoder
        /// After a gap: a DATA frame is looked for.
        case searching
        /// Nothing of it is read.
        case skipping
    }

    /// The rest of the payload of the frame that is being read.
    struct Payload {
        enum Content {
            case data
            case nothing
            /// A field section; one of PUSH_PROMISE is not handed on.
            case section(isPromise: Bool)
            case settings
            case goAway
        }

        var content: Content
        var remaining: UInt64
        /// Bytes of it are missing.
        var isBroken = false

        var isCollected: Bool {
            switch content {
            case .data, .nothing: false
            case .section, .settings, .goAway: true
            }
        }
    }

    /// What the stream waits for.
    enum Wait: Equatable {
        /// The table needs so many entries.
        case entries(UInt64)
        case settings
        /// The frame that may begin with what waits first, and may end at this offset.
        case chain(end: UInt64, frameCount: Int)
    }

    /// What came while the stream waited.
    struct Event {
        enum Content {
            case bytes([UInt8], Origin)
            case gap(UInt64, PacketMark)
            case end(StreamAbort?, PacketMark)
        }

        /// Its offset in the stream.
        var offset: UInt64
        var content: Content

        /// What it counts for the limit.
        var cost: Int { if case .bytes(let bytes, _) = content { bytes.count + 96 } else { 96 } }
    }

    let stream: UInt64
    let direction: Direction
    let isRequest: Bool
    /// Of all streams of its direction.
    let tally: FrameTally
    @safe @exclusivity(unchecked) var stage: Stage
    /// The offset of the next byte that will be handed over.
    @safe @exclusivity(unchecked) var offset: UInt64 = 0
    /// The beginning of a frame's header.
    @safe @exclusivity(unchecked) var header: [UInt8] = []
    @safe @exclusivity(unchecked) var payload: Payload?
    /// As much as there is of a payload that is read when it is whole.
    var collected = ByteBuffer()
    /// The packets that brought the frame which is being read, before the newest ones; nil if it began with those.
    @safe @exclusivity(unchecked) var frameOrigin: Origin?

    @safe @exclusivity(unchecked) var wait: Wait?
    /// A section that waits, whose bytes are `collected`.
    var waitingSection: (isPromise: Bool, origin: Origin, end: UInt64)?
    var waiting: [Event] = []
    /// How many of `waiting` were taken up again.
    var waitingHead = 0
    /// Bytes of the first one that were.
    var waitingStart = 0
    /// Bytes of `collected`, as counted for the limit.
    var collectedCost = 0

    /// Bytes since the last content that may have been content; nil if there is nothing that says so.
    @safe @exclusivity(unchecked) var missing: UInt64?
    /// Its end was handed on.
    @safe @exclusivity(unchecked) var isOver = false
    /// Its receiver wants no more of it.
    var isStopped = false
    var wasReset = false

    init(_ stream: UInt64, _ direction: Direction, isRequest: Bool, stage: Stage, tally: FrameTally) {
        self.stream = stream
        self.direction = direction
        self.isRequest = isRequest
        self.stage = stage
        self.tally = tally
    }

    /// The frame that is being read is one that is read when it is whole, or has not shown what it is.
    var isCollecting: Bool { !header.isEmpty || payload?.isCollected == true }

    /// The next byte begins a frame of a request, and nothing is to be done before it is taken.
    @inline(__always)
    var isAtFrame: Bool {
        guard case .request = stage else { return false }
        return wait == nil && payload == nil && header.isEmpty && missing == nil
    }

    func addMissing(_ count: UInt64) {
        let (sum, overflow) = (missing ?? 0).addingReportingOverflow(count)
        missing = overflow ? .max : sum
    }

    /// The next event that waits.
    var nextEvent: Event? { waitingHead < waiting.count ? waiting[waitingHead] : nil }

    func removeEvent() {
        waiting[waitingHead].content = .bytes([], Origin(PacketMark(number: 0, time: Timestamp(nanoseconds: 0))))
        waitingHead += 1
        waitingStart = 0
        if waitingHead == waiting.count {
            waiting = []
            waitingHead = 0
        }
    }
}

/// What one end has sent, counted by what it is for.
final class FrameTally {
    @safe @exclusivity(unchecked) var framing = Framing()

    @inline(__always)
    func count(contentFrameOf header: FrameHeader) {
        framing.frameCount &+= 1
        framing.contentFrameCount &+= 1
        framing.headerByteCount &+= UInt64(header.byteCount)
        framing.contentByteCount &+= header.length
    }
}
