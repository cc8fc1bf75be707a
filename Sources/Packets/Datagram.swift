import Bytes

/// A UDP datagram, and where its payload is (RFC 768).
///
/// Offsets count in the packet's own bytes.
public struct Datagram: Hashable, Sendable {
    public var source: Endpoint
    public var destination: Endpoint
    /// Where the UDP header begins.
    public var headerOffset: Int
    /// Bytes of the IP headers before it, extension headers included; link layers are not.
    public var internetHeaderLength: Int
    /// Payload bytes on the wire; more than `capturedCount` where the capture cut the packet off.
    public var payloadLength: Int
    /// Where the captured payload begins.
    public var capturedOffset: Int
    /// Payload bytes that were captured.
    public var capturedCount: Int
    /// The tunnel that it came through.
    public var scope: TunnelScope
    /// It came in a tagged frame or a tunnel, so that `PacketDecoder.path` has something to say.
    public var isEncapsulated: Bool

    /// The captured payload as a range of the packet's bytes.
    public var capturedRange: Range<Int> { capturedOffset..<capturedOffset + capturedCount }

    /// The capture has all of it.
    public var isWhole: Bool { capturedCount == payloadLength }

    /// What is said of it where nobody reads it.
    public var undecoded: Undecoded { Undecoded(source.address.isV4 ? .ipv4 : .ipv6, .notTCP(17)) }

    /// The datagram whose header stands where a walk stopped; nil if there is none, or a part of one.
    init?(_ walk: borrowing HeaderWalk, scope: TunnelScope, in bytes: Span<UInt8>) {
        let start = walk.offset
        guard walk.protocolNumber == 17, walk.fragment == nil, walk.end - start >= 8, bytes.count - start >= 8 else { return nil }
        let stated = Int(bytes.uint16BE(at: start + 4))
        // 0 is that of a packet that was captured before it was cut into datagrams, or a jumbogram.
        let end = stated >= 8 && stated <= walk.end - start ? start + stated : walk.end
        source = Endpoint(address: walk.source, port: bytes.uint16BE(at: start))
        destination = Endpoint(address: walk.destination, port: bytes.uint16BE(at: start + 2))
        headerOffset = start
        internetHeaderLength = start - walk.internetOffset
        payloadLength = end - start - 8
        capturedOffset = start + 8
        capturedCount = min(end, bytes.count) - start - 8
        self.scope = scope
        isEncapsulated = walk.isEncapsulated
    }
}
