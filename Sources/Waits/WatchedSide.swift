import WebSocket

/// What one side of a watched TCP connection sends, and how far the other one lets it.
struct WatchedSide {
    /// The end of a request that the other side has not acknowledged.
    struct Unacknowledged {
        var offset: Int64
        var connection: UInt64
        var message: UInt64
    }

    private struct Sent {
        var start: Int64
        var end: Int64
        var time: Int64
        var packet: UInt64
    }

    private struct Moment {
        var time: Int64
        var packet: UInt64
    }

    /// The offset after everything that it sent; before anything, below every other.
    private(set) var sent = Int64.min
    /// How much of it was acknowledged.
    private(set) var acknowledged = Int64.min
    /// The offset up to which it may send; nil if that is not known.
    private var edge: Int64?
    /// Bytes of the largest segment that it sends, as far as is known: one that the other side takes, or the largest that was seen.
    private var largest = 1
    private var isLargestKnown = false
    /// The largest window that the other side ever had.
    private var largestWindow = 0
    /// Since when what it may send is too little to send anything.
    private var closed: Moment?
    /// Since when bytes of it are missing in the capture, with others after them.
    private var gap: Moment?
    /// The latest segments, so that the first copy of what is sent again can be dated.
    private var recent: [Sent] = []
    private var oldest = 0
    /// The least time between the capture and this side, there and back.
    var roundTrip: Int64?
    /// In the order of their offsets; those before `firstUnacknowledged` have had their acknowledgement.
    private var unacknowledged: [Unacknowledged] = []
    private var firstUnacknowledged = 0

    /// When its segment came that brought what others waited for, while those are taken; else below every time.
    private(set) var released = Int64.min
    /// When the message that it sent last ended.
    private(set) var messageEnd = Int64.min

    private static let recentLimit = 64
    private static let usualSegment = 1_448

    // MARK: Requests

    /// Waits until the other side acknowledges what was sent by now, a request at its end.
    mutating func awaitAcknowledgment(of message: UInt64, _ connection: UInt64) {
        guard acknowledged < sent, unacknowledged.count < FlowWatch.requestLimit else { return }
        unacknowledged.append(Unacknowledged(offset: sent, connection: connection, message: message))
    }

    /// The next request that a number acknowledges.
    mutating func nextAcknowledged(by number: Int64) -> Unacknowledged? {
        guard firstUnacknowledged < unacknowledged.count, unacknowledged[firstUnacknowledged].offset <= number else { return nil }
        firstUnacknowledged += 1
        let next = unacknowledged[firstUnacknowledged - 1]
        if firstUnacknowledged == unacknowledged.count { awaitNone() }
        return next
    }

    mutating func awaitNone() {
        if !unacknowledged.isEmpty { unacknowledged.removeAll(keepingCapacity: true) }
        firstUnacknowledged = 0
    }

    mutating func noteMessage(until end: Int64) { messageEnd = max(messageEnd, end, released) }

    // MARK: What it sends

    /// Takes one of its segments; what that ended, if it kept bytes from coming.
    mutating func takeData(_ mark: TransportMark) -> Hindrance? {
        if mark.byteCount > 0 { released = mark.fillsGap ? mark.time : .min }
        if mark.fillsGap, let gap {
            self.gap = nil
            var hindrance = Hindrance(.resent, of: mark.from, from: gap.time, to: mark.time)
            (hindrance.firstPacket, hindrance.lastPacket) = (gap.packet, mark.packet)
            note(mark)
            return hindrance
        }
        guard mark.byteCount > 0 else { return nil }
        if mark.isHeld, gap == nil { gap = Moment(time: mark.time, packet: mark.packet) }
        guard mark.isRepeated || mark.end <= sent else {
            note(mark)
            return nil
        }
        // A single byte asks whether the other side is there.
        guard mark.byteCount > 1, acknowledged < mark.end, let first = firstCopy(of: mark) else { return nil }
        var hindrance = Hindrance(.resent, of: mark.from, from: first.time, to: mark.time)
        (hindrance.firstPacket, hindrance.lastPacket) = (first.packet, mark.packet)
        return hindrance
    }

    private mutating func note(_ mark: TransportMark) {
        guard mark.end > sent else { return }
        // What it sends without filling the window was not kept back by it.
        if let edge, closed != nil, mark.end < edge { closed = nil }
        sent = mark.end
        // Captures at the sender have segments that its network card still has to cut.
        if !isLargestKnown { largest = max(largest, min(mark.byteCount, Self.usualSegment)) }
        remember(Sent(start: mark.start, end: mark.end, time: mark.time, packet: mark.packet))
        if isTooSmall, closed == nil { closed = Moment(time: mark.time, packet: mark.packet) }
    }

    private mutating func remember(_ piece: Sent) {
        if recent.count < Self.recentLimit { return recent.append(piece) }
        recent[oldest] = piece
        oldest = (oldest + 1) % Self.recentLimit
    }

    /// The packets that brought bytes of a segment before.
    func packets(of mark: TransportMark) -> [UInt64] { recent.filter { $0.end > mark.start && $0.start < mark.end }.map(\.packet) }

    private func firstCopy(of mark: TransportMark) -> Sent? {
        recent.filter { $0.end > mark.start && $0.start < mark.end }.min { $0.time < $1.time }
    }

    // MARK: How far it may send

    /// Takes an acknowledgement of the other side; a window that was closed until then, if any.
    mutating func takeAcknowledgment(_ number: Int64, _ mark: TransportMark) -> Hindrance? {
        acknowledged = max(acknowledged, number)
        edge = mark.window.map { number + Int64($0) }
        largestWindow = max(largestWindow, mark.window ?? 0)
        if let limit = mark.segmentLimit {
            isLargestKnown = true
            // Timestamps take twelve of them, as a rule.
            largest = max(1, limit - 12)
        }
        if mark.window == 0 || isTooSmall {
            if closed == nil { closed = Moment(time: mark.time, packet: mark.packet) }
            return nil
        }
        guard let closed else { return nil }
        self.closed = nil
        var hindrance = Hindrance(.window, of: mark.from, from: closed.time, to: mark.time)
        (hindrance.firstPacket, hindrance.lastPacket) = (closed.packet, mark.packet)
        return hindrance
    }

    /// A sender with more to send waits until there is room for a whole segment, or for half of the largest window (RFC 9293 §3.8.6.2.1).
    private var isTooSmall: Bool {
        guard let edge, sent > .min else { return false }
        return edge - sent < Int64(max(1, min(largest, largestWindow / 2)))
    }

    /// The window that is still closed.
    func ongoing(of side: Side, until time: Int64) -> Hindrance? {
        guard let closed, closed.time < time else { return nil }
        var hindrance = Hindrance(.window, of: side.other, from: closed.time, to: time)
        (hindrance.firstPacket, hindrance.lastPacket) = (closed.packet, closed.packet)
        return hindrance
    }
}
