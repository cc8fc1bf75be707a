import Bytes
import CZlib
import System

/// One zlib stream that inflates DEFLATE data (RFC 1951), released in `deinit`.
///
/// The window is always the full 32 KiB, whatever was negotiated: a peer that refers further back than it agreed to is then
/// still read right, and saying that it was wrong is left to the rules.
@safe
package struct InflateStream: ~Copyable {
    /// What stands around the data, as zlib's bits of the window say it.
    package enum Format: Int32 {
        /// Nothing, as in messages.
        case raw = -15
        /// The header of zlib (RFC 1950) or of gzip (RFC 1952), whichever the first bytes say, and a checksum.
        case zlibOrGzip = 47
    }

    package enum Status: Equatable {
        /// All input was taken; more output may follow only with more input.
        case needsInput
        /// The room for output is used up.
        case outputFull
        /// A block with BFINAL=1 ended (RFC 7692 §7.2.3.4 allows it).
        case ended
        /// The data are not DEFLATE; zlib's own words.
        case invalid(String)
    }

    static let windowByteCount = 32_768
    /// What zlib says when a copy begins before the window.
    static let tooFarBack = "invalid distance too far back"

    /// zlib keeps a pointer back to its `z_stream`, so that must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    package init(_ format: Format = .raw) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe inflateInit2_(stream, format.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        // Fails only for want of memory or for a zlib of another major version than the header's.
        if status != Z_OK { LibraryFailure.end("zlib, to inflate") }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Asks for the stream's own bytes.
    func prefetch() { unsafe Prefetch.request(stream, byteCount: MemoryLayout<z_stream>.size) }

    /// Begins anew with an empty window.
    mutating func reset() {
        unsafe inflateReset(stream)
    }

    /// Begins anew with `window` as what came before.
    mutating func reset(window: Span<UInt8>) {
        unsafe inflateReset(stream)
        guard !window.isEmpty else { return }
        unsafe window.withUnsafeBufferPointer {
            _ = unsafe inflateSetDictionary(stream, $0.baseAddress, UInt32($0.count))
        }
    }

    /// Begins a new DEFLATE stream behind a final block, with the window as it stands.
    mutating func resume() {
        // Declared by zlib.h, absent from the manual, and the one way that costs no copy of the window: peers decide how often.
        unsafe inflateResetKeep(stream)
    }

    /// True when the data so far end with a whole block, on a byte's border.
    var isBetweenBlocks: Bool {
        // zlib: bits of the last byte that are not used yet, 64 in the last block, 128 right behind a block.
        unsafe stream.pointee.data_type & 0x80 != 0 && stream.pointee.data_type & 0x3F == 0
    }

    /// Inflates `input` from `position` on, appending at most `room` bytes, at least 1.
    package mutating func run(_ input: Span<UInt8>, at position: inout Int, into output: inout ByteBuffer, room: Int) -> Status {
        let stream = unsafe stream
        let available = min(input.count &- position, Int(Int32.max))
        var code: Int32 = Z_OK
        // Invariant: zlib reads within `input` and writes within the lent room; both pointers end with this call.
        unsafe output.append(upTo: room) { target in
            unsafe input.withUnsafeBytes { source in
                unsafe stream.pointee.next_in = source.baseAddress.map { unsafe UnsafeMutableRawPointer(mutating: $0 + position) }?
                    .assumingMemoryBound(to: UInt8.self)
                unsafe stream.pointee.avail_in = UInt32(truncatingIfNeeded: available)
                unsafe stream.pointee.next_out = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
                unsafe stream.pointee.avail_out = UInt32(room)
                code = unsafe inflate(stream, Z_SYNC_FLUSH)
                unsafe stream.pointee.next_in = nil
            }
            return unsafe room &- Int(stream.pointee.avail_out)
        }
        unsafe position &+= available &- Int(stream.pointee.avail_in)
        switch code {
        case Z_OK, Z_BUF_ERROR: return unsafe stream.pointee.avail_out == 0 ? .outputFull : .needsInput
        case Z_STREAM_END: return .ended
        default: return .invalid(reason(code))
        }
    }

    @inline(never)
    private func reason(_ code: Int32) -> String {
        // Invariant: msg is nil or a static string of zlib.
        unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "zlib error \(code)"
    }
}
