import Bytes
import Channels
import Packets
import Rules
import Streams
import Text
import Verdicts

// Segments that would end a connection, or begin another, and that its peers may ignore (RFC 9293 §3.10.7.4, RFC 5961). An observer
// cannot know what a receiver made of them. It can see whether the peers go on: then so does what is shown.
extension Engine {
    /// After so long, what the receiver of a RST sends was not under way any more.
    private static let flightTime: Int64 = 1_000_000_000
    /// New segments of its sender after which a RST does not stand in the capture too early.
    private static let lateness: UInt64 = 128

    // MARK: RST

    /// Takes a RST: one that fits ends the connection, any other waits for what follows.
    mutating func takeReset(_ segment: Segment, _ mark: PacketMark, lastPacketBefore: PacketMark, flow index: Int, _ direction: Direction) {
        let facts = facts(of: index)
        let fits = fits(segment, flow: index, direction)
        // The first one that fits is the one that counts.
        guard facts.waiting != .reset, fits || facts.waiting == nil else { return }
        noteReset(segment, mark, lastPacketBefore: lastPacketBefore, flow: index, direction)
        // What it acknowledges has been sent, whether it was captured or not.
        if fits, segment.flags.contains(.ack) { _ = flows[index, direction.opposite].reassembler.acknowledge(segment.acknowledgment) }
        if fits { endByReset(flow: index, facts) } else { wait(.doubtfulReset, flow: index, facts) }
    }

    private mutating func fits(_ segment: Segment, flow index: Int, _ direction: Direction) -> Bool {
        if !flows[index, direction].reassembler.isSynchronized, segment.flags.contains(.ack),
            let first = flows[index, direction.opposite].reassembler.initialSequence
        {
            // The answer to a SYN.
            return distance(from: first, to: segment.acknowledgment) >= 0
                && flows[index, direction.opposite].reassembler.lead(of: segment.acknowledgment) <= 0
        }
        return flows[index, direction].reassembler.fits(resetAt: segment.sequence)
    }

    /// Ends a flow after a RST. What the other side had under way is still to come, and may be its Close frame.
    private mutating func endByReset(flow index: Int, _ facts: FlowFacts) {
        if flows.carriesWebSocket(index) {
            wait(.reset, flow: index, facts)
        } else {
            facts.waiting = nil
            end(flow: index, .reset)
        }
    }

    // MARK: FIN

    /// Ends a flow that both sides have finished, once both know.
    mutating func finish(flow index: Int, _ facts: FlowFacts) {
        if facts.waiting == .doubtfulReset { withdrawReset(flow: index, facts) }
        let isAgreed =
            flows[index, .fromLow].reassembler.isFinAcknowledged && flows[index, .fromHigh].reassembler.isFinAcknowledged
        if isAgreed || !flows.carriesWebSocket(index) {
            facts.waiting = nil
            end(flow: index, .finished)
        } else if facts.waiting == nil {
            wait(.finished, flow: index, facts)
        }
    }

    /// Forgets a FIN whose sender goes on, before anybody acknowledged it.
    private mutating func withdrawFIN(flow index: Int, _ direction: Direction, _ facts: FlowFacts) {
        flows[index, direction].reassembler.withdrawFIN()
        let packet = facts[direction].awaitedFIN?.fin.packet ?? facts[direction].fin?.packet ?? 0
        facts[direction].awaitedFIN = nil
        facts[direction].fin = nil
        if facts[direction.opposite].unseenFIN?.number == packet {
            facts[direction.opposite].unseenFIN = nil
            facts.firstFIN = nil
        }
        if facts.waiting == .finished { (facts.waiting, facts.waitingSince) = (nil, nil) }
        if facts.firstFIN == direction {
            facts.firstFIN = facts[direction.opposite].fin == nil ? nil : direction.opposite
            facts[direction.opposite].spokeAfterFIN = nil
        }
        if facts.firstFIN == nil {
            for each in Direction.allCases { facts[each].spokeBeforeFIN = nil }
            for channel in flows.channels(of: index) { forgetWhatCameBefore(endOf: channel) }
        }
        reportIgnored("FIN of packet \(packet)", at: packet, flow: index, direction)
    }

