import Bytes
import CZlib

/// What a gzip or deflate coding hides (RFC 9110 §8.4.1).
public enum ContentCoding {
    /// The content's first bytes, at most `limit`, as far as `bytes` go.
    ///
    /// - Parameter codings: as a head names them, in the order in which they were put on.
    /// - Returns: nil for another coding than these, for several, and where the bytes are not what the head says.
    public static func inflated(_ bytes: Span<UInt8>, _ codings: [String], limit: Int) -> (content: [UInt8], isWhole: Bool)? {
        guard codings.count == 1, let name = codings.first, ["gzip", "x-gzip", "deflate"].contains(where: name.equalsIgnoringCase) else {
            return nil
        }
        // zlib keeps a pointer back to its `z_stream`, so that must not move.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        defer { unsafe stream.deallocate() }
        // The largest window, and the header, gzip's or zlib's, told by its first bytes.
        guard unsafe inflateInit2_(stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { unsafe inflateEnd(stream) }
        var status = Z_OK
        var output = ByteBuffer()
        // Invariant: zlib reads within `bytes` and writes within the lent room; both pointers end with the closures.
        // No byte of DEFLATE stands for more than 1,032, so that a large limit alone takes no memory.
        let most = min(max(1, limit), bytes.count * 1_032 + 1, Int(Int32.max))
        unsafe output.append(upTo: most) { room in
            unsafe bytes.withUnsafeBufferPointer { source in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(clamping: source.count)
                unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                unsafe stream.pointee.avail_out = UInt32(clamping: room.count)
                status = unsafe inflate(stream, Z_SYNC_FLUSH)
                return unsafe room.count - Int(stream.pointee.avail_out)
            }
        }
        // Nothing left to read, or no room, is no fault: only the beginning is wanted.
        guard [Z_OK, Z_BUF_ERROR, Z_STREAM_END].contains(status), !output.isEmpty || status == Z_STREAM_END else { return nil }
        return (output.span.copied(), status == Z_STREAM_END)
    }
}
