import Bytes
import Channels
import Packets
import Rules
import Streams
import Text
import Verdicts

// TCP: a segment's flow, its offset in the stream, and what it says beyond its bytes.
extension Engine {
    /// Takes one segment; `bytes` stay where they are until the tape is played, unless it owns its bytes.
    @inline(never)
    mutating func take(_ segment: Segment, _ bytes: Span<UInt8>, _ header: PacketHeader) {
        let (key, direction) = FlowKey.of(segment)
        let hash = flows.hash(key)
        let index = flows.find(key, hash)
        if index >= 0,
            takeOrdinary(
                segment.flags, window: segment.window, sequence: segment.sequence, acknowledgment: segment.acknowledgment,
                length: segment.payloadLength, bytes, header, of: index, direction)
        {
            return
        }
        takeAny(segment, bytes, header, key: key, hash: hash, flow: index, direction)
    }

    /// The same for a plain packet, of which an ordinary segment is taken. Returns false for any other, and changes nothing.
    @inline(__always)
    mutating func takeOrdinary(_ segment: PlainSegment, in packet: Span<UInt8>, _ header: PacketHeader) -> Bool {
        let (key, direction) = FlowKey.of(segment)
        let index = flows.find(key, flows.hash(key))
        return index >= 0
            && takeOrdinary(
                segment.flags, window: segment.window, sequence: segment.sequence, acknowledgment: segment.acknowledgment,
                length: segment.payloadLength, packet.extracting(segment.capturedRange), header, of: index, direction)
    }

    /// Takes what nearly all segments are: data that are next, or an acknowledgement, on a flow with nothing else to note. Returns
    /// false for any other, and changes nothing.
    @inline(__always)
    private mutating func takeOrdinary(
        _ flags: TCPFlags, window: UInt16, sequence: UInt32, acknowledgment: UInt32, length: Int, _ bytes: Span<UInt8>,
        _ header: PacketHeader, of index: Int, _ direction: Direction
    ) -> Bool {
        // Invariant: rows stay where they are until a flow is inserted, which nothing here does.
        let row = unsafe flows.address(of: index)
        let own = unsafe row.address(of: direction)
        let other = unsafe row.address(of: direction.opposite)
        // ACK, with or without PSH; nothing but numbers and data.
        guard flags.rawValue & ~0x08 == 0x10, window != 0, !settings.tracksPackets,
            unsafe !row.pointee.isWatched && !row.pointee.isOver && !own.pointee.isStalled
        else { return false }
        let mark = PacketMark(number: header.number, time: header.time)
        var outcome: StreamReassembler.Outcome
        if length == 0 {
            guard bytes.isEmpty else { return false }
            outcome = unsafe own.pointee.reassembler.takeOrdinary(
                emptyAt: sequence, acknowledging: acknowledgment, of: &other.pointee.reassembler)
        } else {
            guard length > 1 else { return false }
            outcome = unsafe own.pointee.reassembler.takeOrdinary(
                bytes, at: sequence, length: length, acknowledging: acknowledgment, of: &other.pointee.reassembler,
                recent: &recent)
        }
        if outcome == .notOrdinary { return false }
        unsafe own.pointee.lastPacket = mark
        unsafe row.pointee.isFresh = true
        if length > 0 {
            let base = unsafe own.pointee.reassembler.offset &- UInt64(length)
            rooms.isLending = rooms.canLend
            unsafe deliver(bytes, mark, at: base, flow: index, direction, row, own)
            rooms.isLending = false
            unsafe own.pointee.heard = acknowledgment
            unsafe own.pointee.hasHeard = true
        }
        if outcome == .takenWithAttention { drain(flow: index, direction.opposite) }
        return true
    }

    @inline(never)
    private mutating func takeAny(
        _ segment: Segment, _ bytes: Span<UInt8>, _ header: PacketHeader, key: FlowKey, hash: UInt64, flow known: Int,
        _ direction: Direction
    ) {
        if gathers(segment, bytes, header, key, flow: known, direction) { return }
        takeInTurn(segment, bytes, header, key: key, hash: hash, flow: known, direction)
    }

