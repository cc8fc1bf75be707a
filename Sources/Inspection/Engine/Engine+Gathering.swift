import Bytes
import Channels
import Packets
import Streams

/// A connection at whose beginning the capture has packets in another order than they were sent in: a request before its SYN, an answer
/// before its request. Its packets are gathered for a while, and then taken in the order in which they were sent.
struct Gathering {
    struct Packet {
        var segment: Segment
        /// Its captured payload.
        var bytes: [UInt8]
        var header: PacketHeader
        var path: [PathHop]
        /// Those of a SYN, where they are wanted.
        var options: TCPOptions?
        /// The packets that it was put together from, if IP had fragmented it.
        var fragments: [UInt64] = []
    }

    /// The two ends, outside of any tunnel.
    let ends: FlowKey
    var packets: [Packet] = []
    /// The number of packets of the capture after which it ends.
    var end: UInt64
    /// Something that was sent before the first of them stands among those that come next; until that is known it waits for a look.
    var isCertain = false

    /// How far before another a segment may have been sent and still stand after it.
    private static let reach = 1 << 20

    func hasLast(_ segment: Segment) -> Bool { packets.last?.segment == segment }

    mutating func noteOptions(_ options: TCPOptions) { packets[packets.count - 1].options = options }

    mutating func noteFragments(_ fragments: [UInt64]) { packets[packets.count - 1].fragments = fragments }

    /// Places of the packets in the order in which they were sent.
    ///
    /// Who sends a segment has sent everything before its sequence number and received everything before its acknowledgement number: the
    /// sum of both grows with each step (Lamport's clock), whatever the clock of the capture does. Where not all belong to one
    /// connection, the time decides.
    var order: [Int] {
        guard let first = packets.first(where: { $0.segment.flags.contains(.ack) })?.segment else { return Array(packets.indices) }
        func key(_ segment: Segment) -> Int? {
            let isOfSameSide = segment.source == first.source
            let sent = distance(from: isOfSameSide ? first.sequence : first.acknowledgment, to: segment.sequence)
            guard abs(sent) <= Self.reach else { return nil }
            guard segment.flags.contains(.ack) else { return segment.flags.contains(.syn) ? .min : .max }
            let received = distance(from: isOfSameSide ? first.acknowledgment : first.sequence, to: segment.acknowledgment)
            return abs(received) <= Self.reach ? sent + received : nil
        }
        let keys = packets.map { key($0.segment) }
        let steps = keys.contains(nil) ? keys.map { _ in 0 } : keys.compactMap { $0 }
        return packets.indices.sorted { (steps[$0], packets[$0].header.time, $0) < (steps[$1], packets[$1].header.time, $1) }
    }

    /// True if one of the packets that were taken stands after this one, and brought other bytes for the same stretch of the stream.
    func contradicts(_ packet: Packet, _ taken: ArraySlice<Int>) -> Bool {
        taken.contains { place in
            let other = packets[place]
            guard other.header.number > packet.header.number, other.segment.source == packet.segment.source else { return false }
            let start = distance(from: other.segment.firstSequence, to: packet.segment.firstSequence)
            let shared = max(0, start)..<max(0, start, min(other.bytes.count, start + packet.bytes.count))
            return shared.contains { other.bytes[$0] != packet.bytes[$0 - start] }
        }
    }

    /// True if a segment that stands after the first was sent before it, as the numbers of both say.
    func isEarlier(_ segment: Segment) -> Bool {
        guard let first = packets.first?.segment, segment.payloadLength > 0 || segment.flags.contains(.syn) else { return false }
        let end = segment.firstSequence &+ UInt32(truncatingIfNeeded: segment.payloadLength)
        let isOfSameSide = segment.source == first.source
        guard isOfSameSide || first.flags.contains(.ack) else { return false }
        return (0...Self.reach).contains(distance(from: end, to: isOfSameSide ? first.sequence : first.acknowledgment))
    }
}

// The beginning of a connection decides what is made of all that follows, so it is worth a look at the packets that stand next in the
// file. It is only taken where the first packets of a connection do not fit each other.
extension Engine {
    /// Puts a segment aside whose connection is being gathered, or whose turn at its beginning it may not be. False for any other.
    mutating func gathers(
        _ segment: Segment, _ bytes: Span<UInt8>, _ header: PacketHeader, _ key: FlowKey, flow known: Int, _ direction: Direction
    ) -> Bool {
        // The same ends in two tunnels may be two connections, and each direction may have a tunnel of its own.
        guard segment.scope == .none else { return false }
        if !missing.gatherings.isEmpty, let place = missing.gatherings.firstIndex(where: { $0.ends == key.outside }) {
            missing.gatherings[place].packets.append(aside(segment, bytes, header))
            return true
        }
        guard missing.canLook else { return false }
        guard isOutOfTurn(segment, flow: known, direction) else {
            if known >= 0, segment.payloadLength > 0 { noteInTurn(flow: known) }
            return false
        }
        if known >= 0 { flows[known].uncheckedCount = 0 }
        guard missing.isWorthSearching() else { return false }
        var gathering = Gathering(ends: key.outside, end: counts.packets + MissingBytes.reach)
        gathering.packets.append(aside(segment, bytes, header))
        missing.gatherings.append(gathering)
        isAlert = true
        return true
    }

