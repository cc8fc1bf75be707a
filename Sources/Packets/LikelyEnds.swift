import Bytes

/// What a packet says of its two ends if it is plain, as `PacketDecoder.isPlain` has it, which is not looked at: for guesses that may fail.
public struct LikelyEnds {
    public let source: UInt32
    public let destination: UInt32
    public let sourcePort: UInt16
    public let destinationPort: UInt16

    /// Nil if the packet is too short.
    @inlinable @inline(__always)
    public init?(in packet: Span<UInt8>) {
        guard packet.count >= 54 else { return nil }
        source = packet.uint32BE(at: 26)
        destination = packet.uint32BE(at: 30)
        sourcePort = packet.uint16BE(at: 34)
        destinationPort = packet.uint16BE(at: 36)
    }

    /// There is more than headers in a packet that is not too short.
    @inlinable @inline(__always)
    public static func hasPayload(_ packet: Span<UInt8>) -> Bool {
        Int(packet.uint16BE(at: 16)) != 20 &+ Int(packet[46] >> 4) &* 4
    }

    /// True if it goes the way of another one, between the same ends.
    @inlinable @inline(__always)
    public func follows(_ other: LikelyEnds) -> Bool {
        source == other.source && destination == other.destination && sourcePort == other.sourcePort
            && destinationPort == other.destinationPort
    }

    /// True if it goes back to where another one came from.
    @inlinable @inline(__always)
    public func answers(_ other: LikelyEnds) -> Bool {
        source == other.destination && destination == other.source && sourcePort == other.destinationPort
            && destinationPort == other.sourcePort
    }
}
