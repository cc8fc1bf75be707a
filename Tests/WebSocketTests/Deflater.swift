import CZlib

/// Makes compressed messages as a peer does: raw DEFLATE, flushed, the last four bytes taken off (RFC 7692 §7.2.1).
@safe
final class Deflater {
    // zlib keeps a pointer back to its `z_stream`, so that must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private let resetsContext: Bool

    /// - Parameter windowBits: 9 to 15; zlib makes 9 of 8.
    init(windowBits: Int = 15, level: Int32 = 6, strategy: Int32 = Z_DEFAULT_STRATEGY, resetsContext: Bool = false) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        let status = unsafe deflateInit2_(stream, level, Z_DEFLATED, -Int32(windowBits), 8, strategy, ZLIB_VERSION, size)
        precondition(status == Z_OK)
        self.resetsContext = resetsContext
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    func message(_ bytes: [UInt8]) -> [UInt8] {
        let flushed = run(bytes, Z_SYNC_FLUSH)
        // Flushed twice with nothing between, zlib is silent; an empty message is then the one byte of RFC 7692 §7.2.3.6.
        if flushed.isEmpty { return [0x00] }
        precondition(flushed.suffix(4) == [0x00, 0x00, 0xFF, 0xFF])
        if resetsContext { unsafe deflateReset(stream) }
        return Array(flushed.dropLast(4))
    }

    /// A whole DEFLATE stream, its last block with BFINAL=1.
    static func stream(_ bytes: [UInt8]) -> [UInt8] { Deflater().run(bytes, Z_FINISH) }

    private func run(_ bytes: [UInt8], _ flush: Int32) -> [UInt8] {
        var input = bytes
        let bound = unsafe Int(deflateBound(stream, UInt(bytes.count))) + 64
        return unsafe Array(unsafeUninitializedCapacity: bound) { room, count in
            unsafe input.withUnsafeMutableBufferPointer { source in
                unsafe stream.pointee.next_in = source.baseAddress
                unsafe stream.pointee.avail_in = UInt32(source.count)
                unsafe stream.pointee.next_out = room.baseAddress
                unsafe stream.pointee.avail_out = UInt32(bound)
                _ = unsafe deflate(stream, flush)
                precondition(unsafe stream.pointee.avail_in == 0 && stream.pointee.avail_out > 0)
                unsafe count = bound - Int(stream.pointee.avail_out)
            }
        }
    }
}
