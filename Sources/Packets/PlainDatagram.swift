import Bytes

/// The datagram in a packet as nearly all that carry one are: Ethernet, IPv4 without options, and UDP between ports of no tunnel.
///
/// `Datagram` says the same of any packet; this one has no form in memory.
public struct PlainDatagram {
    public let source: UInt32
    public let destination: UInt32
    public let sourcePort: UInt16
    public let destinationPort: UInt16
    /// Payload bytes on the wire.
    public let payloadLength: Int
    /// The captured payload, as a range of the packet.
    public let capturedRange: Range<Int>

    /// Bytes of its IP header.
    public static let internetHeaderLength = 20

    /// Nil for any other packet; the walk is what to read for the meaning of each condition.
    public init?(in packet: Span<UInt8>, like header: PacketHeader) {
        guard header.linkType == .ethernet, packet.count >= 42, packet.uint16BE(at: 12) == 0x0800, packet[14] == 0x45, packet[23] == 17,
            packet.uint16BE(at: 20) & 0x3fff == 0
        else { return nil }
        let internetEnd = 14 &+ Int(packet.uint16BE(at: 16))
        sourcePort = packet.uint16BE(at: 34)
        destinationPort = packet.uint16BE(at: 36)
        guard internetEnd >= 42, Header(port: destinationPort) == nil, Header(port: sourcePort) == nil else { return nil }
        source = packet.uint32BE(at: 26)
        destination = packet.uint32BE(at: 30)
        let stated = Int(packet.uint16BE(at: 38))
        let end = stated >= 8 && stated <= internetEnd &- 34 ? 34 &+ stated : internetEnd
        payloadLength = end &- 42
        capturedRange = 42..<min(end, packet.count)
    }

    /// The capture has all of it.
    public var isWhole: Bool { capturedRange.count == payloadLength }

    /// What is said of it where nobody reads it.
    public static var undecoded: Undecoded { Undecoded(.ipv4, .notTCP(17)) }
}
