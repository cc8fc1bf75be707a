import CZlib

/// Inflates gzip members one after another (RFC 1952 §2.2), as `zcat` does.
///
/// Zero bytes behind a member are padding; anything else that does not begin another member is an error,
/// reported when everything before it was handed out.
@safe
struct GzipDecoder: ~Copyable {
    /// On the heap because zlib's state points back at it.
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableRawBufferPointer
    private var isInputAtEnd = false
    private var isBetweenMembers = false
    /// The last call filled its room, so zlib may hold more output without needing input.
    private var mayHoldOutput = false
    private var memberCount = 0
    private var failure: SourceFailure?

    /// `beginning`: what was already read of the compressed stream, at most `ByteSource.chunkLength` bytes.
    init(beginning: UnsafeRawBufferPointer) {
        precondition(beginning.count <= ByteSource.chunkLength)
        unsafe input = .allocate(byteCount: ByteSource.chunkLength, alignment: 16)
        unsafe input.copyMemory(from: beginning)
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = UInt32(beginning.count)
        let gzipOnly = 16 + MAX_WBITS
        let status = unsafe inflateInit2_(stream, gzipOnly, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        if status != Z_OK { failure = .gzipCorrupt("zlib cannot begin, status \(status)") }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe input.deallocate()
    }

    /// Inflates into `room` what can be had, reading only when nothing can; 0 is the end.
    mutating func read(from origin: inout ByteOrigin, into room: UnsafeMutableRawBufferPointer) throws(SourceFailure) -> Int {
        if let failure { throw failure }
        let roomCount = min(room.count, ByteSource.chunkLength)
        unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = UInt32(roomCount)
        while true {
            if unsafe stream.pointee.avail_in == 0, !mayHoldOutput, !isInputAtEnd { try refill(from: &origin) }
            if isBetweenMembers {
                skipPadding()
                if unsafe stream.pointee.avail_in == 0 {
                    if isInputAtEnd { return 0 }
                    continue
                }
                unsafe inflateReset(stream)
                isBetweenMembers = false
            }
            let status = unsafe inflate(stream, Z_NO_FLUSH)
            let produced = unsafe roomCount - Int(stream.pointee.avail_out)
            mayHoldOutput = produced == roomCount && status == Z_OK
            switch status {
            case Z_STREAM_END:
                memberCount += 1
                isBetweenMembers = true
            case Z_OK, Z_BUF_ERROR:
                if produced == 0, isInputAtEnd, unsafe stream.pointee.avail_in == 0 { failure = .gzipEndsEarly }
            default:
                failure = .gzipCorrupt(reason(status))
            }
            if produced > 0 { return produced }
            if let failure { throw failure }
        }
    }

    private mutating func refill(from origin: inout ByteOrigin) throws(SourceFailure) {
        let count = try unsafe origin.read(into: input)
        isInputAtEnd = count == 0
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = UInt32(count)
    }

    private func skipPadding() {
        while unsafe stream.pointee.avail_in > 0, unsafe stream.pointee.next_in.pointee == 0 {
            unsafe stream.pointee.next_in += 1
            unsafe stream.pointee.avail_in -= 1
        }
    }

    private func reason(_ status: Int32) -> String {
        if memberCount > 0, unsafe stream.pointee.total_out == 0 { return "what follows the gzip data is not gzip" }
        // Invariant: msg is nil or a static string of zlib.
        return unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "zlib status \(status)"
    }
}
