import Bytes
import Packets
import WebSocket

/// What was said on connections that were played, as packets that a capture of them would have had, without TLS.
///
/// Bytes and times are those of the program that sent and received them; TCP's headers are made up around them. So what was said is read,
/// decoded and compared as any capture is.
public struct Transcript: ~Copyable {
    /// Packets that were not taken yet.
    private var packets: [Packet] = []
    private var connections: [Connection] = []
    /// Bytes of all packets.
    public private(set) var byteCount = 0

    private struct Packet {
        var time: Timestamp
        var bytes: [UInt8]
    }

    /// The two directions of a connection: what was sent, and where its next byte stands.
    private struct Connection {
        var client: Endpoint
        var server: Endpoint
        var sent: [2 of UInt32] = [1, 1]
    }

    /// Bytes of a segment's payload at most: an IP packet has 65,535.
    private static let segmentByteCount = 32_768

    public init() {}

    // MARK: Writing

    /// Notes that a connection was established; the number by which it is named.
    public mutating func open(client: Endpoint, server: Endpoint, at time: Timestamp) -> Int {
        connections.append(Connection(client: client, server: server))
        let number = connections.count - 1
        add(number, .client, [], flags: 0x02, sequence: 0, acknowledged: 0, at: time)
        add(number, .server, [], flags: 0x12, sequence: 0, acknowledged: 1, at: time)
        add(number, .client, [], flags: 0x10, at: time)
        return number
    }

    /// Notes bytes that a side sent.
    public mutating func add(_ number: Int, from side: Side, _ bytes: Span<UInt8>, at time: Timestamp) {
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Self.segmentByteCount)
            add(number, side, bytes.extracting(start..<end).copied(), flags: 0x18, at: time)
            connections[number].sent[side.rawValue] &+= UInt32(end - start)
            start = end
        }
    }

    /// Notes that a side hung up or reset the connection.
    public mutating func end(_ number: Int, from side: Side, isReset: Bool, at time: Timestamp) {
        add(number, side, [], flags: isReset ? 0x14 : 0x11, at: time)
        if !isReset { connections[number].sent[side.rawValue] &+= 1 }
    }

    private mutating func add(
        _ number: Int, _ side: Side, _ payload: [UInt8], flags: UInt8, sequence: UInt32? = nil, acknowledged: UInt32? = nil,
        at time: Timestamp
    ) {
        let connection = connections[number]
        let (from, to) = side == .client ? (connection.client, connection.server) : (connection.server, connection.client)
        let bytes = SegmentPacket.bytes(
            from: from, to: to, sequence: sequence ?? connection.sent[side.rawValue],
            acknowledged: acknowledged ?? connection.sent[side.other.rawValue], flags: flags, payload)
        byteCount += bytes.count
        packets.append(Packet(time: time, bytes: bytes))
    }

    // MARK: Reading

    /// All packets in the order of time, those of one time in the order in which they were noted.
    public var ordered: [(header: PacketHeader, bytes: [UInt8])] {
        let order = packets.indices.sorted { (packets[$0].time, $0) < (packets[$1].time, $1) }
        return order.enumerated().map { index, place in
            let packet = packets[place]
            let header = PacketHeader(
                number: UInt64(index + 1), time: packet.time, fractionDigits: 9, linkType: .raw, originalLength: packet.bytes.count)
            return (header, packet.bytes)
        }
    }
}

/// An IP packet with a TCP segment, checksums included (RFC 791, RFC 8200, RFC 9293).
enum SegmentPacket {
    static func bytes(
        from: Endpoint, to: Endpoint, sequence: UInt32, acknowledged: UInt32, flags: UInt8, _ payload: [UInt8]
    ) -> [UInt8] {
        // Both ends of a connection have addresses of one version.
        let isV4 = from.address.isV4 && to.address.isV4
        var segment = bigEndian(from.port) + bigEndian(to.port) + bigEndian(sequence) + bigEndian(acknowledged)
        segment += [5 << 4, flags] + bigEndian(0xFFFF as UInt16) + [0, 0, 0, 0] + payload
        let addresses = octets(from.address, isV4: isV4) + octets(to.address, isV4: isV4)
        let length = UInt32(truncatingIfNeeded: segment.count)
        let sum = checksum(segment, after: checksumPart(addresses + bigEndian(length) + [0, 0, 0, 6]))
        segment.replaceSubrange(16..<18, with: bigEndian(sum))
        guard isV4 else {
            return [0x60, 0, 0, 0] + bigEndian(UInt16(truncatingIfNeeded: segment.count)) + [6, 64] + addresses + segment
        }
        var header: [UInt8] = [0x45, 0] + bigEndian(UInt16(truncatingIfNeeded: 20 + segment.count)) + [0, 0, 0x40, 0, 64, 6, 0, 0]
        header += addresses
        header.replaceSubrange(10..<12, with: bigEndian(checksum(header, after: 0)))
        return header + segment
    }

    private static func octets(_ address: IPAddress, isV4: Bool) -> [UInt8] {
        if isV4 { return bigEndian(UInt32(truncatingIfNeeded: address.low)) }
        // An IPv4 address beside one of IPv6 is mapped (RFC 4291 §2.5.5.2).
        return address.isV4
            ? bigEndian(0 as UInt64) + bigEndian(0xFFFF_0000_0000 | address.low) : bigEndian(address.high) + bigEndian(address.low)
    }

    private static func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        stride(from: Number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> Number($0)) }
    }

    /// The sum of RFC 1071, not folded yet.
    private static func checksumPart(_ bytes: [UInt8]) -> UInt64 {
        var sum: UInt64 = 0
        for (index, byte) in bytes.enumerated() { sum += index % 2 == 0 ? UInt64(byte) << 8 : UInt64(byte) }
        return sum
    }

    private static func checksum(_ bytes: [UInt8], after part: UInt64) -> UInt16 {
        var sum = checksumPart(bytes) + part
        while sum > 0xFFFF { sum = sum >> 16 + sum & 0xFFFF }
        return ~UInt16(sum)
    }
}
