import CZlib

/// Inflates gzip members one after another (RFC 1952 §2.2), as `zcat` does. Zero bytes behind a member are padding.
@safe
final class GzipDecompressor: Decompressor {
    /// On the heap because zlib's state points back at it.
    private let stream: UnsafeMutablePointer<z_stream>
    private var isBetweenMembers = false
    private var memberCount = 0
    private var failure: SourceFailure?

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let gzipOnly = 16 + MAX_WBITS
        let status = unsafe inflateInit2_(stream, gzipOnly, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        if status != Z_OK { failure = .corrupt(.gzip, "zlib cannot begin, status \(status)") }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    func decompress(_ input: UnsafeRawBufferPointer, isLast: Bool, into room: UnsafeMutableRawBufferPointer) -> DecompressionStep {
        var paddingCount = 0
        if isBetweenMembers {
            while paddingCount < input.count, unsafe input[paddingCount] == 0 { paddingCount += 1 }
            if paddingCount == input.count { return DecompressionStep(takenCount: paddingCount, producedCount: 0, isBetweenStreams: true) }
            unsafe inflateReset(stream)
            isBetweenMembers = false
        }
        // Invariant: zlib reads and writes what it is lent within the call, and does not write to its input.
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress.map { unsafe ($0 + paddingCount).assumingMemoryBound(to: UInt8.self) })
        unsafe stream.pointee.avail_in = UInt32(input.count - paddingCount)
        unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(room.count)
        if failure == nil {
            let status = unsafe inflate(stream, Z_NO_FLUSH)
            switch status {
            case Z_STREAM_END:
                memberCount += 1
                isBetweenMembers = true
            case Z_OK, Z_BUF_ERROR: break
            default: failure = .corrupt(.gzip, reason(status))
            }
        }
        return unsafe DecompressionStep(
            takenCount: input.count - Int(stream.pointee.avail_in), producedCount: room.count - Int(stream.pointee.avail_out),
            isBetweenStreams: isBetweenMembers, failure: failure)
    }

    private func reason(_ status: Int32) -> String {
        if memberCount > 0, unsafe stream.pointee.total_out == 0 { return "what follows the gzip data is not gzip" }
        // Invariant: msg is nil or a static string of zlib.
        return unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "zlib status \(status)"
    }
}