    mutating func takeInTurn(
        _ segment: Segment, _ bytes: Span<UInt8>, _ header: PacketHeader, key: FlowKey, hash: UInt64, flow known: Int,
        _ direction: Direction
    ) {
        guard let index = flow(of: segment, key, hash, known: known, direction, header) else { return }
        if settings.tracksFlows { tracking.flow = index }
        if settings.countsPackets { count(segment, flow: index, direction, at: header.time) }
        let mark = PacketMark(number: header.number, time: header.time)
        let before = flows[index, direction].lastPacket
        flows[index, direction].lastPacket = mark
        flows[index].isFresh = true
        var counted: Segment? = flows[index].isOver ? nil : segment
        if let segment = counted, flows[index].isInDoubt, let facts = flows[index].facts {
            counted = resolve(segment, mark, flow: index, direction, facts)
        }
        if flows[index].isOver {
            noteDataAfterEnd(segment, flow: index, direction)
        } else if let segment = counted {
            takeOpen(segment, bytes, mark, lastPacketBefore: before, flow: index, direction)
        }
        if settings.locates { locate(segment, flow: index, direction) }
    }

    private mutating func flow(
        of segment: Segment, _ key: FlowKey, _ hash: UInt64, known: Int, _ direction: Direction, _ header: PacketHeader
    ) -> Int? {
        guard segment.scope != .none || flows.hasTunnels else { return flow(key, hash, known: known, segment, direction, header) }
        switch view(of: segment, key, hash, known: known, direction, header) {
        case .own(let known): return flow(key, hash, known: known, segment, direction, header)
        case .other(let index): return index
        case .repeated: return nil
        }
    }

    /// Takes a segment of a flow that is not over.
    private mutating func takeOpen(
        _ segment: Segment, _ bytes: Span<UInt8>, _ mark: PacketMark, lastPacketBefore: PacketMark, flow index: Int, _ direction: Direction
    ) {
        if segment.flags.contains(.syn) { takeSYN(segment, mark, flow: index, direction) }
        // What a RST carries are words about it, and no data (RFC 9293 §3.5.3).
        if segment.flags.contains(.rst) {
            return takeReset(segment, mark, lastPacketBefore: lastPacketBefore, flow: index, direction)
        }
        takePayload(segment, bytes, mark, flow: index, direction)
        if flows[index, .fromLow].reassembler.isFinished, flows[index, .fromHigh].reassembler.isFinished, flows[index].firstFIN != nil,
            flows[index].waiting != .reset, let facts = flows[index].facts
        {
            finish(flow: index, facts)
        }
    }

    /// Takes a SYN: its number is that before the first byte.
    mutating func takeSYN(_ segment: Segment, _ mark: PacketMark, flow index: Int, _ direction: Direction) {
        if flows[index].client == direction, flows[index].channel == nil, flows[index, direction].lastData.number > 0 {
            noteRepeatedSYN(flow: index, direction)
        }
        synchronize(segment, flow: index, direction)
        flows[index, direction].lastData = mark
    }

    /// Puts a segment's payload where it belongs, and passes on what became deliverable by it.
    private mutating func takePayload(
        _ segment: Segment, _ bytes: Span<UInt8>, _ mark: PacketMark, flow index: Int, _ direction: Direction
    ) {
        let other = direction.opposite
        let isAcknowledging = segment.flags.contains(.ack)
        let isNews = isAcknowledging && flows[index, other].reassembler.isNews(acknowledgment: segment.acknowledgment)
        let otherNeedsAttention = isAcknowledging && flows[index, other].reassembler.acknowledge(segment.acknowledgment)
        if flows[index].isDisputed, let facts = flows[index].facts { settleDisputes(segment, flow: index, direction, facts) }
        if opensDispute(segment, bytes, mark, flow: index, direction) { return }
        let base = flows[index, direction].reassembler.offset
        let hasGap = flows[index, direction].reassembler.heldSince != nil
        let placement = flows[index, direction].reassembler.accept(
            segment, bytes: bytes, mark: mark, limits: settings.streamLimits, recent: &recent)
        if settings.reportsTransport || flows[index].traffic?.isShared ?? false {
            report(segment, placement, fillsGap: hasGap && !placement.isHeld, mark, flow: index, direction)
        }
        if placement.repeated > 0 { flows[index].traffic?[direction].repeatedBytes += UInt64(placement.repeated) }
        if placement.contradicts, let channel = flows[index].channel {
            let side = channel.side(of: direction)
            report(.retransmissionDiffers, found: "packet \(mark.number)", at: mark.number, from: side, in: channel)
        }
        if !placement.delivered.isEmpty {
            rooms.isLending = rooms.canLend
            deliver(bytes.extracting(placement.delivered), mark, at: base, flow: index, direction)
            rooms.isLending = false
        }
        if placement.cutOff > 0 { noteGap(UInt64(placement.cutOff), .cutOff, flow: index, direction) }
        if placement.needsAttention { drain(flow: index, direction) }
        if otherNeedsAttention { drain(flow: index, other) }
        // Before the FIN of this segment, which may answer one that was awaited.
        if flows[index].awaitsFIN, let facts = flows[index].facts { noteAwaitedFINs(flow: index, facts) }
        note(segment, placement, mark, flow: index, direction)
        if flows[index].waiting == .doubtfulReset, let facts = flows[index].facts {
            reconsider(mark, flow: index, direction, hasNews: isNews || !placement.delivered.isEmpty, facts)
        }
    }

