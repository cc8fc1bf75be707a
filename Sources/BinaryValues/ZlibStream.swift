import Bytes
import CZlib

/// Inflates zlib (RFC 1950) or gzip (RFC 1952), whichever the first bytes say, a piece at a time; checksums are checked.
@safe
public struct ZlibStream: ~Copyable {
    public enum Outcome: Sendable, Equatable {
        /// All input was taken, and the data go on.
        case needsInput
        /// The data ended, so many bytes into the input.
        case ended(at: Int)
        /// There is more than the limit allows.
        case isFull
        /// It is neither, or broken.
        case invalid
    }

    /// zlib keeps a pointer back to its `z_stream`, so that must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    private static let chunkByteCount = 16 << 10

    public init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 bits of window, and 32 for either header.
        let status = unsafe inflateInit2_(stream, 47, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib cannot start")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Inflates the next piece.
    /// - Parameter limit: bytes that may be appended at most.
    public mutating func inflate(_ input: Span<UInt8>, into output: inout ByteBuffer, limit: Int) -> Outcome {
        let stream = unsafe stream
        var position = 0
        var room = limit
        while true {
            let count = min(Self.chunkByteCount, room)
            guard count > 0 else { return .isFull }
            let available = min(input.count - position, Int(Int32.max))
            var code: Int32 = Z_OK
            var written = 0
            // Invariant: zlib reads within `input` and writes within the lent room; both pointers end with this call.
            unsafe output.append(upTo: count) { target in
                unsafe input.withUnsafeBytes { source in
                    unsafe stream.pointee.next_in = source.baseAddress.map { unsafe UnsafeMutableRawPointer(mutating: $0 + position) }?
                        .assumingMemoryBound(to: UInt8.self)
                    unsafe stream.pointee.avail_in = UInt32(truncatingIfNeeded: available)
                    unsafe stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    unsafe stream.pointee.avail_out = UInt32(count)
                    code = unsafe CZlib.inflate(stream, Z_SYNC_FLUSH)
                    unsafe stream.pointee.next_in = nil
                }
                written = unsafe count - Int(stream.pointee.avail_out)
                return written
            }
            unsafe position += available - Int(stream.pointee.avail_in)
            room -= written
            switch code {
            case Z_STREAM_END: return .ended(at: position)
            case Z_OK, Z_BUF_ERROR: if written < count { return position == input.count ? .needsInput : .invalid }
            default: return .invalid
            }
        }
    }

    /// A whole stream that ends with the last byte; false, and nothing is appended, where it is none or larger than the limit.
    public static func inflate(whole input: Span<UInt8>, into output: inout ByteBuffer, limit: Int) -> Bool {
        guard input.count > 2, (input[0] == 0x1F && input[1] == 0x8B) || (input[0] & 0x0F == 8 && input.uint16BE(at: 0) % 31 == 0) else {
            return false
        }
        let before = output.count
        var stream = ZlibStream()
        if stream.inflate(input, into: &output, limit: limit) == .ended(at: input.count) { return true }
        output.truncate(to: before)
        return false
    }
}
