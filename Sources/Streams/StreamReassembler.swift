import Bytes
import Channels
import Packets

/// Puts one direction's TCP segments in order (RFC 9293 §3.10.7.4), as an observer who may have missed some.
///
/// In-order payload is returned as a range of the segment: nothing is copied. Segments that are ahead are held, within limits.
/// Accepted bytes are never replaced by a later copy. A gap stays open until the other side acknowledges past it, so that it
/// cannot be filled any more, or until a limit is reached. It then gets a size, and the stream goes on after it.
public struct StreamReassembler: ~Copyable {
    public struct Limits: Sendable {
        /// Bytes that may wait after a gap, per direction.
        ///
        /// Each held segment counts as 64 bytes more than its payload.
        public var heldByteCount = 1 << 20
        /// Segments that may wait after a gap if no acknowledgement from the other side was captured.
        public var heldWithoutPeer = 128
        /// A gap that was acknowledged may be given up, since its bytes are not among the packets that come next.
        public var passesGaps = true
        /// Bytes that are known from acknowledgements alone may be given up before the end.
        public var passesTail = true

        public init() {}
    }

    /// Where a segment's payload belongs.
    public struct Placement: Equatable, Sendable {
        /// Captured payload bytes that are next in the stream, as a range of the segment's captured payload.
        public var delivered = 0..<0
        /// The number of stream bytes right after them that the capture cut off (snaplen).
        public var cutOff = 0
        /// The segment repeats accepted bytes with different content.
        public var contradicts = false
        /// Some of it was accepted before.
        public var isRetransmission = false
        /// Payload bytes that were accepted before, or wait already.
        public var repeated = 0
        /// It waits after a gap.
        public var isHeld = false
        /// `nextHeld` or `overdueGap` may return something.
        public var needsAttention = false
    }

    /// Acknowledgements past a gap before it counts as lost: captures on several queues or interfaces swap packets, and a
    /// segment may come a little after the acknowledgement that answers it.
    static let patience: UInt8 = 3
    /// The same if no segment follows the gap, so that it is known from acknowledgements alone.
    static let longPatience: UInt8 = 16
    private static let overheadByteCount = 64
    /// Bytes that may stand in a capture before the SYN of their stream.
    private static let lateness = 1 << 20
    /// How far an acknowledgement or first segment may be from the expected sequence number and still belong to the stream.
    public static let plausibleDistance = 1 << 24

    /// The sequence number of the next byte.
    public private(set) var next: UInt32 = 0
    var highest: UInt32 = 0
    private var initial: UInt32 = 0
    private var fin: UInt32 = 0
    public private(set) var isSynchronized = false
    var hasAcknowledgment = false
    private var hasInitial = false
    private(set) var hasFIN = false
    var acknowledgedPastGap: UInt8 = 0
    /// The piece that was delivered last.
    private var recent = RecentBytes.Place()
    /// Stream bytes before the next one, missing ones included.
    public private(set) var offset: UInt64 = 0
    /// What waits after a gap; nil if nothing does, which is nearly always.
    private(set) var held: HeldSegments?

    /// The first sequence number of data, if a SYN was captured.
    public var initialSequence: UInt32? { hasInitial ? initial : nil }
    /// The sequence number of the FIN, once captured.
    public var finSequence: UInt32? { hasFIN ? fin : nil }
    private var highestAcknowledgment: UInt32? { hasAcknowledgment ? highest : nil }

    public init() {}

    // MARK: Facts

    /// True if every byte up to the FIN was passed on.
    public var isFinished: Bool { finSequence.map { distance(from: next, to: $0) <= 0 } ?? false }
    /// True if the other side has acknowledged every byte that was passed on.
    public var isAcknowledged: Bool { highestAcknowledgment.map { distance(from: next, to: $0) >= 0 } ?? false }
    /// True if the other side has acknowledged bytes that have not been passed on yet.
    public var isBehindAcknowledgment: Bool { highestAcknowledgment.map { distance(from: next, to: $0) > 0 } ?? false }
    /// True if the other side has acknowledged one number more than there are bytes: a FIN that has not been captured yet.
    public var isUnseenFinAcknowledged: Bool { finSequence == nil && isSynchronized && highestAcknowledgment == next &+ 1 }
    /// True for a keep-alive or window probe, whose sequence number is one before the next byte's (RFC 9293 §3.8.4).
    public func isProbe(_ segment: Segment) -> Bool {
        isSynchronized && segment.payloadLength <= 1 && segment.sequence == next &- 1
            && segment.flags.isDisjoint(with: [.syn, .fin, .rst])
    }
    /// The stream offset up to which the other side has acknowledged bytes that were passed on; nil if no acknowledgement was
    /// captured. Negative if it acknowledged only bytes that were sent before the capture began.
    public var acknowledgedOffset: Int64? {
        guard isSynchronized, let highestAcknowledgment else { return nil }
        let left = distance(from: highestAcknowledgment, to: next)
        return left < Self.plausibleDistance ? Int64(clamping: offset) - Int64(max(0, left)) : nil
    }
    /// The same where bytes count that were not passed on, because they are missing or still to come.
    public var acknowledgedEnd: Int64? {
        guard isSynchronized, let highestAcknowledgment, abs(distance(from: next, to: highestAcknowledgment)) < Self.plausibleDistance
        else { return nil }
        return streamOffset(of: highestAcknowledgment)
    }
    /// Bytes passed on after `sequence` that the other side has received, according to `number` or to what it acknowledged before.
    public func receivedByteCount(behind sequence: UInt32, upTo number: UInt32?) -> Int {
        guard isSynchronized, let end = number ?? highestAcknowledgment else { return 0 }
        let count = min(distance(from: sequence, to: end), distance(from: sequence, to: next))
        return count < Self.plausibleDistance ? max(0, count) : 0
    }
    /// When the first held segment was captured.
    public var heldSince: Timestamp? { held?.first?.mark.time }

