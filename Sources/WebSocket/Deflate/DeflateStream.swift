import Bytes
import CZlib
import System

/// zlib's deflate, raw, flushed at the end of what it is given.
@safe
struct DeflateStream: ~Copyable {
    // zlib keeps a pointer back to its `z_stream`, so that must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Bytes of output that are worth asking for at a time.
    static let chunkByteCount = 16 << 10

    /// - Parameter windowBits: 9 to 15; others are taken for the nearest of these.
    init(windowBits: Int) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let bits = Int32(min(max(windowBits, 9), 15))
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        let status = unsafe deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -bits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        // Fails only for want of memory or for a zlib of another major version than the header's.
        if status != Z_OK { LibraryFailure.end("zlib, to compress") }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Forgets what was compressed before.
    mutating func reset() { unsafe deflateReset(stream) }

    /// Compresses `input` from `position` on, which is moved, and appends at most `room` bytes to `output`.
    /// - Returns: whether there is more; then it is called again with the same input.
    mutating func run(_ input: Span<UInt8>, at position: inout Int, into output: inout ByteBuffer, room: Int = chunkByteCount) -> Bool {
        let available = min(input.count - position, Int(Int32.max))
        let isLast = position + available == input.count
        // Invariant: zlib reads within `input` and writes within the lent room; both pointers end with this call.
        unsafe input.withUnsafeBufferPointer { source in
            unsafe stream.pointee.next_in = source.baseAddress.map { unsafe UnsafeMutablePointer(mutating: $0 + position) }
            unsafe stream.pointee.avail_in = UInt32(available)
            unsafe output.append(upTo: room) { target in
                unsafe stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                unsafe stream.pointee.avail_out = UInt32(room)
                _ = unsafe deflate(stream, isLast ? Z_SYNC_FLUSH : Z_NO_FLUSH)
                return unsafe room - Int(stream.pointee.avail_out)
            }
            unsafe stream.pointee.next_in = nil
        }
        position += available - (unsafe Int(stream.pointee.avail_in))
        return unsafe stream.pointee.avail_out == 0 || !isLast
    }
}
