import WebSocket

/// The frames of one side of a shared TCP connection that may still have to wait, and the waits of all others.
struct SharedSide {
    /// Frames of which TCP has not acknowledged the bytes; beyond these the oldest are taken to have arrived.
    static let frameLimit = 256
    /// Late segments that are remembered while bytes are missing.
    private static let lateLimit = 64

    private struct Sent {
        var frame: SharedFrame
        /// TCP's offset after the newest segment when it came.
        var offset: Int64
        var ready: Int64
        var released: Int64
        /// The packet that released it; 0 if it had to wait for none.
        var latePacket: UInt64 = 0
    }

    private struct Late {
        var packet: UInt64
        var time: Int64
    }

    private let side: Side
    private(set) var waited = HeadOfLine()
    private var frames: [Sent] = []
    private var firstFrame = 0
    /// Segments that came late since bytes were last missing. The last of them releases what follows.
    private var late: [Late] = []
    private var isReleasing = false
    /// When the newest bytes of a WebSocket connection came, while bytes are missing.
    private var ready: [UInt64: Int64] = [:]
    private var lastCounted: UInt64 = 0

    init(from side: Side) { self.side = side }

    // MARK: Segments

    /// A segment that brings bytes for which others wait: what follows is released by it.
    mutating func fill(_ mark: TransportMark) {
        if late.count >= Self.lateLimit { late.removeFirst() }
        late.append(Late(packet: mark.packet, time: mark.time))
        isReleasing = true
    }

    /// A segment that is next, or waits for another one.
    mutating func takeNext(_ mark: TransportMark) {
        isReleasing = false
        guard !mark.isHeld, !mark.isRepeated, !late.isEmpty else { return }
        // What is next shows that nothing is missing any more.
        late.removeAll(keepingCapacity: true)
        ready.removeAll(keepingCapacity: true)
    }

    /// A segment that was captured before and is sent again: what came after its first copy waits for it, unless it is of the same stream.
    mutating func sendAgain(_ copies: [UInt64], until time: Int64, in packet: UInt64) {
        isReleasing = false
        guard firstFrame < frames.count, let first = copies.min() else { return }
        let pending = frames[firstFrame...]
        let own = Set(pending.filter { sent in copies.contains { sent.frame.spans($0) } }.map(\.frame.connection))
        for index in pending.indices where frames[index].frame.lastPacket >= first && frames[index].released < time {
            if own.contains(frames[index].frame.connection) { frames[index].ready = max(frames[index].ready, time) }
            frames[index].released = time
            frames[index].latePacket = packet
        }
    }

    // MARK: Frames

    mutating func take(_ frame: SharedFrame, sentUpTo offset: Int64) {
        var sent = Sent(frame: frame, offset: offset, ready: frame.time, released: frame.time)
        if !late.isEmpty {
            for segment in late where frame.spans(segment.packet) { sent.ready = max(sent.ready, segment.time) }
            sent.ready = max(sent.ready, ready[frame.connection] ?? .min)
            ready[frame.connection] = sent.ready
            if isReleasing, let segment = late.last, segment.time > sent.released {
                sent.released = segment.time
                sent.latePacket = segment.packet
            }
        }
        frames.append(sent)
        if frames.count - firstFrame > Self.frameLimit { settleFirst() }
    }

    /// The other side's TCP has all bytes before an offset.
    mutating func drain(upTo offset: Int64) {
        while firstFrame < frames.count, frames[firstFrame].offset <= offset { settleFirst() }
    }

    mutating func settleAll() {
        while firstFrame < frames.count { settleFirst() }
    }

    private mutating func settleFirst() {
        let sent = frames[firstFrame]
        firstFrame += 1
        if firstFrame == frames.count {
            frames.removeAll(keepingCapacity: true)
            firstFrame = 0
        } else if firstFrame >= Self.frameLimit {
            frames.removeFirst(firstFrame)
            firstFrame = 0
        }
        guard sent.released > sent.ready else { return }
        if sent.latePacket != lastCounted {
            lastCounted = sent.latePacket
            waited.segmentCount += 1
        }
        waited.add(
            HeadOfLine.Waited(
                nanoseconds: sent.released - sent.ready, connection: sent.frame.connection, frame: sent.frame.number, from: side,
                packet: sent.latePacket))
    }
}
