import Bytes
import HTTP
import Packets
import Rules
import Streams
import Text
import WebSocket

/// Everything behind the packet decoder: flows, stages, frames. Confined to one `Inspector`.
final class Engine {
    let limits: Limits
    let streamLimits: StreamReassembler.Limits
    /// Payload bytes to keep.
    let keep: Int
    let keepsWireBytes: Bool
    let ignoredRules: Set<Rule>
    let measuresTraffic: Bool
    let tracksFlows: Bool
    /// Of the packet that was inspected last, where that is wanted.
    var lastFlow: Flow?
    var lastIsFragment = false
    let locates: Bool
    /// Where the current packet belongs.
    var place: PacketPlace?
    /// Counted once per packet or frame, so apart from the rest.
    var packetCount: UInt64 = 0
    var frameCount: UInt64 = 0
    var messageCount: UInt64 = 0
    var byteCount: UInt64 = 0
    /// Everything that is counted seldom.
    var counts = Summary()
    let flows = FlowTable()
    var recent: RecentBytes
    var keys = KeyHistory<KeyPlace>()
    /// Room for unmasked bytes and for inflated ones, lent out for one call.
    var scratch = ByteBuffer()
    var chunk = ByteBuffer()
    var connectionCount: UInt64 = 0
    /// Bytes that wait in all flows.
    var waitingByteCount = 0
    /// The limit on them was told of for flows that are no connection.
    var hasToldMemory = false
    var now = Timestamp(nanoseconds: 0)
    var losses = LossLog()
    /// Connections over, in the order in which they ended, so that the oldest can be forgotten.
    var over: [Flow] = []
    private static let overCount = 1_024

    init(_ options: Inspector.Options) {
        limits = options.limits
        streamLimits = options.limits.stream
        keep = min(options.keptByteCount, options.limits.messageByteCount)
        keepsWireBytes = options.keepsWireBytes
        ignoredRules = options.ignoredRules
        measuresTraffic = options.measuresTraffic
        tracksFlows = options.tracksFlows
        locates = options.locates
        recent = RecentBytes(byteCount: options.limits.recentByteCount)
    }

    // MARK: Counting

    @inline(__always) func countPacket(_ header: PacketHeader) {
        packetCount += 1
        now = header.time
    }

    var summary: Summary {
        var summary = counts
        summary.packets = packetCount
        summary.connections = connectionCount
        summary.frames = frameCount
        summary.messages = messageCount
        summary.bytes = byteCount
        return summary
    }

    func noteLoss(of count: UInt64, from: Timestamp, to: Timestamp) {
        counts.dropped = (counts.dropped ?? 0) &+ count
        if count > 0 { losses.note(from: from, to: to) }
    }

    func countUndecoded(_ reason: Undecoded) {
        counts.otherPackets += 1
        if tracksFlows { lastIsFragment = reason.reason == .fragmentHeld }
        switch reason.reason {
        case .truncated, .malformed, .tooManyHeaders: counts.damagedPackets += 1
        case .unsupportedLinkType(let type):
            counts.unsupportedPackets += 1
            counts.unsupportedLinkType = type.rawValue
        default: break
        }
    }

    // MARK: Segments