    /// Bytes held, for a limit on the total.
    public var heldBytes: Int { held?.byteCount ?? 0 }

    /// True if `nextHeld` or `overdueGap` may return something.
    @inline(__always) public var needsAttention: Bool { held != nil || acknowledgedPastGap >= Self.longPatience }

    /// The stream offset of a sequence number, which is assumed to be within half the sequence space.
    public func streamOffset(of sequence: UInt32) -> Int64 {
        Int64(truncatingIfNeeded: offset) + Int64(distance(from: next, to: sequence))
    }

    /// True if a segment's payload reaches past everything that was passed on.
    public func isAhead(_ segment: Segment) -> Bool {
        isSynchronized && distance(from: next, to: segment.sequence) + segment.payloadLength > 0
    }

    /// True if a segment's sequence number has nothing to do with this stream's.
    public func isFarAway(_ segment: Segment) -> Bool {
        isSynchronized && abs(distance(from: next, to: segment.sequence)) > Self.plausibleDistance
    }

    /// Forgets a FIN: what came after it shows that it was none of this stream.
    public mutating func withdrawFIN() { hasFIN = false }

    // MARK: Segments

    /// Takes a SYN: data begin after it.
    public mutating func synchronize(initial sequence: UInt32) {
        initial = sequence &+ 1
        hasInitial = true
        if !isSynchronized { begin(at: sequence &+ 1) }
    }

    /// True if a SYN with this sequence number belongs to another connection.
    public func isForeign(synSequence sequence: UInt32) -> Bool {
        if let initialSequence { return initialSequence != sequence &+ 1 }
        // Data may come before their SYN in the capture, and those that come first need not be the first.
        guard isSynchronized else { return false }
        let before = distance(from: sequence &+ 1, to: next &- UInt32(truncatingIfNeeded: offset))
        return before < 0 || before > Self.lateness
    }

    /// Places a segment's payload; `bytes` are its captured payload bytes.
    ///
    /// After this, `nextHeld` returns what became deliverable by it.
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
        // A capture that claims fewer bytes on the wire than it contains is wrong about the wire.
        let length = max(segment.payloadLength, bytes.count)
        if !isSynchronized {
            if length == 0 && !isFIN { return placement }
            begin(at: firstPlace(start))
        }
        let ahead = distance(from: next, to: start)
        // A FIN before bytes that were accepted is not this stream's, nor is one that has not come true when another one is nearer.
        if isFIN, abs(ahead) < Self.plausibleDistance, ahead + length >= 0,
            !hasFIN || !isFinPlaced && ahead + length < distance(from: next, to: fin)
        {
            fin = start &+ UInt32(truncatingIfNeeded: length)
            hasFIN = true
        }
        guard length > 0 else { return placement }

        if ahead > 0 {
            // Beyond half the sequence space, before and after cannot be distinguished. A single byte that was acknowledged already,
            // with a gap before it, is a keep-alive probe.
            guard ahead + length <= Int32.max, length > 1 || highestAcknowledgment != start &+ 1 else { return placement }
            placement.isHeld = true
            placement.contradicts = contradictsHeld(bytes, at: start)
            placement.repeated = length - hold(bytes, length: length, from: 0, at: start, mark: mark)
            return placement
        }
        let old = -ahead
        if old > 0 {
            placement.repeated = min(old, length)
            // A keep-alive probe repeats the last byte, often as garbage (RFC 9293 §3.8.4). It says nothing about the data.
            if length == 1 && old == 1 { return placement }
            placement.isRetransmission = true
            placement.contradicts = contradicts(bytes, at: start, upTo: min(old, bytes.count), memory)
            guard old < length else { return placement }
        }
        acknowledgedPastGap = 0
        // Where it overlaps a held segment, the copy that came first stays.
        let end = held?.first.map { max(old, min(length, distance(from: start, to: $0.sequence))) } ?? length
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

