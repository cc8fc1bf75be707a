import Bytes
import Channels

/// What one end of a connection sends: where its frames are, and what it has announced.
struct Half {
    enum Stage {
        /// Before the client's preface.
        case preface
        /// Before the server's first frame.
        case opening
        case frames
        /// After a gap: a frame header is looked for.
        case searching
    }

    var stage: Stage
    var search = FrameSearch()
    /// The rest of the payload of the frame that is being read.
    var payload: Payload?
    /// Frames of a field block that were looked at, of which not all bytes are there: their length, and whether the last of them ends it.
    var walk: (byteCount: Int, isWhole: Bool)?
    /// Bytes that were left unread.
    var waitingByteCount = 0
    /// The length of the next frame, which waits for more bytes, was judged.
    var isLengthChecked = false
    /// A field block is passed over up to its end.
    var isSkippingBlock = false
    var blocks: HeaderBlockDecoder
    var settings = Settings()
    var hasSettings = false
    /// Bytes that it may send on the whole connection, as the other end says; nil where that is not known.
    var window: Int64? = 65_535
    var isStalled = false
    var tally = FrameTally()
    /// The highest number of a stream that it opened.
    var highestStream: UInt32 = 0
    /// Gaps so far, for streams to notice that they may lack something.
    var gapCount = 0
    /// Those that a stream which opens now need not care about: while a header is looked for, something of it may be passed over.
    var knownGapCount: Int { stage == .searching && gapCount > 0 ? gapCount - 1 : gapCount }
    /// Bytes that are missing at the newest gap, or were passed over after it; nil if nothing bounds them.
    var missing: UInt64?

    struct Payload {
        enum Content {
            case data(UInt32)
            case nothing
        }

        var content: Content
        /// Bytes that are left, without padding.
        var remaining: Int
        var padding: Int
        var endsStream: Bool
        /// It says nothing: a ping, or a priority.
        var isStructure = false
    }
}

/// Frames that one end sent, counted.
struct FrameTally {
    var dataCount: UInt64 = 0
    /// What is in DATA frames, padding included.
    var dataByteCount: UInt64 = 0
    /// What is in frames with field blocks, padding included.
    var blockByteCount: UInt64 = 0
    /// Frames without content.
    var otherCount: UInt64 = 0
    var dataPaddingByteCount: UInt64 = 0
    /// Padding, priority and promised streams in those frames.
    var blockPaddingByteCount: UInt64 = 0
    /// What is in frames with neither content nor a field block.
    var controlByteCount: UInt64 = 0
    var streamCount: UInt64 = 0

    var framing: Framing {
        var framing = Framing()
        framing.frameCount = dataCount + otherCount
        framing.contentFrameCount = dataCount
        framing.headerByteCount = framing.frameCount * UInt64(FrameHeader.byteCount)
        framing.paddingByteCount = dataPaddingByteCount + blockPaddingByteCount
        framing.contentByteCount = dataByteCount - dataPaddingByteCount
        framing.headByteCount = blockByteCount - blockPaddingByteCount
        framing.controlByteCount = controlByteCount
        framing.streamCount = streamCount
        return framing
    }
}

/// A stream that is open, or half of it.
struct StreamState {
    /// What each end may send beyond, or less than, the initial window.
    var credit = Pair<Int64>(fromLow: 0, fromHigh: 0)
    /// The windows are not known: it began before the capture.
    var hasCredit = true
    var ended = Pair<Bool>(fromLow: false, fromHigh: false)
    var stalled = Pair<Bool>(fromLow: false, fromHigh: false)
    /// How many gaps each direction knew of.
    var gapCount = Pair<Int>(fromLow: 0, fromHigh: 0)
    /// A request that the server makes itself (PUSH_PROMISE); nothing of it is handed on.
    var isPushed = false
}

/// How a stream ended that is over.
struct ClosedStream {
    /// Who had ended its own half, by END_STREAM or RST_STREAM: it must not send any more.
    var ended: Pair<Bool>
    /// The end that has not ended it may still send what it sent before it heard of a reset.
    var drains = false
    /// Some of that may be missing, which was reported.
    var lacks = false
}
