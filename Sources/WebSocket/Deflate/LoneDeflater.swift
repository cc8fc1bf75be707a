import Bytes

/// Tells how long messages would be had each been compressed by itself, without the context of those before it (RFC 7692 §7.1.1.1).
///
/// With zlib's default level and memory. What a peer would have made of them with other settings or another library differs by
/// some per cent, so the result is an estimate.
public struct LoneDeflater: ~Copyable {
    private var stream: DeflateStream
    /// What comes out is only counted.
    private var output = ByteBuffer(capacity: DeflateStream.chunkByteCount)

    /// - Parameter windowBits: as agreed on, 8 to 15; zlib makes 9 of 8.
    public init(windowBits: Int) { stream = DeflateStream(windowBits: windowBits) }

    /// Bytes of a message's payload, the last four of the flush left out (RFC 7692 §7.2.1).
    public mutating func byteCount(of message: Span<UInt8>) -> UInt64 {
        stream.reset()
        var (count, position) = (0, 0)
        var hasMore = true
        while hasMore {
            output.removeAll()
            hasMore = stream.run(message, at: &position, into: &output)
            count += output.count
        }
        return UInt64(max(count - 4, 1))
    }
}
