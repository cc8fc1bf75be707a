import Bytes
import Packets
import WebSocket

/// Where the next packets belong.
struct Upcoming {
    var count = 0
    var hashes: [16 of UInt64] = .init(repeating: 0)
    /// What was read of rows for no other purpose than to have it read.
    var touched: UInt64 = 0
}

// With many flows each packet waits for memory, several times one after the other: for its slot, its flow's row, its connection's
// rows. Read for several packets together, the same waits pass side by side.
extension Engine {
    /// Flows beyond which rows do not stay in the processor's nearer caches.
    private static let lookaheadFlowCount = 2_048

    var looksAhead: Bool { flows.count > Self.lookaheadFlowCount }

    /// Notes a packet that comes soon, `header` being like its own; false when enough are noted.
    mutating func foresee(_ packet: Span<UInt8>, like header: PacketHeader) -> Bool {
        guard upcoming.count < upcoming.hashes.count else { return false }
        guard PacketDecoder.isPlain(header, packet) else { return true }
        upcoming.hashes[upcoming.count] = flows.hash(FlowKey.of(PlainSegment(in: packet)).key)
        upcoming.count += 1
        return true
    }

    /// Reads what the packets that were noted will need.
    mutating func fetchUpcoming() {
        var rows: [16 of Int] = .init(repeating: -1)
        for index in 0..<upcoming.count { rows[index] = flows.likelyIndex(upcoming.hashes[index]) }
        for index in 0..<upcoming.count where rows[index] >= 0 { upcoming.touched &+= flows.touch(rows[index]) }
        for index in 0..<upcoming.count where rows[index] >= 0 {
            let socket = Int(flows[rows[index]].socket)
            if socket >= 0 { upcoming.touched &+= sockets.touch(socket) }
        }
        upcoming.count = 0
    }
}

extension UnsafeMutablePointer where Pointee: ~Copyable {
    /// Reads a byte of each cache line of a value.
    @inline(__always)
    var touched: UInt64 {
        var sum: UInt64 = 0
        // Invariant: every offset is below the size of the value.
        for offset in Swift.stride(from: 0, to: MemoryLayout<Pointee>.size, by: 64) {
            sum &+= unsafe UInt64(UnsafeRawPointer(self).load(fromByteOffset: offset, as: UInt8.self))
        }
        return sum
    }
}
