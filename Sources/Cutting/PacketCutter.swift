import Bytes
import Inspection
import Packets
import Redaction

/// Picks the packets of a plan out of a capture that is inspected a second time, and overwrites their secrets.
public struct PacketCutter: ~Copyable {
    /// What of a connection was written lately, so that a repeated segment repeats what was written and not what was sent.
    private struct Recent {
        struct Piece {
            var offset: Int64
            var bytes: [UInt8]
        }

        var pieces: [Piece] = []
        /// Where the farthest piece ends that is remembered no more.
        var forgotten = Int64.min
        var byteCount = 0
        /// Where the farthest piece ends.
        var end = Int64.min
    }

    private struct Direction: Hashable {
        var flow: UInt64
        var isFromLow: Bool
    }

    /// Bytes remembered of one direction, and directions remembered at a time.
    private static let recentByteCount = 256 << 10
    private static let directionCount = 4_096

    private let plan: CutPlan
    private var recent: [Direction: Recent] = [:]
    /// Of directions that are remembered no more, where the farthest piece ended.
    private var forgotten: [Direction: Int64] = [:]
    public private(set) var packetCount: UInt64 = 0
    /// Packets left out because IP had cut their segments, so that secrets could not be overwritten in place.
    public private(set) var fragmentCount: UInt64 = 0
    /// Packets left out because other bytes than theirs were searched for secrets.
    public private(set) var contradictingCount: UInt64 = 0
    /// Packets with bytes that were overwritten because what they may repeat is remembered no more.
    public private(set) var forgottenCount: UInt64 = 0
    /// The current packet as it is written.
    public private(set) var bytes: [UInt8] = []

    public init(_ plan: consuming CutPlan) { self.plan = plan }

    public var commentCount: Int { plan.comments.count }

    /// What the capture is, for the section's comment and the remarks.
    public var connections: [UInt64] { plan.connections }
    /// Connections left out because secrets in what carries them cannot be overwritten.
    public var carriedCount: UInt64 { plan.carriedCount }
    /// Streams on TCP connections of which others were overwritten.
    public var sharedCount: UInt64 { plan.sharedCount }
    /// What the secrets of those that are in it are found by.
    public var clientRandoms: [[UInt8]] { plan.clientRandoms }
    public var removedText: String? { plan.options.names == nil ? nil : plan.removed.text ?? "nothing, no secret was found" }
    public var isOverwritten: Bool { plan.isOverwritten }
    public var omittedCommentCount: UInt64 { plan.omittedCommentCount }
    /// Packets left out because they hold parts of TCP segments, and more of those than are followed.
    public var omittedFragmentCount: UInt64 { plan.omittedFragmentCount }
    /// Packets left out because they stand out of order at the beginning of a connection, and more of those than are followed.
    public var omittedLatePlaceCount: UInt64 { plan.omittedLatePlaceCount }

    /// True when a packet belongs into the cut; what is to be written is in `bytes` then. With its comment, where it has one.
    public mutating func take(_ header: PacketHeader, _ packet: Span<UInt8>, _ place: PacketPlace?) -> (isWanted: Bool, comment: String?) {
        let place = place ?? plan.latePlaces[header.number]
        let flow = place?.flow ?? plan.fragments[header.number]
        guard let flow, let flowPlan = plan.flows[flow] else { return (false, nil) }
        if !plan.options.conceals || flowPlan.isUnchanged {
            bytes = packet.copied()
        } else {
            guard let place, place.fragments.isEmpty, plan.fragments[header.number] == nil else {
                fragmentCount += 1
                return (false, nil)
            }
            guard let segment = place.segment else {
                contradictingCount += 1
                return (false, nil)
            }
            guard isAfterBeginning(flowPlan, place, segment) else { return (false, nil) }
            bytes = packet.copied()
            overwrite(flowPlan, place, segment)
        }
        packetCount += 1
        return (true, plan.comments[header.number])
    }

    /// Whether a packet was sent after the beginning of what was understood of its connection, wherever it stands in the capture.
    ///
    /// What comes before, other requests and a proxy's, is left out with its packets: overwritten it would only hide the handshake from
    /// whoever reads the cut.
    private func isAfterBeginning(_ plan: CutPlan.FlowPlan, _ place: PacketPlace, _ segment: Segment) -> Bool {
        let (own, other) = (plan[isFromLow: place.isFromLow].first, plan[isFromLow: !place.isFromLow].first)
        if (own ?? 0) == 0, (other ?? 0) == 0 { return true }
        if let own {
            if place.offset + Int64(segment.payloadLength) > Int64(clamping: own) { return true }
            if segment.payloadLength > 0 { return false }
        }
        // It has received something of that.
        guard let other, let received = place.received else { return false }
        return received > Int64(clamping: other)
    }

