import Bytes
import Packets

/// Puts one direction's TCP segments in order (RFC 9293 §3.10.7.4), as a bystander who may have missed some.
///
/// In-order payload is handed straight back as a range of the segment: nothing is copied. Segments from the future are held,
/// within limits. Bytes that were accepted are never replaced by a later copy. A hole stays open until the other side
/// acknowledges past it, so that it cannot be filled any more, or until a limit is reached; it is then given a size and
/// passed over.
public struct StreamReassembler: ~Copyable {
    public struct Limits: Sendable {
        /// Bytes that may wait behind a hole, per direction.
        ///
        /// Each held segment counts 64 bytes more than its payload.
        public var heldByteCount = 1 << 20
        /// Segments that may wait behind a hole when the other side was never seen to acknowledge anything.
        public var heldWithoutPeer = 64

        public init() {}
    }

    /// Where a segment's payload belongs.
    public struct Placement: Equatable, Sendable {
        /// Captured payload bytes that are next in the stream, as a range of the segment's captured payload.
        public var delivered = 0..<0
        /// Stream bytes right behind them that the capture cut off (snaplen).
        public var cutOff = 0
        /// The segment repeats accepted bytes with a different content.
        public var contradicts = false
        /// Some of it was accepted before.
        public var isRetransmission = false
        /// Payload bytes that were accepted before, or wait already.
        public var repeated = 0
        /// It waits behind a hole.
        public var isHeld = false
        /// `nextHeld` or `overdueGap` may have something to say.
        public var needsAttention = false
    }

    /// A segment's payload that waits behind a hole.
    public struct Held: Sendable {
        public var sequence: UInt32
        public var bytes: [UInt8]
        /// Bytes of `bytes` that were delivered already.
        public var skipped = 0
        /// Bytes right behind that the capture cut off.
        public var cutOff: Int
        public var mark: PacketMark

        @inlinable var length: Int { bytes.count + cutOff }
    }

    /// Acknowledgements past a hole before it counts as lost: captures on several queues or interfaces swap packets, and a
    /// segment may stand a little behind the acknowledgement that answers it.
    static let patience = 3
    /// The same where no segment stands behind the hole, so that it is known from acknowledgements alone.
    static let longPatience = 16
    private static let overheadByteCount = 64
    /// What an acknowledgement or first segment may be away from the expected place and still belong to it.
    private static let plausibleDistance = 1 << 24

    /// The first sequence number of data, when a SYN told it.
    public private(set) var initialSequence: UInt32?
    public private(set) var isSynchronized = false
    /// The sequence number of the next byte.
    public private(set) var next: UInt32 = 0
    /// Stream bytes before the next one, missing ones included.
    public private(set) var offset: UInt64 = 0
    /// The sequence number of the FIN, once seen.
    public private(set) var finSequence: UInt32?
    private var highestAcknowledgment: UInt32?
    private var acknowledgedPastHole = 0
    private var held: [Held] = []
    private var heldByteCount = 0
    /// The last pieces that were delivered: in one cache line, because one of them is written for every segment.
    private var recent: [4 of RecentPiece] = .init(repeating: RecentPiece())
    private var recentSlot = 0

    public init() {}

    // MARK: Facts

    public var isHoleOpen: Bool { !held.isEmpty }
    /// True when every byte up to the FIN was handed on.
    public var isFinished: Bool { finSequence.map { distance(from: next, to: $0) <= 0 } ?? false }
    /// True when the other side has acknowledged every byte that was handed on.
    public var isAcknowledged: Bool { highestAcknowledgment.map { distance(from: next, to: $0) >= 0 } ?? false }
    /// True when the other side has acknowledged bytes that were not handed on yet.
    public var isBehindAcknowledgment: Bool { highestAcknowledgment.map { distance(from: next, to: $0) > 0 } ?? false }
    /// True when the other side has acknowledged one number more than there are bytes: a FIN that was not seen yet.
    public var isUnseenFinAcknowledged: Bool { finSequence == nil && isSynchronized && highestAcknowledgment == next &+ 1 }
    /// True for a keep-alive or window probe, which stands one before the next byte (RFC 9293 §3.8.4).
    public func isProbe(_ segment: Segment) -> Bool {
        isSynchronized && segment.payloadLength <= 1 && segment.sequence == next &- 1
            && segment.flags.isDisjoint(with: [.syn, .fin, .rst])
    }
    /// The stream offset up to which the other side has acknowledged bytes that were handed on; nil when it was never seen to
    /// acknowledge any. Negative where it acknowledged only bytes that were sent before the capture began.
    public var acknowledgedOffset: Int64? {
        guard isSynchronized, let highestAcknowledgment else { return nil }
        let left = distance(from: highestAcknowledgment, to: next)
        return left < Self.plausibleDistance ? Int64(clamping: offset) - Int64(max(0, left)) : nil
    }
    /// Bytes handed on behind a sequence number that the other side has received, as far as `number` or what it acknowledged before says.
    public func receivedByteCount(behind sequence: UInt32, upTo number: UInt32?) -> Int {
        guard isSynchronized, let end = number ?? highestAcknowledgment else { return 0 }
        let count = min(distance(from: sequence, to: end), distance(from: sequence, to: next))
        return count < Self.plausibleDistance ? max(0, count) : 0
    }
    /// When the first of the held segments was captured.
    public var heldSince: Timestamp? { held.first?.mark.time }

