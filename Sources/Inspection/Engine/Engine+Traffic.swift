import Bytes
import Channels
import Packets
import Streams

/// What the two directions of a flow cost, and whether a connection has taken the counts.
final class FlowTraffic {
    private(set) var fromLow = DirectionTraffic()
    private(set) var fromHigh = DirectionTraffic()
    /// A connection has taken the counts.
    private var isTaken = false

    subscript(direction: Direction) -> DirectionTraffic { direction == .fromLow ? fromLow : fromHigh }

    /// Counts from here on for what follows on the TCP connection.
    func beginAnew() {
        fromLow = DirectionTraffic()
        fromHigh = DirectionTraffic()
        isTaken = false
    }

    /// Gives the counts to a connection, unless one before it has them already: no packet counts twice.
    func handOver(client: Direction) -> ConnectionTraffic? {
        guard !isTaken else { return nil }
        isTaken = true
        return ConnectionTraffic(client: self[client], server: self[client.opposite])
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
