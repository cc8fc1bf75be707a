import Bytes
import Inspection
import Packets
import WebSocket

/// The packets that brought a frame, as they are read again, and what became of them: sent once more, acknowledged.
struct FramePackets: Sendable {
    struct Packet: Sendable {
        var number: UInt64
        var time: Timestamp
        /// Of the TCP payload, on the wire.
        var length: Int
        /// nil for a fragment of an IP datagram.
        var sequence: UInt32?
        var flags = TCPFlags()
        /// Not among those that the frame was read from: its bytes were there already.
        var isRepetition = false
    }

    let row: UInt32
    /// In the order of the capture.
    private(set) var packets: [Packet] = []
    /// Those of the frame that were not looked at.
    private(set) var omittedCount: UInt64 = 0
    /// The first packet of the other side that says it has all of them.
    private(set) var acknowledgement: (packet: UInt64, time: Timestamp)?

    /// Packets that are looked at before the first of a frame and behind its last, and from the one to the other.
    private static let neighbours: UInt64 = 1_000
    private static let reach: UInt64 = 8_000

    init(_ row: UInt32, _ transcript: Transcript, _ reader: any PayloadReading) {
        self.row = row
        let frame = transcript.rows[Int(row)]
        let connection = transcript.connections[Int(frame.connection)]
        let list = transcript.details(of: row).map(\.packets).flatMap { $0.first > 0 ? $0 : nil } ?? PacketList(UInt64(frame.packet))
        guard list.first > 0 else { return }
        let wanted = [list.first] + list.rest
        let (sender, receiver) =
            frame.from == .client ? (connection.client, connection.server) : (connection.server, connection.client)
        let end = min(list.last, list.first + Self.reach)
        let first = list.first - min(list.first - 1, Self.neighbours)
        var decoder = PacketDecoder()
        var others: [Packet] = []
        var acknowledgements: [(packet: UInt64, time: Timestamp, number: UInt32)] = []
        reader.withPackets(first...end + Self.neighbours) { header, bytes in
            let isWanted = wanted.contains(header.number)
            var packet = Packet(number: header.number, time: header.time, length: header.originalLength)
            switch decoder.decode(header, bytes) {
            case .segment(let segment), .reassembled(let segment):
                if segment.source == receiver, segment.destination == sender, segment.flags.contains(.ack) {
                    acknowledgements.append((header.number, header.time, segment.acknowledgment))
                }
                guard segment.source == sender, segment.destination == receiver else { return }
                packet.length = segment.payloadLength
                packet.sequence = segment.sequence
                packet.flags = segment.flags
                if isWanted { packets.append(packet) } else if packet.length > 0 { others.append(packet) }
            case .datagram, .other: if isWanted { packets.append(packet) }
            }
        }
        omittedCount = UInt64(wanted.count) + list.omittedCount - UInt64(packets.count)
        addWhatFollowed(others, acknowledgements)
    }

    /// Repetitions of the packets' bytes, and the first acknowledgement of them all. Sequence numbers are compared by their
    /// distance, since they begin again at 0 (RFC 9293 §3.4).
    private mutating func addWhatFollowed(_ others: [Packet], _ acknowledgements: [(packet: UInt64, time: Timestamp, number: UInt32)]) {
        guard let base = packets.lazy.compactMap(\.sequence).first else { return }
        func distance(_ number: UInt32) -> Int { Int(Int32(bitPattern: number &- base)) }
        func range(_ packet: Packet) -> Range<Int> {
            let start = packet.sequence.map(distance) ?? 0
            return start..<start + (packet.sequence == nil ? 0 : packet.length)
        }
        let ranges = packets.map(range)
        let last = packets[packets.count - 1].number
        let end = ranges.map(\.upperBound).max() ?? 0
        for var other in others where ranges.contains(where: { $0.overlaps(range(other)) }) {
            other.isRepetition = true
            packets.append(other)
        }
        packets.sort { $0.number < $1.number }
        guard omittedCount == 0 else { return }
        acknowledgement = acknowledgements.first { $0.packet > last && distance($0.number) >= end }.map { ($0.packet, $0.time) }
    }
}