    func take(_ segment: Segment, _ bytes: Span<UInt8>, _ header: PacketHeader, into sink: inout some EventSink & ~Copyable) {
        let (key, fromLow) = FlowKey.of(segment)
        let flags = segment.flags.rawValue
        let isSYN = flags & TCPFlags.syn.rawValue != 0
        guard let flow = flow(key, segment, isSYN: isSYN, fromLow: fromLow, header, into: &sink) else { return }
        if tracksFlows { lastFlow = flow }
        let lane = flow.lane(fromLow: fromLow)
        if measuresTraffic { count(segment, flow, lane, at: header.time) }
        defer { if locates { locate(segment, flow, lane, fromLow: fromLow) } }
        let mark = PacketMark(number: header.number, time: header.time)
        let seenBefore = lane.seen
        lane.seen = mark
        if flow.isOver { return noteDataAfterEnd(flow, lane, segment, into: &sink) }
        let other = flow.lane(fromLow: !fromLow)

        if isSYN {
            synchronize(flow, lane, segment)
            lane.lastMark = mark
        }
        let isAcknowledging = flags & TCPFlags.ack.rawValue != 0 && flags & TCPFlags.rst.rawValue == 0
        let otherNeedsAttention = isAcknowledging && other.reassembler.acknowledge(segment.acknowledgment)
        let placement = lane.reassembler.accept(segment, bytes: bytes, mark: mark, limits: streamLimits, recent: &recent)
        if measuresTraffic, placement.repeated > 0 { lane.traffic?.repeatedBytes += UInt64(placement.repeated) }
        if placement.contradicts { tell(.retransmissionDiffers, found: "packet \(header.number)", flow, lane, into: &sink) }
        if !placement.delivered.isEmpty { deliver(flow, lane, bytes.extracting(placement.delivered), mark, into: &sink) }
        if placement.cutOff > 0 { miss(flow, lane, UInt64(placement.cutOff), .cutOff, into: &sink) }
        if placement.needsAttention { settle(flow, lane, into: &sink) }
        if otherNeedsAttention { settle(flow, other, into: &sink) }

        note(segment, placement, mark, flow, lane, other)
        if flags & TCPFlags.rst.rawValue != 0 {
            noteReset(segment, mark, seenBefore, flow, lane, other)
            end(flow, .reset, into: &sink)
        } else if flow.firstFin != nil, lane.reassembler.isFinished, other.reassembler.isFinished {
            end(flow, .finished, into: &sink)
        }
    }

    private func locate(_ segment: Segment, _ flow: Flow, _ lane: Lane, fromLow: Bool) {
        let isSYN = segment.flags.rawValue & TCPFlags.syn.rawValue != 0
        let offset = lane.reassembler.streamOffset(of: isSYN ? segment.sequence &+ 1 : segment.sequence)
        place = PacketPlace(flow: flow.serial, isFromLow: fromLow, offset: offset, segment: segment, fragments: [])
    }

    /// Hands on held segments whose turn has come, and gives up holes that are overdue.
    private func settle(_ flow: Flow, _ lane: Lane, into sink: inout some EventSink & ~Copyable) {
        repeat {
            while let held = nextHeld(lane) {
                let bytes = held.bytes.span.extracting(held.skipped..<held.bytes.count)
                if !bytes.isEmpty { deliver(flow, lane, bytes, held.mark, into: &sink) }
                if held.cutOff > 0 { miss(flow, lane, UInt64(held.cutOff), .cutOff, into: &sink) }
            }
            weigh(lane)
            let isShedding = mustShed(lane)
            guard let gap = lane.reassembler.overdueGap(limits: streamLimits(of: lane)) else { return }
            if isShedding, gap.cause == .limit { tellMemory(flow, lane, into: &sink) }
            miss(flow, lane, gap.byteCount, .lost, into: &sink)
        } while true
    }

    /// Not inlined: the optimizer of Swift 6.3 otherwise lets the access to `recent` last into the loop that calls it, where the
    /// next packet's delivery needs it.
    @inline(never)
    private func nextHeld(_ lane: Lane) -> StreamReassembler.Held? { lane.reassembler.nextHeld(recent: &recent) }

    // MARK: Flows

    private func flow(
        _ key: FlowKey, _ segment: Segment, isSYN: Bool, fromLow: Bool, _ header: PacketHeader,
        into sink: inout some EventSink & ~Copyable
    ) -> Flow? {
        let hash = key.hash
        if let known = flows.find(key, hash: hash) {
            guard isReused(known, segment, isSYN: isSYN, fromLow: fromLow) else { return known }
            end(known, .portsReused(PacketMark(number: header.number, time: header.time)), into: &sink)
            flows.remove(known)
            over.removeAll { $0 === known }
        }
        // What carries nothing and opens nothing needs no flow.
        if !isSYN, segment.payloadLength == 0 { return nil }
        if flows.count >= limits.connectionCount { forgetOne(hash, into: &sink) }
        counts.flows += 1
        let flow = Flow(key: key, hash: hash, serial: counts.flows, fractionDigits: header.fractionDigits)
        flows.insert(flow)
        if measuresTraffic { flow.countTraffic() }
        if !isSYN {
            flow.low.stage = .searching(FrameSearch(isMasked: nil, allowsCompression: true, isKnownWebSocket: false))
            flow.high.stage = flow.low.stage
        }
        return flow
    }