    private mutating func aside(_ segment: Segment, _ bytes: Span<UInt8>, _ header: PacketHeader) -> Gathering.Packet {
        Gathering.Packet(segment: segment, bytes: bytes.copied(), header: header, path: path)
    }

    /// True if something that was sent before it has not come: its side's SYN, the other side's, or what it acknowledges.
    private mutating func isOutOfTurn(_ segment: Segment, flow index: Int, _ direction: Direction) -> Bool {
        guard index >= 0 else {
            if segment.flags.contains(.syn) { return segment.flags.contains(.ack) }
            return segment.payloadLength > 0 || !segment.flags.isDisjoint(with: [.fin, .rst])
        }
        guard !flows[index].isOver, !segment.flags.contains(.syn) else { return false }
        let other = direction.opposite
        if segment.payloadLength > 0 {
            if !flows[index, direction].reassembler.isSynchronized { return true }
            if flows[index].channel == nil {
                return !flows[index, other].reassembler.isSynchronized
                    || flows[index, other].reassembler.lead(of: segment.acknowledgment) > 0
            }
        }
        return flows[index].uncheckedCount > 0 && segment.flags.contains(.ack)
            && flows[index, other].reassembler.lacksBeginning(acknowledgedBy: segment.acknowledgment)
    }

    /// Notes that data were in turn. From the first of both directions on, most segments of a flow are ordinary.
    private mutating func noteInTurn(flow index: Int) {
        let hasBegun = flows[index, .fromLow].reassembler.isSynchronized && flows[index, .fromHigh].reassembler.isSynchronized
        flows[index].uncheckedCount = hasBegun ? 0 : max(flows[index].uncheckedCount, 1) - 1
        if flows[index].uncheckedCount == 0 {
            flows[index].isWatched = flows[index].traffic != nil || flows[index].facts?.isWatching ?? false
        }
    }

    /// Notes a segment that stands among the next packets.
    mutating func lookForEarlier(_ segment: Segment, _ key: FlowKey) {
        for place in missing.gatherings.indices where !missing.gatherings[place].isCertain && missing.gatherings[place].ends == key.outside
        {
            if missing.gatherings[place].isEarlier(segment) {
                missing.gatherings[place].isCertain = true
                missing.note(isFound: true)
            }
        }
    }

    /// Goes on with what was put aside in vain.
    mutating func decideGatherings() {
        let given = missing.gatherings.filter { !$0.isCertain }
        missing.gatherings.removeAll { !$0.isCertain }
        for gathering in given {
            missing.note(isFound: false)
            take(gathering)
        }
    }

    /// Ends gatherings whose time has come.
    mutating func endGatherings(at packetCount: UInt64) {
        while let first = missing.gatherings.first, first.end <= packetCount {
            missing.gatherings.removeFirst()
            take(first)
        }
    }

    /// Takes what was gathered.
    private mutating func take(_ gathering: Gathering) {
        let (canLend, path, tracking, now) = (rooms.canLend, path, tracking, now)
        rooms.canLend = false
        let order = gathering.order
        for (count, place) in order.enumerated() {
            let packet = gathering.packets[place]
            let (key, direction) = FlowKey.of(packet.segment)
            let hash = flows.hash(key)
            self.path = packet.path
            self.tracking = Tracking()
            self.now = packet.header.time
            takeInTurn(packet.segment, packet.bytes.span, packet.header, key: key, hash: hash, flow: flows.find(key, hash), direction)
            if let options = packet.options { noteOptions(options, of: packet.segment) }
            if settings.locates { reportPlace(of: packet, isContradicting: gathering.contradicts(packet, order[..<count])) }
        }
        (rooms.canLend, self.path, self.tracking, self.now) = (canLend, path, tracking, now)
    }

    /// - Parameter isContradicting: what was taken of its stretch of the stream are not the bytes that stand there first.
    private mutating func reportPlace(of packet: Gathering.Packet, isContradicting: Bool) {
        guard var place = tracking.place else { return }
        place.fragments = packet.fragments
        if isContradicting { place.segment = nil }
        tape.append(.located(.packet(packet.header.number, place)))
    }

    /// Notes which packets a segment was put together from that was taken, or put aside.
    mutating func noteFragments(_ packets: [UInt64], of segment: Segment, _ header: PacketHeader) {
        guard settings.locates else { return }
        tracking.place?.fragments = packets
        guard !missing.gatherings.isEmpty else { return }
        let ends = FlowKey.of(segment).key.outside
        if let place = missing.gatherings.firstIndex(where: { $0.ends == ends && $0.packets.last?.header.number == header.number }) {
            missing.gatherings[place].noteFragments(packets)
        }
    }
}
