import Bytes

/// The options of a TCP header that say how to read the rest of the connection (RFC 9293 §3.2, RFC 7323, RFC 2018).
///
/// Of an option that stands twice the last counts; one with a wrong length is passed over.
public struct TCPOptions: Hashable, Sendable {
    /// The largest segment that the sender takes; on a SYN only.
    public var maximumSegmentSize: UInt16?
    /// Bits by which later window fields of the sender are shifted, on a SYN only; as it stands, so perhaps above the 14 that count.
    public var windowScale: UInt8?
    public var permitsSelectiveAcknowledgment = false
    public var timestamps: Timestamps?

    /// The sender's clock and the last one that it saw of its peer (RFC 7323 §3.2).
    public struct Timestamps: Hashable, Sendable {
        public var value: UInt32
        public var echo: UInt32
    }

    /// Reads what was captured of a segment's options from the bytes that its offsets count in.
    public init(of segment: Segment, in bytes: Span<UInt8>) {
        let end = min(segment.headerOffset + segment.headerLength, bytes.count)
        var offset = segment.headerOffset + 20
        // Kind 0 ends the list and kind 1 fills it; all others have a length, which counts kind and length too.
        while offset < end, bytes[offset] != 0 {
            if bytes[offset] == 1 {
                offset += 1
                continue
            }
            guard end - offset >= 2 else { return }
            let length = Int(bytes[offset + 1])
            guard length >= 2, length <= end - offset else { return }
            read(kind: bytes[offset], length: length, in: bytes, at: offset + 2)
            offset += length
        }
    }

    private mutating func read(kind: UInt8, length: Int, in bytes: Span<UInt8>, at offset: Int) {
        switch (kind, length) {
        case (2, 4): maximumSegmentSize = bytes.uint16BE(at: offset)
        case (3, 3): windowScale = bytes[offset]
        case (4, 2): permitsSelectiveAcknowledgment = true
        case (8, 10): timestamps = Timestamps(value: bytes.uint32BE(at: offset), echo: bytes.uint32BE(at: offset + 4))
        default: break
        }
    }
}