    private mutating func locate(_ segment: Segment, flow index: Int, _ direction: Direction) {
        let received = segment.flags.contains(.ack) ? placed(segment.acknowledgment, flow: index, direction.opposite) : nil
        tracking.place = PacketPlace(
            flow: flows[index].serial, isFromLow: direction == .fromLow,
            offset: placed(segment.firstSequence, flow: index, direction) ?? 0, received: received, segment: segment, fragments: [])
    }

    /// The stream offset of a sequence number; nil where nothing is known of its direction.
    private func placed(_ sequence: UInt32, flow index: Int, _ direction: Direction) -> Int64? {
        guard flows[index, direction].reassembler.isSynchronized else { return nil }
        return flows[index, direction].reassembler.streamOffset(of: sequence)
    }

    /// Passes on held segments whose turn has come, and gives up gaps that are overdue.
    @inline(never)
    mutating func drain(flow index: Int, _ direction: Direction) {
        repeat {
            while let held = flows[index, direction].reassembler.nextHeld(recent: &recent) {
                let bytes = held.bytes.span.extracting(held.skipped..<held.bytes.count)
                let base = flows[index, direction].reassembler.offset - UInt64(bytes.count + held.cutOff)
                if !bytes.isEmpty { deliver(bytes, held.mark, at: base, flow: index, direction) }
                if held.cutOff > 0 { noteGap(UInt64(held.cutOff), .cutOff, flow: index, direction) }
            }
            countWaiting(flow: index, direction)
            let isShedding = mustShed(flow: index, direction)
            var limits = settings.streamLimits
            if isShedding { limits.heldByteCount = 0 }
            // Frames wait for nothing that the other side says; an answer waits for its request.
            if let channel = flows[index].channel, channel.http == nil { limits.passesTail = false }
            limits.passesGaps = !isWorthWaiting(flow: index, direction)
            guard let gap = flows[index, direction].reassembler.overdueGap(limits: limits) else { return }
            if isShedding, gap.cause == .limit { reportMemory(in: flows[index].channel, direction) }
            noteGap(gap.byteCount, .lost, flow: index, direction)
        } while true
    }

    private mutating func synchronize(_ segment: Segment, flow index: Int, _ direction: Direction) {
        let isAnswer = segment.flags.contains(.ack)
        flows[index].hasSYN = true
        let client = isAnswer ? direction.opposite : direction
        if let channel = flows[index].channel {
            if channel.client == nil { channel.client = client }
        } else if flows[index].client == nil {
            flows[index].client = client
        }
        flows[index, direction].reassembler.synchronize(initial: segment.sequence)
    }

    // MARK: What segments say beyond their bytes

    /// Notes whether a segment is a retransmission, closes the window, or ends the stream.
    private mutating func note(
        _ segment: Segment, _ placement: StreamReassembler.Placement, _ mark: PacketMark, flow index: Int, _ direction: Direction
    ) {
        let other = direction.opposite
        if segment.payloadLength > 0 {
            flows[index, direction].heard = segment.acknowledgment
            flows[index, direction].hasHeard = true
        }
        if placement.isRetransmission { facts(of: index)[direction].repeats.note(mark, of: flows[index, direction].lastData) }
        if segment.payloadLength <= 1, flows[index, direction].reassembler.isProbe(segment) {
            facts(of: index)[direction].repeats.note(mark, isProbe: true)
        }
        if !segment.flags.contains(.rst), flows[index].hasRepeats(other) { flows[index].facts?[other].repeats.count = 0 }
        if segment.window == 0 || flows[index, direction].isStalled { noteWindow(segment, mark, flow: index, direction) }
        if segment.flags.contains(.fin) { takeFIN(segment, mark, flow: index, direction) }
        if !placement.delivered.isEmpty, flows[index].firstFIN == other, let facts = flows[index].facts,
            facts[direction].spokeAfterFIN == nil
        {
            facts[direction].spokeAfterFIN = mark
        }
        if flows[index].hasFacts { flows[index].isWatched = flows[index].traffic != nil || flows[index].isWatching }
    }

