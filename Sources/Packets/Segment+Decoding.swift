import Bytes

extension Segment {
    /// Reads the TCP header that stands where IP's walk ended, behind so many bytes of IP's headers.
    ///
    ///     +-------------------------------+-------------------------------+
    ///     |          source port          |       destination port        |
    ///     +-------------------------------+-------------------------------+
    ///     |                        sequence number                        |
    ///     +---------------------------------------------------------------+
    ///     |                     acknowledgment number                     |
    ///     +-------+-------+---------------+-------------------------------+
    ///     | words |       |     flags     |            window             |
    ///     +-------+-------+---------------+-------------------------------+
    ///     |           checksum            |        urgent pointer         |
    ///     +-------------------------------+-------------------------------+
    ///     |            options, and payload after `words` words           |
    @inline(__always)
    init(_ payload: borrowing HeaderWalk, scope: TunnelScope, in bytes: Span<UInt8>, internetHeaderLength: Int) throws(Undecoded) {
        let start = payload.offset
        let length = payload.end - start
        guard length >= 20 else { throw Undecoded(.tcp, .malformed(.totalLength(length))) }
        try bytes.require(20, at: start, .tcp)
        let headerLength = Int(bytes[start + 12] >> 4) * 4
        guard headerLength >= 20, headerLength <= length else { throw Undecoded(.tcp, .malformed(.headerLength(headerLength))) }
        // A capture that ends among the options still has all the values that matter, so it is a segment without captured payload.
        let captured = min(payload.end, bytes.count)
        let payloadOffset = min(start + headerLength, captured)
        self.init(
            source: Endpoint(address: payload.source, port: bytes.uint16BE(at: start)),
            destination: Endpoint(address: payload.destination, port: bytes.uint16BE(at: start + 2)),
            sequence: bytes.uint32BE(at: start + 4),
            acknowledgment: bytes.uint32BE(at: start + 8),
            flags: TCPFlags(rawValue: bytes[start + 13]),
            window: bytes.uint16BE(at: start + 14),
            headerOffset: start,
            internetHeaderLength: internetHeaderLength,
            headerLength: headerLength,
            payloadLength: length - headerLength,
            capturedOffset: payloadOffset,
            capturedCount: captured - payloadOffset,
            scope: scope,
            isEncapsulated: payload.isEncapsulated)
    }

    /// True of what most packets are: Ethernet, IPv4 without options, TCP, and nothing odd about any of them.
    ///
    /// The walk is what to read for the meaning of each condition.
    @inlinable @inline(__always)
    static func isPlainEthernet(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= 54, bytes.uint16BE(at: 12) == 0x0800, bytes[14] == 0x45, bytes[23] == 6,
            bytes.uint16BE(at: 20) & 0x3fff == 0
        else { return false }
        let payloadOffset = 34 &+ Int(bytes[46] >> 4) &* 4
        return payloadOffset >= 54 && payloadOffset <= 14 &+ Int(bytes.uint16BE(at: 16)) && payloadOffset <= bytes.count
    }

    /// The segment in such a packet, as the walk would find it.
    @inlinable @inline(__always)
    init(inPlainEthernet bytes: Span<UInt8>) {
        precondition(bytes.count >= 54)
        let end = 14 &+ Int(bytes.uint16BE(at: 16))
        let payloadOffset = 34 &+ Int(bytes[46] >> 4) &* 4
        self.init(
            source: Endpoint(address: IPAddress(v4: bytes.uint32BE(at: 26)), port: bytes.uint16BE(at: 34)),
            destination: Endpoint(address: IPAddress(v4: bytes.uint32BE(at: 30)), port: bytes.uint16BE(at: 36)),
            sequence: bytes.uint32BE(at: 38),
            acknowledgment: bytes.uint32BE(at: 42),
            flags: TCPFlags(rawValue: bytes[47]),
            window: bytes.uint16BE(at: 48),
            headerOffset: 34,
            internetHeaderLength: 20,
            headerLength: payloadOffset &- 34,
            payloadLength: end &- payloadOffset,
            capturedOffset: payloadOffset,
            capturedCount: min(end, bytes.count) &- payloadOffset)
    }
}
