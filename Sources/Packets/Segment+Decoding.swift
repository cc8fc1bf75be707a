import Bytes

extension Segment {
    /// Reads the TCP header that stands where IP's walk ended.
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
    init(_ payload: IPPayload, in bytes: Span<UInt8>) throws(Undecoded) {
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
            headerLength: headerLength,
            payloadLength: length - headerLength,
            capturedOffset: payloadOffset,
            capturedCount: captured - payloadOffset)
    }
}
