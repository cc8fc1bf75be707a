import Bytes

/// The segment in a packet that `PacketDecoder.isPlain` is true of: IPv4, and its headers as nearly all are.
///
/// `Segment` says the same; this one is read where it is asked, and has no form in memory.
public struct PlainSegment {
    public let source: UInt32
    public let destination: UInt32
    public let sourcePort: UInt16
    public let destinationPort: UInt16
    public let sequence: UInt32
    public let acknowledgment: UInt32
    public let flags: TCPFlags
    public let window: UInt16
    /// Payload bytes on the wire.
    public let payloadLength: Int
    /// The captured payload, as a range of the packet.
    public let capturedRange: Range<Int>

    @inlinable @inline(__always)
    public init(in packet: Span<UInt8>) {
        precondition(packet.count >= 54)
        let end = 14 &+ Int(packet.uint16BE(at: 16))
        let payloadOffset = 34 &+ Int(packet[46] >> 4) &* 4
        source = packet.uint32BE(at: 26)
        destination = packet.uint32BE(at: 30)
        sourcePort = packet.uint16BE(at: 34)
        destinationPort = packet.uint16BE(at: 36)
        sequence = packet.uint32BE(at: 38)
        acknowledgment = packet.uint32BE(at: 42)
        flags = TCPFlags(rawValue: packet[47])
        window = packet.uint16BE(at: 48)
        payloadLength = end &- payloadOffset
        capturedRange = payloadOffset..<min(end, packet.count)
    }
}
