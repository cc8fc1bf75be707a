import Bytes
import Channels
import Packets
import Streams

// Connections in tunnels. The same addresses in two tunnels may be other hosts, so tunnels are part of a flow's key. But a capture may
// show a packet inside and outside of its tunnel, a tunnel may have another number in each direction, and that number may change. So a
// segment that would begin a flow is first held against flows of the same addresses: where its numbers go on with theirs, it is
// another view of that flow. Each direction is read from one view, and what another one repeats counts once.
extension Engine {
    /// What a segment is where tunnels are about.
    enum View {
        /// It belongs to the flow that its key names; -1 if there is none.
        case own(Int)
        /// It belongs to that flow, which was first seen elsewhere.
        case other(Int)
        /// It repeats what was seen in another view.
        case repeated
    }

    /// Keeps what a segment passed through, where it may begin a flow.
    @inline(never)
    mutating func notePath(of segment: Segment, _ decoder: borrowing PacketDecoder, _ header: PacketHeader, _ bytes: Span<UInt8>) {
        let key = FlowKey.of(segment).key
        guard segment.flags.contains(.syn) || flows.find(key, flows.hash(key)) < 0 else { return }
        path = decoder.path(header, bytes)
    }

    mutating func view(
        of segment: Segment, _ key: FlowKey, _ hash: UInt64, known: Int, _ direction: Direction, _ header: PacketHeader
    ) -> View {
        var known = known
        if known >= 0, let original = flows[known].facts?.original {
            let index = Int(original.index)
            if flows.isStill(original), !isForeign(segment, direction, to: index) {
                return taken(segment, direction, from: key.scope, index)
            }
            flows.remove(known)
            known = -1
        }
        if known >= 0 {
            guard flows[known].facts?.views != nil, !isForeign(segment, direction, to: known) else { return .own(known) }
            return taken(segment, direction, from: key.scope, known)
        }
        guard segment.payloadLength > 0 || segment.flags.contains(.syn),
            let index = flows.views(of: key).first(where: { goesOn(segment, direction, in: $0) })
        else { return .own(-1) }
        if flows.count >= settings.limits.connectionCount { return .other(index) }
        join(key, hash, to: index, header)
        return taken(segment, direction, from: key.scope, index)
    }

    /// A SYN of another connection.
    private func isForeign(_ segment: Segment, _ direction: Direction, to index: Int) -> Bool {
        segment.flags.contains(.syn) && flows[index, direction].reassembler.isForeign(synSequence: segment.sequence)
            && (flows[index].isOver || flows[index, direction].reassembler.isSynchronized)
    }

    /// Makes a row that refers to a flow under another key.
    private mutating func join(_ key: FlowKey, _ hash: UInt64, to index: Int, _ header: PacketHeader) {
        var views = flows[index].facts?.views ?? FlowViews()
        for each in Direction.allCases where views[each] == nil && flows[index, each].reassembler.isSynchronized {
            views[each] = flows[index].key.scope
        }
        facts(of: index).views = views
        flows[index].isWatched = true
        if flows[index].channel == nil, path.count > facts(of: index).path.count { facts(of: index).path = path }
        let original = Flows.Reference(index: Int32(index), serial: flows[index].serial)
        viewCount += 1
        let view = flows.insert(key, hash, serial: viewCount | 1 << 63, fractionDigits: header.fractionDigits)
        flows[view].isOver = true
        facts(of: view).original = original
    }

    /// Whether a view brings something, in which case the direction is read from it from now on.
    private mutating func taken(_ segment: Segment, _ direction: Direction, from scope: TunnelScope, _ index: Int) -> View {
        let views = facts(of: index).views ?? FlowViews()
        if views[direction] == scope { return .other(index) }
        guard views[direction] == nil || isNews(segment, direction, to: index) else {
            counts.rare.repeatedPackets += 1
            return .repeated
        }
        facts(of: index).views?[direction] = scope
        return .other(index)
    }

    private func isNews(_ segment: Segment, _ direction: Direction, to index: Int) -> Bool {
        if flows[index].isOver { return false }
        let flags = segment.flags
        if flags.contains(.rst) || flags.contains(.fin) && flows[index, direction].reassembler.finSequence == nil { return true }
        if segment.payloadLength > 0 { return flows[index, direction].reassembler.isAhead(segment) }
        if flags.contains(.syn) { return !flows[index, direction].reassembler.isSynchronized }
        guard let acknowledged = flows[index, direction.opposite].reassembler.acknowledgedOffset else { return true }
        return flows[index, direction.opposite].reassembler.streamOffset(of: segment.acknowledgment) > acknowledged
    }

    /// Whether the numbers of a segment go on with those of a flow.
    private func goesOn(_ segment: Segment, _ direction: Direction, in index: Int) -> Bool {
        guard !flows[index].isOver, flows[index].facts?.original == nil else { return false }
        let isSpeaking = flows[index, direction].reassembler.isSynchronized
        let scope = flows[index].facts?.views?[direction] ?? flows[index].key.scope
        // Two networks are two networks. A number that its receiver chose may change later on.
        if isSpeaking, scope.kind != .plain, segment.scope.kind != .plain {
            guard scope.kind == .directional, segment.scope.kind == .directional, !segment.flags.contains(.syn) else { return false }
        }
        let isAnswer = segment.flags.contains(.ack)
        if segment.flags.contains(.syn) {
            if isSpeaking { return !flows[index, direction].reassembler.isForeign(synSequence: segment.sequence) }
            return isAnswer && flows[index, direction.opposite].reassembler.initialSequence == segment.acknowledgment
        }
        let isAnswered = flows[index, direction.opposite].reassembler.isSynchronized
        guard isSpeaking || isAnswer && isAnswered else { return false }
        return (!isSpeaking || isNear(segment.sequence, index, direction))
            && (!isAnswer || !isAnswered || isNear(segment.acknowledgment, index, direction.opposite))
    }

    private func isNear(_ sequence: UInt32, _ index: Int, _ direction: Direction) -> Bool {
        let offset = flows[index, direction].reassembler.streamOffset(of: sequence)
        return abs(offset - Int64(clamping: flows[index, direction].reassembler.offset)) <= Self.nearByteCount
    }

    /// How far the numbers of two views of one connection may be apart.
    private static let nearByteCount: Int64 = 1 << 20
}
