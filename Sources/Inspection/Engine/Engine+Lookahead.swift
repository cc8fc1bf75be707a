import Bytes
import Channels
import Packets
import WebSocket

/// Where the next packets belong.
struct Upcoming {
    var count = 0
    var hashes: [16 of UInt64] = .init(repeating: 0)
    var directions: [16 of Direction] = .init(repeating: .fromLow)
}

// With many flows each packet waits for memory, several times one after the other: for its slot, its flow's row, its connection's
// rows. Asked for together, for several packets, all of it comes in the time of one.
extension Engine {
    /// Flows beyond which rows do not stay in the processor's nearer caches.
    private static let lookaheadFlowCount = 2_048

    var looksAhead: Bool { flows.count > Self.lookaheadFlowCount }

    /// Notes a packet that comes soon, `header` being like its own; false when enough are noted.
    mutating func foresee(_ packet: Span<UInt8>, like header: PacketHeader) -> Bool {
        guard upcoming.count < upcoming.hashes.count else { return false }
        guard PacketDecoder.isPlain(header, packet) else { return true }
        let (key, direction) = FlowKey.of(PlainSegment(in: packet))
        let hash = flows.hash(key)
        flows.prefetch(slotOf: hash)
        upcoming.hashes[upcoming.count] = hash
        upcoming.directions[upcoming.count] = direction
        upcoming.count += 1
        return true
    }

    /// Asks for what the packets that were noted will need.
    mutating func fetchUpcoming() {
        var rows: [16 of Int] = .init(repeating: -1)
        for index in 0..<upcoming.count {
            rows[index] = flows.likelyIndex(upcoming.hashes[index])
            if rows[index] >= 0 { flows.prefetch(rows[index]) }
        }
        for index in 0..<upcoming.count where rows[index] >= 0 {
            let socket = Int(flows[rows[index]].socket)
            if socket >= 0 { sockets.prefetch(socket, flows[rows[index]].isClient(upcoming.directions[index]) ? .client : .server) }
        }
        upcoming.count = 0
    }
}
