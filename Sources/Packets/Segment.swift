/// The header values of one TCP segment, and where its payload is (RFC 9293 §3.1).
///
/// Offsets count in the bytes that the decoder names along with the segment: the packet itself, or a reassembled datagram.
public struct Segment: Hashable, Sendable {
    public var source: Endpoint
    public var destination: Endpoint
    public var sequence: UInt32
    public var acknowledgment: UInt32
    public var flags: TCPFlags
    /// The window field as it stands, not scaled.
    public var window: UInt16
    /// Where the TCP header begins.
    public var headerOffset: Int
    /// Bytes of the IP headers before it, extension headers and those of all fragments included; link layers are not.
    public var internetHeaderLength: Int
    /// Bytes of the TCP header, options included: 20 to 60.
    public var headerLength: Int
    /// Payload bytes on the wire, as the IP length says; more than `capturedCount` where the capture cut the packet off.
    public var payloadLength: Int
    /// Where the captured payload begins.
    public var capturedOffset: Int
    /// Payload bytes that were captured; always inside the bytes that the decoder names.
    public var capturedCount: Int
    /// The tunnel that it came through.
    public var scope: TunnelScope
    /// It came in a tagged frame or a tunnel, so that `PacketDecoder.path` has something to say.
    public var isEncapsulated: Bool

    @inlinable
    public init(
        source: Endpoint, destination: Endpoint, sequence: UInt32, acknowledgment: UInt32, flags: TCPFlags, window: UInt16,
        headerOffset: Int = 0, internetHeaderLength: Int = 20, headerLength: Int = 20, payloadLength: Int, capturedOffset: Int,
        capturedCount: Int, scope: TunnelScope = .none, isEncapsulated: Bool = false
    ) {
        self.source = source
        self.destination = destination
        self.sequence = sequence
        self.acknowledgment = acknowledgment
        self.flags = flags
        self.window = window
        self.headerOffset = headerOffset
        self.internetHeaderLength = internetHeaderLength
        self.headerLength = headerLength
        self.payloadLength = payloadLength
        self.capturedOffset = capturedOffset
        self.capturedCount = capturedCount
        self.scope = scope
        self.isEncapsulated = isEncapsulated
    }

    /// The sequence number of the payload's first byte: a SYN takes one (RFC 9293 §3.4).
    package var firstSequence: UInt32 { flags.contains(.syn) ? sequence &+ 1 : sequence }

    /// The captured payload as a range of the bytes that the decoder names.
    @inlinable public var capturedRange: Range<Int> { capturedOffset..<capturedOffset + capturedCount }
}