    /// Bytes held, for a limit on the total.
    public var heldBytes: Int { heldByteCount }

    /// True when `nextHeld` or `overdueGap` may have something to say.
    public var needsAttention: Bool { !held.isEmpty || acknowledgedPastHole >= Self.longPatience }

    /// The offset in the stream of a sequence number, which is taken to be within half the sequence space.
    public func streamOffset(of sequence: UInt32) -> Int64 {
        Int64(truncatingIfNeeded: offset) + Int64(distance(from: next, to: sequence))
    }

    /// True when a segment's payload reaches past everything seen.
    public func isAhead(_ segment: Segment) -> Bool {
        isSynchronized && distance(from: next, to: segment.sequence) + segment.payloadLength > 0
    }

    /// True when a segment's place has nothing to do with this stream's.
    public func isFarAway(_ segment: Segment) -> Bool {
        isSynchronized && abs(distance(from: next, to: segment.sequence)) > Self.plausibleDistance
    }

    // MARK: Segments

    /// Takes a SYN: data begin behind it.
    public mutating func synchronize(initial sequence: UInt32) {
        initialSequence = sequence &+ 1
        if !isSynchronized { begin(at: sequence &+ 1) }
    }

    /// True when a SYN with this sequence number belongs to another connection than this one.
    public func isForeign(synSequence sequence: UInt32) -> Bool {
        if let initialSequence { return initialSequence != sequence &+ 1 }
        // Data may have overtaken their SYN in the capture.
        return isSynchronized && next &- UInt32(truncatingIfNeeded: offset) != sequence &+ 1
    }

    /// Places a segment's payload; `bytes` are its captured payload bytes.
    ///
    /// After this, `nextHeld` yields what became deliverable by it.
    public mutating func accept(
        _ segment: Segment, bytes: Span<UInt8>, mark: PacketMark, limits: Limits, recent memory: inout RecentBytes
    ) -> Placement {
        var placement = place(segment, bytes, mark, limits, &memory)
        placement.needsAttention = needsAttention
        return placement
    }

    private mutating func place(
        _ segment: Segment, _ bytes: Span<UInt8>, _ mark: PacketMark, _ limits: Limits, _ memory: inout RecentBytes
    ) -> Placement {
        var placement = Placement()
        let isSYN = segment.flags.rawValue & TCPFlags.syn.rawValue != 0
        let isFIN = segment.flags.rawValue & TCPFlags.fin.rawValue != 0
        let start = isSYN ? segment.sequence &+ 1 : segment.sequence
        // A capture that says less of the wire than it holds is wrong about the wire.
        let length = max(segment.payloadLength, bytes.count)
        if !isSynchronized {
            if length == 0 && !isFIN { return placement }
            begin(at: firstPlace(start))
        }
        let ahead = distance(from: next, to: start)
        // A FIN before bytes that were accepted is not this stream's.
        if isFIN, finSequence == nil, abs(ahead) < Self.plausibleDistance, ahead + length >= 0 {
            finSequence = start &+ UInt32(truncatingIfNeeded: length)
        }
        guard length > 0 else { return placement }

        if ahead > 0 {
            // Beyond half the sequence space before and behind are one. A single byte that was acknowledged already, with a hole
            // before it, is a keep-alive probe.
            guard ahead + length <= Int32.max, length > 1 || highestAcknowledgment != start &+ 1 else { return placement }
            placement.isHeld = true
            placement.contradicts = contradictsHeld(bytes, at: start)
            placement.repeated = length - hold(bytes, length: length, from: 0, at: start, mark: mark)
            return placement
        }
        let old = -ahead
        if old > 0 {
            placement.repeated = min(old, length)
            // A keep-alive probe repeats the last byte, often as garbage (RFC 9293 §3.8.4); it says nothing about the data.
            if length == 1 && old == 1 { return placement }
            placement.isRetransmission = true
            placement.contradicts = contradicts(bytes, at: start, upTo: min(old, bytes.count), memory)
            guard old < length else { return placement }
        }
        acknowledgedPastHole = 0
        // What reaches as far as a held segment goes on only up to it: the copy that came first stays.
        let end = held.first.map { max(old, min(length, distance(from: start, to: $0.sequence))) } ?? length
        if end < length {
            if contradictsHeld(bytes, at: start) { placement.contradicts = true }
            placement.repeated += length - end - hold(bytes, length: length, from: end, at: start, mark: mark)
        }
        placement.delivered = min(old, bytes.count)..<min(end, bytes.count)
        placement.cutOff = max(0, end - max(old, bytes.count))
        advance(by: end - old)
        remember(bytes.extracting(placement.delivered), at: start &+ UInt32(truncatingIfNeeded: old), &memory)
        return placement
    }