    /// Notes a FIN with bytes missing before it once these have come, or the other side says that it has them.
    mutating func noteAwaitedFINs(flow index: Int, _ facts: FlowFacts) {
        for direction in Direction.allCases {
            guard let awaited = facts[direction].awaitedFIN, flows[index, direction].reassembler.isFinPlaced,
                awaited.sequence == flows[index, direction].reassembler.finSequence
            else { continue }
            facts[direction].awaitedFIN = nil
            noteFIN(awaited.fin, facts, flow: index, direction)
        }
    }

    /// Notes FINs that were not captured, and of which nothing but an acknowledgement shows that they were sent.
    mutating func noteUnseenFINs(flow index: Int) {
        for direction in Direction.allCases where flows[index, direction].reassembler.isUnseenFinAcknowledged {
            let acknowledged = flows[index, direction.opposite].lastPacket
            guard acknowledged.number > 0, flows[index].facts?[direction].unseenFIN == nil else { continue }
            let facts = facts(of: index)
            facts[direction].unseenFIN = acknowledged
            if facts.firstFIN == nil { facts.firstFIN = direction }
        }
    }

    /// Decides about FINs whose missing bytes never came. One is believed unless its sender went on with other bytes.
    private mutating func concludeFINs(flow index: Int, _ facts: FlowFacts) {
        for direction in Direction.allCases {
            guard let awaited = facts[direction].awaitedFIN else { continue }
            if flows[index, direction].lastData.number > awaited.fin.packet {
                withdrawFIN(flow: index, direction, facts)
            } else {
                facts[direction].awaitedFIN = nil
                noteFIN(awaited.fin, facts, flow: index, direction)
            }
        }
    }

    // MARK: What follows

    /// Holds a segment against an end that waits.
    /// - Returns: what is left of the segment; nil if nothing of it counts any more.
    mutating func resolve(_ segment: Segment, _ mark: PacketMark, flow index: Int, _ direction: Direction, _ facts: FlowFacts) -> Segment? {
        if flows[index, direction].reassembler.refutesFIN(segment) { withdrawFIN(flow: index, direction, facts) }
        switch (facts.waiting, facts.reset) {
        case (.finished, _):
            guard segment.flags.contains(.rst) else { return segment }
            endWaiting(flow: index)
            return nil
        case (.reset, let reset?): return resolve(segment, after: reset, flow: index, direction)
        case (.doubtfulReset, let reset?):
            if isRefuted(reset, by: segment, mark, flow: index, direction) { withdrawReset(flow: index, facts) }
            return segment
        default: return segment
        }
    }

    /// After a RST that fits, bytes count that were under way, or that stand in the capture too late.
    private mutating func resolve(_ segment: Segment, after reset: FlowFacts.Reset, flow index: Int, _ direction: Direction) -> Segment? {
        var segment = segment
        if direction == reset.from {
            let end = segment.sequence &+ UInt32(truncatingIfNeeded: segment.payloadLength)
            if segment.payloadLength > 1, distance(from: reset.sequence, to: end) > 0 {
                endWaiting(flow: index)
                return segment
            }
        }
        guard segment.flags.isDisjoint(with: [.rst, .syn]) else { return nil }
        if direction != reset.from { segment.flags.remove(.fin) }
        return segment
    }

    /// Whether a segment shows that the peers go on in spite of a RST that does not fit.
    private mutating func isRefuted(
        _ reset: FlowFacts.Reset, by segment: Segment, _ mark: PacketMark, flow index: Int, _ direction: Direction
    ) -> Bool {
        guard !segment.flags.contains(.rst) else { return false }
        let isNew = segment.payloadLength > 1 && flows[index, direction].reassembler.isAhead(segment)
        if direction != reset.from { return isNew && mark.time.nanoseconds(since: reset.mark.time) >= Self.flightTime }
        // Bytes before it may come late in the capture.
        let end = segment.sequence &+ UInt32(truncatingIfNeeded: segment.payloadLength)
        return isNew && distance(from: reset.sequence, to: end) > 0
    }

    /// Looks at an end that waits once more, after a segment was taken.
    mutating func reconsider(_ mark: PacketMark, flow index: Int, _ direction: Direction, hasNews: Bool, _ facts: FlowFacts) {
        guard facts.waiting == .doubtfulReset, let reset = facts.reset else { return }
        if flows[index, reset.from].reassembler.fits(resetAt: reset.sequence) {
            endByReset(flow: index, facts)
        } else if hasNews, direction == reset.from {
            facts.reset?.segmentsAfter += 1
            if reset.segmentsAfter >= Self.lateness { withdrawReset(flow: index, facts) }
        }
    }

