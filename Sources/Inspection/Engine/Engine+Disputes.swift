import Bytes
import Channels
import Packets
import Rules
import Streams

// Two copies of the same bytes, with different content and of different length. The first is shown. If acknowledgements then say that
// the receiver took the other one, what is shown goes on with that.
extension Engine {
    /// Longer segments are not kept.
    private static let disputeLimit = 4_096

    /// Keeps a segment whose bytes came before with another content, until it is known which its receiver took; true if that was done.
    mutating func opensDispute(
        _ segment: Segment, _ bytes: Span<UInt8>, _ mark: PacketMark, flow index: Int, _ direction: Direction
    ) -> Bool {
        // Whoever asks where bytes stand in the stream is to get one answer.
        guard !settings.locates, bytes.count == segment.payloadLength, bytes.count <= Self.disputeLimit,
            flows[index, direction].reassembler.isDisputed(by: segment, bytes, recent: recent),
            let channel = flows[index].channel, channel.webSocket != nil
        else { return false }
        let facts = facts(of: index)
        guard facts[direction].dispute == nil else { return false }
        facts[direction].dispute = FlowFacts.Dispute(
            segment: segment, bytes: bytes.copied(), mark: mark, next: flows[index, direction].reassembler.next)
        flows[index].isWatched = true
        let side = channel.side(of: direction)
        report(.retransmissionDiffers, found: "packet \(mark.number)", at: mark.number, from: side, in: channel)
        return true
    }

    /// Holds an acknowledgement, and where a segment goes on, against disputes of either direction.
    mutating func settleDisputes(_ segment: Segment, flow index: Int, _ direction: Direction, _ facts: FlowFacts) {
        if segment.flags.contains(.ack), let dispute = facts[direction.opposite].dispute {
            resolve(dispute, by: segment.acknowledgment, flow: index, direction.opposite, facts)
        }
        if segment.payloadLength > 0, let dispute = facts[direction].dispute {
            resolve(dispute, by: segment.sequence, flow: index, direction, facts)
        }
    }

    private mutating func resolve(
        _ dispute: FlowFacts.Dispute, by number: UInt32, flow index: Int, _ direction: Direction, _ facts: FlowFacts
    ) {
        let start = dispute.segment.sequence
        guard distance(from: start, to: number) > 0 else { return }
        let end = start &+ UInt32(truncatingIfNeeded: dispute.bytes.count)
        conclude(dispute, isTaken: number == end && number != dispute.next, flow: index, direction, facts)
    }

    /// Ends a dispute of which nothing more will be known.
    mutating func concludeDisputes(flow index: Int, _ facts: FlowFacts) {
        for direction in Direction.allCases {
            if let dispute = facts[direction].dispute { conclude(dispute, isTaken: false, flow: index, direction, facts) }
        }
    }

    /// - Parameter isTaken: the receiver took this copy, and not the first.
    private mutating func conclude(
        _ dispute: FlowFacts.Dispute, isTaken: Bool, flow index: Int, _ direction: Direction, _ facts: FlowFacts
    ) {
        facts[direction].dispute = nil
        if isTaken {
            flows[index, direction].reassembler.goBack(to: dispute.segment.sequence)
            let channel = channel(of: index)
            if channel[direction].stream.pending.isEmpty { channel[direction].stream.offset = flows[index, direction].reassembler.offset }
            noteGap(.bounded(nil), .replaced, on: channel, direction)
        }
        let base = flows[index, direction].reassembler.offset
        let placement = flows[index, direction].reassembler.accept(
            dispute.segment, bytes: dispute.bytes.span, mark: dispute.mark, limits: settings.streamLimits, recent: &recent)
        let wasLending = rooms.isLending
        rooms.isLending = false
        if !placement.delivered.isEmpty {
            deliver(dispute.bytes.span.extracting(placement.delivered), dispute.mark, at: base, flow: index, direction)
        }
        rooms.isLending = wasLending
        if placement.needsAttention { drain(flow: index, direction) }
    }
}