    /// The next held segment whose turn has come, its bytes from `skipped` on being next in the stream.
    public mutating func nextHeld(recent memory: inout RecentBytes) -> Held? {
        while let first = held.first {
            let ahead = distance(from: next, to: first.sequence)
            guard ahead <= 0 else { return nil }
            var piece = held.removeFirst()
            heldByteCount -= piece.bytes.count + Self.overheadByteCount
            if held.isEmpty { acknowledgedPastHole = 0 }
            guard -ahead < piece.length else { continue }
            piece.skipped = min(-ahead, piece.bytes.count)
            piece.cutOff = piece.length - max(-ahead, piece.bytes.count)
            advance(by: piece.bytes.count - piece.skipped + piece.cutOff)
            let fresh = piece.bytes.span.extracting(piece.skipped..<piece.bytes.count)
            remember(fresh, at: piece.sequence &+ UInt32(truncatingIfNeeded: piece.skipped), &memory)
            return piece
        }
        return nil
    }

    // MARK: Holes

    /// Notes what the other side acknowledges, once for each of its packets; true when `nextHeld` or `overdueGap` may have
    /// something to say.
    @discardableResult
    public mutating func acknowledge(_ number: UInt32) -> Bool {
        if let highest = highestAcknowledgment, distance(from: highest, to: number) <= 0,
            !isSynchronized || distance(from: next, to: highest) < Self.plausibleDistance
        {
            // Repeated, or an old one overtaken on its way. An absurd one before it, though, is not to stand for ever.
        } else {
            highestAcknowledgment = number
        }
        if isSynchronized, distance(from: next, to: number) > 0 { acknowledgedPastHole += 1 }
        return needsAttention
    }

    /// The hole before the first held segment, or behind everything that was seen, when it will not be filled any more; the
    /// stream then goes on behind it.
    public mutating func overdueGap(limits: Limits) -> Gap? {
        guard let first = held.first else {
            guard acknowledgedPastHole >= Self.longPatience, let missing = missingTail else { return nil }
            return passOver(missing, .notCaptured)
        }
        if acknowledgedPastHole >= Self.patience, let highest = highestAcknowledgment {
            let acknowledged = distance(from: next, to: highest)
            let hole = distance(from: next, to: first.sequence)
            // An acknowledgement inside the hole says that much of it is lost; what is behind may still be on its way.
            return passOver(min(acknowledged, hole), .notCaptured)
        }
        let isOverLimit = heldByteCount > limits.heldByteCount || (highestAcknowledgment == nil && held.count > limits.heldWithoutPeer)
        return isOverLimit ? passOver(distance(from: next, to: first.sequence), .limit) : nil
    }

    /// Whatever hole is still open, when nothing more will come: before a held segment, or at the end of what was acknowledged.
    public mutating func finalGap() -> Gap? {
        guard isSynchronized else { return nil }
        if let first = held.first { return passOver(distance(from: next, to: first.sequence), .end) }
        if let finSequence { return passOver(distance(from: next, to: finSequence), .end) }
        return missingTail.flatMap { passOver($0, .end) }
    }

    /// Bytes that the other side acknowledged although nothing of them, nor anything behind them, was seen.
    private var missingTail: Int? {
        guard let highest = highestAcknowledgment else { return nil }
        let acknowledged = distance(from: next, to: highest)
        guard acknowledged < Self.plausibleDistance else { return nil }
        // A FIN takes a number too: that of one which was seen is no byte, and one byte more than was seen may be one.
        if let finSequence { return min(acknowledged, distance(from: next, to: finSequence)) }
        return acknowledged > 1 ? acknowledged : nil
    }

