import Bytes
import CZlib
import System

/// Tells how long messages would be had each been compressed by itself, without the context of those before it (RFC 7692 §7.1.1.1).
///
/// With zlib's default level and memory. What a peer would have made of them with other settings or another library differs by
/// some per cent, so the result is an estimate.
@safe
public struct LoneDeflater: ~Copyable {
    /// zlib keeps a pointer back to its `z_stream`, so that must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    /// What comes out is only counted.
    private var output = ByteBuffer(capacity: 16 << 10)

    /// - Parameter windowBits: as agreed on, 8 to 15; zlib makes 9 of 8.
    public init(windowBits: Int) {
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

    /// Bytes of a message's payload, the last four of the flush left out (RFC 7692 §7.2.1).
    public mutating func byteCount(of message: Span<UInt8>) -> UInt64 {
        unsafe deflateReset(stream)
        var count = 0
        var position = 0
        repeat {
            let isLast = message.count - position <= Int(Int32.max)
            count += run(message, at: &position, flush: isLast ? Z_SYNC_FLUSH : Z_NO_FLUSH)
        } while position < message.count
        return UInt64(max(count - 4, 1))
    }

    private mutating func run(_ message: Span<UInt8>, at position: inout Int, flush: Int32) -> Int {
        let start = position
        let available = min(message.count - start, Int(Int32.max))
        var count = 0
        // Invariant: zlib reads within `message` and writes within the lent room; both pointers end with this call.
        unsafe message.withUnsafeBufferPointer { source in
            unsafe stream.pointee.next_in = source.baseAddress.map { unsafe UnsafeMutablePointer(mutating: $0 + start) }
            unsafe stream.pointee.avail_in = UInt32(available)
            var isFull = true
            while isFull {
                output.removeAll()
                unsafe output.append(upTo: 16 << 10) { room in
                    unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    unsafe stream.pointee.avail_out = UInt32(room.count)
                    _ = unsafe deflate(stream, flush)
                    return unsafe room.count - Int(stream.pointee.avail_out)
                }
                count += output.count
                isFull = output.count == 16 << 10
            }
            unsafe stream.pointee.next_in = nil
        }
        position = start + available
        return count
    }
}
