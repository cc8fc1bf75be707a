import Bytes
import Channels
import Packets
import WebSocket

// With many flows each packet waits for memory, several times one after the other: for its slot, its flow's row, its connection's
// rows. Asked for together, for several packets, all of it comes in the time of one.
extension Engine {
    /// Flows beyond which rows do not stay in the processor's nearer caches.
    private static let lookaheadFlowCount = 2_048

    var looksAhead: Bool { flows.count > Self.lookaheadFlowCount }

    /// See `Inspector.fetchRows`.
    mutating func fetchRows(for packets: Span<Range<Int>>, of bytes: Span<UInt8>, like header: PacketHeader) {
        var hashes: [24 of UInt64] = .init(repeating: 0)
        var directions: [24 of Direction] = .init(repeating: .fromLow)
        var count = 0
        var last: PlainSegment?
        for index in packets.indices where count < hashes.count {
            let packet = bytes.extracting(packets[index])
            guard PacketDecoder.isPlain(header, packet) else { continue }
            let segment = PlainSegment(in: packet)
            // Data often follow data, and acknowledgements them: what they need is asked for already.
            if let last, segment.follows(last) || segment.payloadLength == 0 && segment.answers(last) { continue }
            last = segment
            let (key, direction) = FlowKey.of(segment)
            let hash = flows.hash(key)
            flows.prefetch(slotOf: hash)
            hashes[count] = hash
            directions[count] = direction
            count += 1
        }
        var rows: [24 of Int] = .init(repeating: -1)
        for index in 0..<count {
            rows[index] = flows.likelyIndex(hashes[index])
            if rows[index] >= 0 { flows.prefetch(rows[index]) }
        }
        for index in 0..<count where rows[index] >= 0 {
            let socket = Int(flows[rows[index]].socket)
            if socket >= 0 { sockets.prefetch(socket, flows[rows[index]].isClient(directions[index]) ? .client : .server) }
        }
    }
}