    /// Ends a flow whose end waits, or lets it go on if its peers did.
    mutating func endWaiting(flow index: Int) {
        guard let facts = flows[index].facts, let waiting = facts.waiting else { return }
        if waiting == .doubtfulReset, let reset = facts.reset, reset.segmentsAfter > 0 { return withdrawReset(flow: index, facts) }
        facts.waiting = nil
        end(flow: index, waiting == .finished ? .finished : .reset)
    }

    private mutating func withdrawReset(flow index: Int, _ facts: FlowFacts) {
        guard let reset = facts.reset else { return }
        facts.reset = nil
        (facts.waiting, facts.waitingSince) = (nil, nil)
        let lead = reset.lead
        let words = Quantity.counted(lead.magnitude, "byte") + (lead < 0 ? " before" : " after") + " the next one"
        reportIgnored("RST of packet \(reset.mark.number), \(words)", at: reset.mark.number, flow: index, reset.from)
    }

    // MARK: Waiting

    private mutating func wait(_ waiting: FlowFacts.Waiting, flow index: Int, _ facts: FlowFacts) {
        facts.waiting = waiting
        facts.waitingSince = now
        flows[index].isWatched = true
        waitingEnds.add(index, flows[index].serial, isLong: waiting == .doubtfulReset, at: now)
        isAlert = true
    }

    /// When a flow ended whose end waited: what came last before that, or was still under way.
    mutating func waitedTime(flow index: Int) -> Timestamp? {
        guard let since = flows[index].facts?.waitingSince else { return nil }
        return max(since, flows[index, .fromLow].lastData.time, flows[index, .fromHigh].lastData.time)
    }

    /// When a flow ended that both sides have finished: the last that either sent, whenever a gap before it was given up.
    mutating func finishedTime(flow index: Int, _ transport: TransportEnd) -> Timestamp? {
        guard transport == .finished, let facts = flows[index].facts, let low = facts[.fromLow].fin, let high = facts[.fromHigh].fin
        else { return nil }
        return max(low.time, high.time, flows[index, .fromLow].lastData.time, flows[index, .fromHigh].lastData.time)
    }

    /// How a flow ends of which no packet follows: as what waits says, if anything does.
    mutating func settledEnd(flow index: Int, _ transport: TransportEnd) -> TransportEnd {
        guard let facts = flows[index].facts else { return transport }
        concludeDisputes(flow: index, facts)
        concludeFINs(flow: index, facts)
        guard let waiting = facts.waiting else { return transport }
        if waiting == .doubtfulReset, let reset = facts.reset, reset.segmentsAfter > 0 {
            withdrawReset(flow: index, facts)
            return transport
        }
        facts.waiting = nil
        return waiting == .finished ? .finished : .reset
    }

    /// Before each packet while something is to be done then: notes begin anew, and what waited is taken whose time has come.
    @inline(never)
    mutating func turn() {
        if settings.tracksPackets { tracking = Tracking() }
        if !missing.gatherings.isEmpty { endGatherings(at: counts.packets) }
        endOverdue(at: now)
    }

    mutating func endOverdue(at time: Timestamp) {
        while let entry = waitingEnds.next(at: time) {
            let index = Int(entry.index)
            if flows[index].serial == entry.serial { endWaiting(flow: index) }
        }
        isAlert = settings.tracksPackets || !waitingEnds.isEmpty || !missing.gatherings.isEmpty
    }

    /// Reports a segment that the peers of a connection have ignored.
    mutating func reportIgnored(_ found: String, at packet: UInt64, flow index: Int, _ direction: Direction) {
        let channel = channel(of: index)
        if channel.connection != nil {
            report(.segmentIgnored, found: found, at: packet, from: channel.side(of: direction), in: channel)
        } else {
            note(Finding(.segmentIgnored, found: found, packet: packet), on: channel, direction)
        }
    }

    /// Keeps a finding for the next connection on a channel.
    mutating func note(_ finding: Finding, on channel: Channel, _ direction: Direction) {
        if channel.noted.count < Self.notedLimit { channel.noted.append((finding, direction)) }
    }

    private static let notedLimit = 16
}
