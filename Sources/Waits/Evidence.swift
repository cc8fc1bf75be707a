import WebSocket

/// A stretch of time in which something kept bytes from coming.
public struct Hindrance: Sendable, Equatable {
    public var cause: Wait.Cause
    public var start: Int64
    public var end: Int64
    /// Whose window it was, who sent again, whose message it was.
    public var side: Side
    public var firstPacket: UInt64 = 0
    public var lastPacket: UInt64 = 0
    public var connection: UInt64 = 0
    public var message: UInt64 = 0

    public init(_ cause: Wait.Cause, of side: Side, from start: Int64, to end: Int64) {
        self.cause = cause
        self.side = side
        self.start = start
        self.end = end
    }
}

/// All that is known of one request and its answer.
public struct WaitEvidence: Sendable {
    public var connection: UInt64 = 0
    public var asker: Side
    /// From the first byte of the request to the last one.
    public var requestStart: Int64
    public var requestEnd: Int64
    /// When the peer's TCP had acknowledged it, and the packet that says so.
    public var acknowledged: (time: Int64, packet: UInt64)?
    /// From the first byte of the answer to the last one.
    public var answerStart: Int64
    public var answerEnd: Int64
    /// The least time from the capture to the peer and back; nil where it was never seen.
    public var roundTrip: Int64?
    /// What happened before this time is not all known.
    public var knownSince = Int64.min

    public init(asker: Side, requestStart: Int64, requestEnd: Int64, answerStart: Int64, answerEnd: Int64) {
        self.asker = asker
        self.requestStart = requestStart
        self.requestEnd = requestEnd
        self.answerStart = answerStart
        self.answerEnd = answerEnd
    }
}