    /// The next held segment whose turn has come; its bytes from `skipped` on are next in the stream.
    public mutating func nextHeld(recent memory: inout RecentBytes) -> Held? {
        while let held, let first = held.first {
            let ahead = distance(from: next, to: first.sequence)
            guard ahead <= 0 else { return nil }
            var piece = held.removeFirst()
            if held.isEmpty {
                self.held = nil
                acknowledgedPastGap = 0
            }
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

    // MARK: Gaps

    /// The gap before the first held segment, or after everything captured, once it will not be filled any more; the stream then
    /// goes on after it.
    public mutating func overdueGap(limits: Limits) -> Gap? {
        guard let held, let first = held.first else {
            guard acknowledgedPastGap >= Self.longPatience else { return nil }
            if !limits.passesTail { acknowledgedPastGap = 0 }
            guard limits.passesTail, let missing = missingTail else { return nil }
            return passOver(missing, .notCaptured)
        }
        if acknowledgedPastGap >= Self.patience, limits.passesGaps, let highest = highestAcknowledgment {
            let acknowledged = distance(from: next, to: highest)
            let missing = distance(from: next, to: first.sequence)
            // An acknowledgement inside the gap says that it is lost up to there; the rest may still be on its way.
            return passOver(min(acknowledged, missing), .notCaptured)
        }
        let isOverLimit = held.byteCount > limits.heldByteCount || (highestAcknowledgment == nil && held.count > limits.heldWithoutPeer)
        return isOverLimit ? passOver(distance(from: next, to: first.sequence), .limit) : nil
    }

    /// A gap that is still open when nothing more will come: before a held segment, or at the end of what was acknowledged.
    public mutating func finalGap() -> Gap? {
        guard isSynchronized else { return nil }
        if let first = held?.first { return passOver(distance(from: next, to: first.sequence), .end) }
        if let finSequence { return passOver(distance(from: next, to: finSequence), .end) }
        return missingTail.flatMap { passOver($0, .end) }
    }

    /// Bytes that the other side acknowledged although neither they nor anything after them was captured.
    private var missingTail: Int? {
        guard let highest = highestAcknowledgment else { return nil }
        return missingByteCount(before: highest)
    }

    /// Bytes that were sent before a sequence number, and neither captured nor passed over; nil if there are none for certain.
    public func missingByteCount(before sequence: UInt32) -> Int? {
        let count = distance(from: next, to: sequence)
        guard count < Self.plausibleDistance else { return nil }
        // A FIN takes a number too: that of a captured FIN is no byte, and a single number past the data may be a FIN's.
        if let finSequence { return min(count, distance(from: next, to: finSequence)) }
        return count > 1 ? count : nil
    }

    /// The sequence number after everything that was captured.
    private var capturedEnd: UInt32 { held?.end ?? next }

    private mutating func passOver(_ count: Int, _ cause: GapCause) -> Gap? {
        guard count > 0 else { return nil }
        advance(by: count)
        acknowledgedPastGap = 0
        return Gap(byteCount: UInt64(count), cause: cause)
    }

    // MARK: Within

    mutating func goOn(at sequence: UInt32) { next = sequence }

    private mutating func begin(at sequence: UInt32) {
        next = sequence
        isSynchronized = true
    }

    /// Where a stream begins whose SYN was not captured: what the other side has acknowledged is known to have come before.
    private func firstPlace(_ start: UInt32) -> UInt32 {
        guard let highest = highestAcknowledgment, abs(distance(from: start, to: highest)) < Self.plausibleDistance else { return start }
        return highest
    }

    @inline(__always)
    mutating func advance(by count: Int) {
        next = next &+ UInt32(truncatingIfNeeded: count)
        offset += UInt64(count)
    }

    /// Of a segment that starts at `start`, keeps what no held one covers, from its byte at `position` on. Returns how many bytes
    /// that was, including those that were cut off.
    private mutating func hold(_ bytes: Span<UInt8>, length: Int, from position: Int, at start: UInt32, mark: PacketMark) -> Int {
        let held = held ?? HeldSegments()
        let added = held.add(bytes, length: length, from: position, at: start, mark: mark, next: next)
        self.held = held.isEmpty ? nil : held
        return added
    }

    @inline(__always)
    mutating func remember(_ bytes: Span<UInt8>, at sequence: UInt32, _ memory: inout RecentBytes) {
        if bytes.isEmpty { return }
        recent = memory.remember(bytes, at: sequence, after: recent)
    }

    /// Takes an acknowledgement below the highest one for a correction of it, where that acknowledged more than anybody captured.
    @inline(never)
    mutating func reconsider(_ number: UInt32) {
        guard isSynchronized, distance(from: capturedEnd, to: highest) > 1 else { return }
        highest = number
    }

    private func contradictsHeld(_ bytes: Span<UInt8>, at start: UInt32) -> Bool {
        held?.contradict(bytes, at: start, next: next) ?? false
    }

    func contradicts(_ bytes: Span<UInt8>, at start: UInt32, upTo count: Int, _ memory: borrowing RecentBytes) -> Bool {
        memory.contradict(bytes.extracting(0..<count), at: start, since: recent)
    }
}

extension StreamReassembler {
    /// What is known of the delivery of this direction's bytes.
    public var evidence: DeliveryEvidence {
        var evidence = DeliveryEvidence()
        evidence.hasBeginning = initialSequence != nil
        evidence.isSynchronized = isSynchronized
        evidence.isFinished = isFinished
        evidence.isAcknowledged = isAcknowledged
        evidence.isBehindAcknowledgment = isBehindAcknowledgment
        return evidence
    }
}