    // MARK: Overwriting

    private mutating func overwrite(_ plan: CutPlan.FlowPlan, _ place: PacketPlace, _ segment: Segment) {
        let count = min(segment.capturedCount, bytes.count - segment.capturedOffset)
        // Padding of the link may be left over from anything.
        for index in segment.capturedOffset + count..<bytes.count { bytes[index] = 0 }
        if count > 0 {
            let start = segment.capturedOffset
            // Bytes before the stream's first are no stream's, as a keep-alive probe's are.
            let before = Int(min(Int64(count), max(0, -place.offset)))
            for index in start..<start + before { bytes[index] = StoredBlocks.filler }
            if before < count {
                let offset = UInt64(place.offset + Int64(before))
                plan[isFromLow: place.isFromLow].apply(to: &bytes, from: start + before, at: offset, count: count - before)
            }
            repeatWritten(Direction(flow: place.flow, isFromLow: place.isFromLow), from: start, at: place.offset, count: count)
        }
        mendChecksum(segment)
    }

    /// Puts in place what was written before of the same stretch of the stream, and remembers the rest.
    private mutating func repeatWritten(_ direction: Direction, from start: Int, at offset: Int64, count: Int) {
        if recent[direction] == nil, recent.count >= Self.directionCount {
            for (direction, memory) in recent { forgotten[direction] = memory.end }
            recent.removeAll()
        }
        var memory = recent.removeValue(forKey: direction) ?? Recent(forgotten: forgotten[direction] ?? .min)
        let end = offset + Int64(count)
        let known = min(end, max(offset, memory.forgotten))
        if known > offset { forgottenCount += 1 }
        for place in offset..<known { bytes[start + Int(place - offset)] = StoredBlocks.filler }
        if offset < memory.end {
            // The copy that came first stays, as with whoever reassembles, so older pieces are put last.
            for piece in memory.pieces.reversed() {
                let from = max(offset, piece.offset)
                let to = min(end, piece.offset + Int64(piece.bytes.count))
                guard from < to else { continue }
                for place in from..<to { bytes[start + Int(place - offset)] = piece.bytes[Int(place - piece.offset)] }
            }
        }
        memory.pieces.append(Recent.Piece(offset: offset, bytes: Array(bytes[start..<start + count])))
        memory.byteCount += count
        memory.end = max(memory.end, end)
        if memory.byteCount > 2 * Self.recentByteCount {
            // Half of them at once, so that moving the others is seldom.
            let half = memory.pieces.count / 2
            for piece in memory.pieces[..<half] {
                memory.byteCount -= piece.bytes.count
                memory.forgotten = max(memory.forgotten, piece.offset + Int64(piece.bytes.count))
            }
            memory.pieces.removeFirst(half)
        }
        recent[direction] = memory
    }

    /// Makes TCP's checksum right for the new bytes (RFC 9293 §3.1); of a packet that the capture cut it would tell of the old, and becomes 0.
    private mutating func mendChecksum(_ segment: Segment) {
        let field = segment.headerOffset + 16
        guard field + 2 <= bytes.count else { return }
        bytes[field] = 0
        bytes[field + 1] = 0
        guard segment.capturedCount == segment.payloadLength else { return }
        let length = segment.headerLength + segment.payloadLength
        var sum = UInt64(6) + UInt64(length)
        for address in [segment.source.address, segment.destination.address] { sum += address.checksumPart }
        let end = segment.headerOffset + length
        guard end <= bytes.count else { return }
        var index = segment.headerOffset
        while index + 1 < end {
            sum += UInt64(bytes[index]) << 8 | UInt64(bytes[index + 1])
            index += 2
        }
        if index < end { sum += UInt64(bytes[index]) << 8 }
        while sum > 0xFFFF { sum = (sum & 0xFFFF) + (sum >> 16) }
        let checksum = ~UInt16(truncatingIfNeeded: sum)
        bytes[field] = UInt8(truncatingIfNeeded: checksum >> 8)
        bytes[field + 1] = UInt8(truncatingIfNeeded: checksum)
    }
}

extension IPAddress {
    /// The address as 16-bit numbers, added up.
    fileprivate var checksumPart: UInt64 {
        func parts(_ number: UInt64) -> UInt64 { (number >> 48) + (number >> 32 & 0xFFFF) + (number >> 16 & 0xFFFF) + (number & 0xFFFF) }
        return isV4 ? parts(low & 0xFFFF_FFFF) : parts(high) + parts(low)
    }
}