    mutating func facts(of index: Int) -> FlowFacts {
        if let facts = flows[index].facts { return facts }
        let facts = FlowFacts()
        flows[index].facts = facts
        return facts
    }

    private mutating func noteWindow(_ segment: Segment, _ mark: PacketMark, flow index: Int, _ direction: Direction) {
        // A reset has no window, and that of a SYN says nothing yet.
        guard segment.flags.isDisjoint(with: [.rst, .syn]) else { return }
        let isStalled = segment.window == 0
        let facts = facts(of: index)
        if isStalled, !flows[index, direction].isStalled { facts[direction].stall = EndFacts.Stall(since: mark, until: nil) }
        if !isStalled { facts[direction].stall?.until = mark.time }
        flows[index, direction].isStalled = isStalled
    }

    private mutating func takeFIN(_ segment: Segment, _ mark: PacketMark, flow index: Int, _ direction: Direction) {
        let facts = facts(of: index)
        if facts[direction].fin != nil {
            if segment.payloadLength == 0 { facts[direction].repeats.note(mark, of: facts[direction].fin?.mark) }
            return
        }
        let fin = ConnectionRules.TransportEnd.Fin(
            packet: mark.number, time: mark.time, knewAll: flows[index, direction.opposite].reassembler.isAcknowledged,
            knewMore: flows[index, direction.opposite].reassembler.isBehindAcknowledgment)
        let sequence = flows[index, direction].reassembler.finSequence
        if let awaited = facts[direction].awaitedFIN, awaited.sequence != sequence {
            facts[direction].awaitedFIN = nil
            reportIgnored("FIN of packet \(awaited.fin.packet)", at: awaited.fin.packet, flow: index, direction)
        }
        if flows[index, direction].reassembler.isFinPlaced {
            facts[direction].awaitedFIN = nil
            noteFIN(fin, facts, flow: index, direction)
        } else if sequence != nil, facts[direction].awaitedFIN == nil {
            facts[direction].awaitedFIN = (fin, sequence)
        }
    }

    /// Notes a FIN that ends its direction.
    mutating func noteFIN(_ fin: ConnectionRules.TransportEnd.Fin, _ facts: FlowFacts, flow index: Int, _ direction: Direction) {
        let other = direction.opposite
        facts[direction].fin = fin
        guard facts.firstFIN == nil else { return }
        // Captures swap packets: a FIN that acknowledges the other side's came after it, whatever the order here.
        let first = flows[index, other].reassembler.isUnseenFinAcknowledged ? other : direction
        facts.firstFIN = first
        if first == other { facts[other].unseenFIN = fin.mark }
        facts.precedesAnswer = flows[index, first.opposite].reassembler.offset == 0
        for each in Direction.allCases { facts[each].spokeBeforeFIN = flows[index, each].lastData }
        flows.forEachChannel(of: index) { keepWhatCameBefore(endOf: $0) }
    }

    mutating func noteReset(
        _ segment: Segment, _ mark: PacketMark, lastPacketBefore: PacketMark, flow index: Int, _ direction: Direction
    ) {
        let other = direction.opposite
        let acknowledged = segment.flags.contains(.ack) ? segment.acknowledgment : nil
        let knewMore = acknowledged.map { flows[index, other].reassembler.isAhead(acknowledgment: $0) } ?? false
        // It takes its number from what it answers (RFC 9293 §3.5.2).
        let answersUnseen = acknowledged == nil && flows[index, direction].reassembler.isUnacknowledged(segment.sequence)
        let heard = flows[index, direction].hasHeard ? flows[index, direction].heard : nil
        let unanswered = heard.map {
            flows[index, other].reassembler.receivedByteCount(behind: $0, upTo: acknowledged)
        }
        facts(of: index).reset = FlowFacts.Reset(
            from: direction, mark: mark, unanswered: UInt64(unanswered ?? 0), isStateless: acknowledged == nil,
            answersUnseen: answersUnseen, knewMore: knewMore, lastPacketBefore: lastPacketBefore, sequence: segment.sequence,
            lead: flows[index, direction].reassembler.lead(of: segment.sequence))
    }

    private mutating func noteDataAfterEnd(_ segment: Segment, flow index: Int, _ direction: Direction) {
        guard segment.payloadLength > 1, flows[index, direction].reassembler.isAhead(segment), let channel = flows[index].channel,
            channel.ended != nil, !channel.hasReportedDataAfterEnd
        else { return }
        channel.hasReportedDataAfterEnd = true
        let packet = flows[index, direction].lastPacket.number
        report(.dataAfterEnd, found: "packet \(packet)", at: packet, from: channel.side(of: direction), in: channel)
    }
}
