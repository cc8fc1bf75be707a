import Bytes
import Channels
import Packets
import WebSocket

// With many flows each packet waits for memory, several times one after the other: for its slot, its flow's row, its connection's
// rows. Asked for together, for several packets, all of it comes in the time of one.
extension Engine {
    /// Flows beyond which rows do not stay in the processor's nearer caches.
    private static let lookaheadFlowCount = 2_048
    /// The same of directions with compressed messages, each of which has 40 KB.
    private static let lookaheadReadingCount = 64

    var looksAhead: Bool { flows.count > Self.lookaheadFlowCount || sockets.readingCount > Self.lookaheadReadingCount }

    /// See `Inspector.fetchRows`.
    mutating func fetchRows(for packets: Span<Range<Int>>, of bytes: Span<UInt8>, like header: PacketHeader) {
        var hashes: [24 of UInt64] = .init(repeating: 0)
        var directions: [24 of Direction] = .init(repeating: .fromLow)
        var count = 0
        var last: LikelyEnds?
        guard header.linkType == .ethernet else { return }
        for index in packets.indices where count < hashes.count {
            // What is no plain packet leads to no row, or to a wrong one.
            let packet = bytes.extracting(packets[index])
            guard let ends = LikelyEnds(in: packet) else { continue }
            // Data often follow data, and acknowledgements them: what they need is asked for already.
            if let last, ends.follows(last) || ends.answers(last) && !LikelyEnds.hasPayload(packet) { continue }
            last = ends
            let (key, direction) = FlowKey.of(ends)
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
        var sides: [24 of Side] = .init(repeating: .client)
        for index in 0..<count where rows[index] >= 0 {
            let row = rows[index]
            rows[index] = Int(flows[row].socket)
            sides[index] = flows[row].isClient(directions[index]) ? .client : .server
            if rows[index] >= 0 { sockets.prefetch(rows[index], sides[index]) }
        }
        guard sockets.readingCount > 0 else { return }
        for index in 0..<count where rows[index] >= 0 { sockets.prefetchReading(rows[index], sides[index]) }
        for index in 0..<count where rows[index] >= 0 { sockets.prefetchWindow(rows[index], sides[index]) }
    }
}
