import Bytes
import Channels
import Packets
import TestSupport

/// A protocol on datagrams, made up for tests: each names its connection, a stream, and where in the stream its bytes belong.
///
/// `Z`, the connection, the stream, what it is (0 bytes, 1 the end of the stream, 2 the end of all, 3 what the receiver has of the stream),
/// an offset in four bytes, bytes. What comes too early is kept.
final class Postcards: DatagramLayer {
    struct Factory: DatagramFactory {
        var transport: String { "postcards" }
        func makeSorter() -> any DatagramSorter { Sorter() }
    }

    final class Sorter: DatagramSorter {
        private var known: [UInt8: (number: UInt64, layer: Postcards)] = [:]
        private var rows: [UInt64: DatagramRow] = [:]
        private var last: (number: UInt64, layer: Postcards)?
        private var paths: [UInt64: [Direction: UInt8]] = [:]
        private(set) var forgotten: [UInt64] = []

        func sort(_ datagram: Span<UInt8>, onPath path: UInt64, from direction: Direction) -> DatagramOwner? {
            guard datagram.count >= 8, datagram[0] == UInt8(ascii: "Z") else { return nil }
            let name = datagram[1]
            let entry = known[name] ?? (UInt64(known.count), Postcards(firstPath: path))
            known[name] = entry
            // On other paths the ends may stand in the other order; the sender of an odd kind is told apart by the top bit of the stream.
            let isLow = entry.layer.firstPath == path ? direction == .fromLow : datagram[2] & 0x80 == 0
            last = entry
            return DatagramOwner(connection: entry.number, direction: isLow ? .fromLow : .fromHigh, row: rows[entry.number])
        }

        var found: (any DatagramLayer)? { last?.layer }

        func note(_ row: DatagramRow) { if let last { rows[last.number] = row } }

        func take(
            _ datagram: Span<UInt8>, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput
        ) -> DatagramState {
            let layer = last!.layer
            layer.take(datagram, from: direction, at: mark, into: &output)
            return DatagramState(byteCount: layer.bareByteCount + layer.waitingByteCount, hasEnded: layer.hasEnded)
        }

        func forget(_ connection: UInt64) { forgotten.append(connection) }
    }

    static func card(_ connection: UInt8, _ stream: UInt8, _ kind: UInt8, at offset: Int, _ bytes: [UInt8] = []) -> [UInt8] {
        [UInt8(ascii: "Z"), connection, stream, kind] + PacketBuilder.bigEndian(UInt32(offset)) + bytes
    }

    func lacksPackets(from direction: Direction) -> Bool { false }

    private struct Stream {
        var next: UInt64 = 0
        var waiting: [UInt64: (bytes: [UInt8], mark: PacketMark)] = [:]
        var end: (offset: UInt64, mark: PacketMark)?
        var acknowledged: UInt64 = 0
        var hasEnded = false

        var waitingByteCount: Int { waiting.values.reduce(0) { $0 + $1.bytes.count } }
    }

    let firstPath: UInt64
    private var streams: [UInt64: Pair<Stream>] = [:]
    private(set) var end: DatagramEnd?
    var idleTimeout: UInt64? { nil }

    init(firstPath: UInt64) { self.firstPath = firstPath }

    var facts: LayerFacts {
        var facts = LayerFacts()
        // In the tests, whose address is the lower one.
        facts.client = .fromLow
        return facts
    }

    func take(_ datagram: Span<UInt8>, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput) {
        let number = UInt64(datagram[2] & 0x7F)
        let offset = UInt64(datagram.uint32BE(at: 4))
        var pair = streams[number] ?? Pair(fromLow: Stream(), fromHigh: Stream())
        switch datagram[3] {
        case 0: pair[direction].waiting[offset] = (datagram.extracting(8..<datagram.count).copied(), mark)
        case 1: pair[direction].end = (offset, mark)
        case 2: end = DatagramEnd(by: direction, mark: mark, reason: StreamAbort(code: 7, name: "ENOUGH", carrier: "CONNECTION_CLOSE"))
        default: pair[direction.opposite].acknowledged = offset
        }
        while let next = pair[direction].waiting.removeValue(forKey: pair[direction].next) {
            pair[direction].next += UInt64(next.bytes.count)
            output.deliver(next.bytes.span, of: Origin(next.mark), end: pair[direction].next, to: number, direction)
        }
        if let end = pair[direction].end, end.offset == pair[direction].next, !pair[direction].hasEnded {
            pair[direction].hasEnded = true
            output.end(number, direction, at: end.mark)
        }
        streams[number] = pair
    }

    func resume(into output: inout LayerOutput) {}

    /// What never came is missing, and what waits follows it.
    func finish(into output: inout LayerOutput) {
        for number in streams.keys.sorted() {
            for direction in Direction.allCases {
                while let first = streams[number]?[direction].waiting.keys.min(), let next = streams[number]?[direction].next {
                    output.noteGap(.exact(first - next), of: number, direction)
                    guard let held = streams[number]?[direction].waiting.removeValue(forKey: first) else { return }
                    let end = first + UInt64(held.bytes.count)
                    streams[number]?[direction].next = end
                    output.deliver(held.bytes.span, of: Origin(held.mark), end: end, to: number, direction)
                }
            }
        }
    }

    func isAcknowledged(_ stream: UInt64, from direction: Direction, upTo offset: UInt64) -> Bool {
        streams[stream].map { $0[direction].acknowledged >= offset } ?? false
    }

    var waitingByteCount: Int { streams.values.reduce(0) { $0 + $1.fromLow.waitingByteCount + $1.fromHigh.waitingByteCount } }
    var bareByteCount: Int { 1_000 }

    func traffic(of direction: Direction) -> DatagramTraffic { DatagramTraffic() }
}
