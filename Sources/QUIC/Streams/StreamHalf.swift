import Channels

/// One direction of a stream.
struct StreamHalf {
    /// How far its bytes were handed on.
    var next: UInt64 = 0
    /// How far it has been seen to reach.
    var highest: UInt64 = 0
    /// The number after that of the packet that brought its highest byte.
    var highestNumber: UInt64 = 0
    var held = HeldRuns()
    /// Where it ends, once that is known, and which packet said so.
    var finalSize: UInt64?
    var finalMark: PacketMark?
    /// Nothing more of it is handed on.
    var isOver = false
    /// What its sender may send; nil where that is not known.
    var limit: UInt64?
    var isStalled = false
    /// When the bytes before those that are held began to be missing, and when it was known that they will not come.
    var gap: GapAge?
    /// How far the receiver has acknowledged it, and what it has beyond.
    private(set) var acknowledgedEnd: UInt64 = 0
    private var acknowledged = NumberSet(limit: 128)
    private(set) var isEndAcknowledged = false

    struct GapAge {
        var datagram: UInt64
        var time: Int64
        var isCertain = false
    }

    /// The receiver has acknowledged bytes of it.
    @inline(__always)
    mutating func acknowledge(_ start: UInt64, _ byteCount: UInt64) {
        let end = start &+ byteCount
        guard end > acknowledgedEnd else { return }
        guard start <= acknowledgedEnd else { return acknowledged.insert(start..<end) }
        acknowledgedEnd = end
        while let end = acknowledged.takeFirst(reaching: acknowledgedEnd) { acknowledgedEnd = max(acknowledgedEnd, end) }
    }

    mutating func acknowledgeEnd() { isEndAcknowledged = true }

    /// Everything of it has arrived, or was given up and that has.
    var isDone: Bool { isOver && isEndAcknowledged }
}

/// A stream and its two directions.
final class QUICStream {
    let id: UInt64
    // Invariant where accesses are not checked for exclusiveness: one thread reaches them, and what changes one in place calls nothing
    // that reaches the same one.
    @safe @exclusivity(unchecked) private var fromLow = StreamHalf()
    @safe @exclusivity(unchecked) private var fromHigh = StreamHalf()

    init(_ id: UInt64) { self.id = id }

    @inline(__always)
    func withHalf<Result>(_ direction: Direction, _ body: (inout StreamHalf) -> Result) -> Result {
        direction == .fromLow ? body(&fromLow) : body(&fromHigh)
    }
}

/// What the two lowest bits of a stream's number say (RFC 9000 §2.1).
struct StreamKind {
    var id: UInt64

    var isServers: Bool { id & 1 != 0 }
    var isOneWay: Bool { id & 2 != 0 }
    /// Which of the streams of its kind it is.
    var index: UInt64 { id >> 2 }
}