    /// Whether the ports of a known connection are used by a new one.
    private func isReused(_ known: Flow, _ segment: Segment, isSYN: Bool, fromLow: Bool) -> Bool {
        if !isSYN, !known.isOver { return false }
        let lane = known.lane(fromLow: fromLow)
        if isSYN { return lane.reassembler.isForeign(synSequence: segment.sequence) }
        return segment.payloadLength > 1 && lane.reassembler.isFarAway(segment)
    }

    private func synchronize(_ flow: Flow, _ lane: Lane, _ segment: Segment) {
        let isAnswer = segment.flags.rawValue & TCPFlags.ack.rawValue != 0
        if lane.side == nil { flow.assign(client: isAnswer ? flow.other(lane) : lane) }
        lane.reassembler.synchronize(initial: segment.sequence)
    }

    private func forgetOne(_ seed: UInt64, into sink: inout some EventSink & ~Copyable) {
        guard let idle = flows.idle(near: seed) else { return }
        if idle.connection != nil {
            tell(.connectionLimit, found: "\(Quantity.counted(limits.connectionCount, "connection"))", idle, nil, into: &sink)
        }
        end(idle, .forgotten, into: &sink)
        flows.remove(idle)
        over.removeAll { $0 === idle }
    }

    private func noteDataAfterEnd(_ flow: Flow, _ lane: Lane, _ segment: Segment, into sink: inout some EventSink & ~Copyable) {
        let isNew = segment.payloadLength > 1 && lane.reassembler.isAhead(segment)
        guard isNew, flow.ended != nil, !flow.hasToldDataAfterEnd else { return }
        flow.hasToldDataAfterEnd = true
        tell(.dataAfterEnd, found: "packet \(lane.seen.number)", flow, lane, into: &sink)
    }

    /// Ends a TCP connection: what is open is closed, and the connection's end is told.
    func end(_ flow: Flow, _ transport: TransportEnd, into sink: inout some EventSink & ~Copyable) {
        guard !flow.isOver else { return }
        for lane in [flow.low, flow.high] {
            while let gap = lane.reassembler.finalGap() {
                miss(flow, lane, gap.byteCount, .lost, into: &sink)
                settle(flow, lane, into: &sink)
            }
        }
        decideAtEnd(flow, transport, into: &sink)
        endExchanges(flow, into: &sink)
        endConnection(flow, transport, into: &sink)
        flow.isOver = true
        for lane in [flow.low, flow.high] {
            lane.clear()
            weigh(lane)
        }
        over.append(flow)
        if over.count >= 2 * Self.overCount {
            for flow in over[..<Self.overCount] { flows.remove(flow) }
            over.removeFirst(Self.overCount)
        }
    }

    func finish(into sink: inout some EventSink & ~Copyable) {
        let open = flows.all.filter { !$0.isOver }
        for flow in open.sorted(by: { ($0.connection?.number ?? .max, $0.seen.number) < ($1.connection?.number ?? .max, $1.seen.number) }) {
            end(flow, .captureEnded, into: &sink)
        }
        for flow in flows.all { flows.remove(flow) }
        over = []
        keys = KeyHistory()
        losses = LossLog()
    }

    // MARK: Findings

    /// Counts findings and says whether there is a connection to tell them of.
    func count(_ findings: [Finding]) {
        for finding in findings { counts.findings[finding.rule.severity.rawValue] += 1 }
    }

    func tell(
        _ rule: Rule, expected: String? = nil, found: String?, _ flow: Flow, _ lane: Lane?, into sink: inout some EventSink & ~Copyable
    ) {
        guard let connection = flow.connection ?? flow.ended else { return }
        tell([Finding(rule, expected: expected, found: found)], of: lane?.side, connection, into: &sink)
    }

    /// Tells of a limit, with or without a connection to tell it of.
    func tellLimit(_ rule: Rule, found: String, _ flow: Flow, _ lane: Lane?, into sink: inout some EventSink & ~Copyable) {
        let finding = Finding(rule, found: found)
        count([finding])
        sink.found(finding, from: lane?.side, in: flow.connection ?? flow.ended, at: now)
    }

    func tell(_ findings: [Finding], of side: Side?, _ connection: Connection, into sink: inout some EventSink & ~Copyable) {
        let findings = ignoredRules.isEmpty ? findings : findings.filter { !ignoredRules.contains($0.rule) }
        count(findings)
        for finding in findings { sink.found(finding, from: side, in: connection, at: now) }
    }
}