    private mutating func passOver(_ count: Int, _ cause: GapCause) -> Gap? {
        guard count > 0 else { return nil }
        advance(by: count)
        acknowledgedPastHole = 0
        return Gap(byteCount: UInt64(count), cause: cause)
    }

    // MARK: Within

    private mutating func begin(at sequence: UInt32) {
        next = sequence
        isSynchronized = true
    }

    /// Where a stream begins whose SYN was not seen: what the other side has acknowledged is known to have gone before.
    private func firstPlace(_ start: UInt32) -> UInt32 {
        guard let highest = highestAcknowledgment, abs(distance(from: start, to: highest)) < Self.plausibleDistance else { return start }
        return highest
    }

    private mutating func advance(by count: Int) {
        next = next &+ UInt32(truncatingIfNeeded: count)
        offset += UInt64(count)
    }

    /// Keeps what no held segment covers of a segment that starts at `start`, from its byte at `position` on; the number of
    /// those bytes, cut off ones included.
    private mutating func hold(_ bytes: Span<UInt8>, length: Int, from position: Int, at start: UInt32, mark: PacketMark) -> Int {
        var position = position
        var added = 0
        var index = firstHeld(endingBehind: start &+ UInt32(truncatingIfNeeded: position))
        while position < length {
            let place = start &+ UInt32(truncatingIfNeeded: position)
            let untilNext = index < held.count ? distance(from: place, to: held[index].sequence) : Int.max
            if untilNext > 0 {
                let end = position + min(untilNext, length - position)
                let captured = min(position, bytes.count)..<min(end, bytes.count)
                let piece = Held(
                    sequence: place, bytes: bytes.extracting(captured).copied(), cutOff: end - position - captured.count, mark: mark)
                held.insert(piece, at: index)
                heldByteCount += piece.bytes.count + Self.overheadByteCount
                added += end - position
                position = end
            } else {
                position += held[index].length + untilNext
            }
            index += 1
        }
        return added
    }

    /// The place in `held`, which is in order and without overlap, of the first segment that ends behind `start`.
    private func firstHeld(endingBehind start: UInt32) -> Int {
        let ahead = distance(from: next, to: start)
        var range = 0..<held.count
        // Nearly always the newest segment belongs behind all others.
        if let last = held.last, distance(from: next, to: last.sequence) + last.length <= ahead { return held.count }
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if distance(from: next, to: held[middle].sequence) + held[middle].length > ahead {
                range = range.lowerBound..<middle
            } else {
                range = middle + 1..<range.upperBound
            }
        }
        return range.lowerBound
    }

    private mutating func remember(_ bytes: Span<UInt8>, at sequence: UInt32, _ memory: inout RecentBytes) {
        guard !bytes.isEmpty, let place = memory.remember(bytes) else { return }
        recent[recentSlot] = RecentPiece(sequence: sequence, byteCount: UInt32(bytes.count), place: place)
        recentSlot = (recentSlot + 1) % recent.count
    }

    private func contradictsHeld(_ bytes: Span<UInt8>, at start: UInt32) -> Bool {
        for index in firstHeld(endingBehind: start)..<held.count {
            let shift = distance(from: start, to: held[index].sequence)
            guard shift < bytes.count else { break }
            let (from, to) = (max(shift, 0), min(shift + held[index].bytes.count, bytes.count))
            guard from < to else { continue }
            for place in from..<to where bytes[place] != held[index].bytes[place - shift] { return true }
        }
        return false
    }

    private func contradicts(_ bytes: Span<UInt8>, at start: UInt32, upTo count: Int, _ memory: borrowing RecentBytes) -> Bool {
        for slot in recent.indices {
            let entry = recent[slot]
            let shift = distance(from: start, to: entry.sequence)
            let from = max(shift, 0)
            let to = min(shift + Int(entry.byteCount), count)
            guard from < to else { continue }
            var place = entry.place
            place.offset += UInt32(from - shift)
            if memory.differs(at: place, from: bytes.extracting(from..<to)) { return true }
        }
        return false
    }
}

/// Where the bytes of a delivered piece are remembered.
private struct RecentPiece {
    var sequence: UInt32 = 0
    var byteCount: UInt32 = 0
    var place = RecentBytes.Place()
}
