import Bytes
import Channels
import Packets
import Streams
import Waits

/// What the two directions of a flow cost, and whether a connection has taken the counts.
final class FlowTraffic {
    private(set) var fromLow = DirectionTraffic()
    private(set) var fromHigh = DirectionTraffic()
    /// A connection has taken the counts.
    private var isTaken = false
    /// Streams share the flow, so that one of them may have to wait for the bytes of another.
    var isShared = false
    /// As each side's SYN says, where it was captured: nil inside if it has no such option.
    private var lowScale: UInt8??
    private var highScale: UInt8??
    private var lowSegmentLimit: Int?
    private var highSegmentLimit: Int?

    subscript(direction: Direction) -> DirectionTraffic { direction == .fromLow ? fromLow : fromHigh }

    func note(_ options: TCPOptions, of direction: Direction) {
        let limit = options.maximumSegmentSize.map { Int($0) }
        if direction == .fromLow {
            lowScale = .some(options.windowScale)
            lowSegmentLimit = limit
        } else {
            highScale = .some(options.windowScale)
            highSegmentLimit = limit
        }
    }

    /// Bytes of the largest segment that a side takes, if its SYN says so.
    func segmentLimit(of direction: Direction) -> Int? { direction == .fromLow ? lowSegmentLimit : highSegmentLimit }

    /// Bits by which windows are shifted, at most 14 (RFC 7323 §2.3); nil unless both SYNs were captured.
    func windowShift(of direction: Direction) -> Int? {
        guard let low = lowScale, let high = highScale else { return nil }
        guard let low, let high else { return 0 }
        return Int(min(direction == .fromLow ? low : high, 14))
    }

    /// Counts from here on for what follows on the TCP connection.
    func beginAnew() {
        fromLow = DirectionTraffic()
        fromHigh = DirectionTraffic()
        isTaken = false
    }

    /// Gives the counts to a connection, unless one before it has them already: no packet counts twice. Streams may look at what the
    /// flow has that they share.
    func handOver(client: Direction) -> ConnectionTraffic? {
        guard !isTaken else { return nil }
        isTaken = !isShared
        return ConnectionTraffic(client: self[client], server: self[client.opposite], isShared: isShared)
    }
}

extension Engine {
    /// Counts a segment, if a report on the cost of traffic asks for it (`Inspector.Options.measuresTraffic`).
    mutating func count(_ segment: Segment, flow index: Int, _ direction: Direction, at time: Timestamp) {
        guard let traffic = flows[index].traffic else { return }
        if segment.payloadLength > 0, let channel = flows[index].channel, let http = channel.http, http.isBetweenExchanges,
            channel.client == direction
        {
            http.isBetweenExchanges = false
            traffic.beginAnew()
        }
        traffic[direction].count(segment, at: time)
        guard segment.flags.contains(.ack), !segment.flags.contains(.rst) else { return }
        traffic[direction.opposite].acknowledge(segment.acknowledgment, at: time)
    }
}

// What segments show of the way that data take, where waits are to be explained.
extension Engine {
    mutating func noteOptions(_ options: TCPOptions, of segment: Segment) {
        let (key, direction) = FlowKey.of(segment)
        if let place = missing.gatherings.firstIndex(where: { $0.ends == key.outside }), missing.gatherings[place].hasLast(segment) {
            return missing.gatherings[place].noteOptions(options)
        }
        let index = flows.find(key, flows.hash(key))
        if index >= 0 { flows[index].traffic?.note(options, of: direction) }
    }

    /// Reports a segment that was just placed.
    mutating func report(
        _ segment: Segment, _ placement: StreamReassembler.Placement, fillsGap: Bool, _ packet: PacketMark, flow index: Int,
        _ direction: Direction
    ) {
        let other = direction.opposite
        guard let side = flows[index].channel?.side(of: direction), segment.flags.isDisjoint(with: [.syn, .rst]) else { return }
        let sequence = flows[index, direction].reassembler.streamOffset(of: segment.sequence)
        var mark = TransportMark(
            flow: flows[index].serial, packet: packet.number, time: packet.time.nanoseconds, from: side, start: sequence,
            byteCount: segment.payloadLength, isRepeated: placement.isRetransmission || placement.repeated > 0,
            isHeld: placement.isHeld, fillsGap: fillsGap && !placement.delivered.isEmpty)
        if segment.flags.contains(.ack), flows[index, other].reassembler.isSynchronized {
            mark.acknowledged = flows[index, other].reassembler.streamOffset(of: segment.acknowledgment)
        }
        if let traffic = flows[index].traffic {
            mark.window = traffic.windowShift(of: direction).map { Int(segment.window) << $0 } ?? (segment.window == 0 ? 0 : nil)
            mark.segmentLimit = traffic.segmentLimit(of: direction)
            let times = traffic[other].acknowledgeTimes
            if times.count > 0 { mark.roundTrip = times.minimum }
        }
        tape.append(mark)
    }
}
