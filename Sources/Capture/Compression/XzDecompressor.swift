import CDecompression
import System

/// The functions of liblzma.
@safe
struct XzLibrary: @unchecked Sendable {
    let begin: wsray_lzma_stream_decoder
    let code: wsray_lzma_code
    let end: wsray_lzma_end

    static let shared = Self()

    private init?() {
        guard let library = SharedLibrary(Compression.xz.library.names),
            let begin = unsafe library.function("lzma_stream_decoder", as: wsray_lzma_stream_decoder.self),
            let code = unsafe library.function("lzma_code", as: wsray_lzma_code.self),
            let end = unsafe library.function("lzma_end", as: wsray_lzma_end.self)
        else { return nil }
        unsafe (self.begin, self.code, self.end) = (begin, code, end)
    }
}

/// Decompresses xz streams one after another, with the padding between them (The .xz File Format, §2).
@safe
final class XzDecompressor: Decompressor {
    private let library: XzLibrary
    private let stream: UnsafeMutablePointer<wsray_lzma_stream>

    /// A dictionary as large as a window may be, and what else liblzma needs.
    private static let memoryLimit = UInt64(Compression.windowLimit + 8 << 20)

    init?(_ library: XzLibrary) {
        self.library = library
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: wsray_lzma_stream())
        let status = unsafe library.begin(stream, Self.memoryLimit, UInt32(WSRAY_LZMA_CONCATENATED))
        if status != WSRAY_LZMA_OK { return nil }
    }

    deinit {
        unsafe library.end(stream)
        unsafe stream.deallocate()
    }

    func decompress(_ input: UnsafeRawBufferPointer, isLast: Bool, into room: UnsafeMutableRawBufferPointer) -> DecompressionStep {
        // Invariant: liblzma reads and writes what it is lent within the call.
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = input.count
        unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = room.count
        let status = unsafe library.code(stream, Int32(isLast ? WSRAY_LZMA_FINISH : WSRAY_LZMA_RUN))
        return unsafe DecompressionStep(
            takenCount: input.count - stream.pointee.avail_in, producedCount: room.count - stream.pointee.avail_out,
            isBetweenStreams: status == WSRAY_LZMA_STREAM_END, failure: Self.failure(status))
    }

    private static func failure(_ status: Int32) -> SourceFailure? {
        switch Int(status) {
        case Int(WSRAY_LZMA_OK), Int(WSRAY_LZMA_STREAM_END), Int(WSRAY_LZMA_BUF_ERROR): nil
        case Int(WSRAY_LZMA_MEM_ERROR), Int(WSRAY_LZMA_MEMLIMIT_ERROR): .exceedsMemory(.xz)
        case Int(WSRAY_LZMA_FORMAT_ERROR): .corrupt(.xz, "what follows the xz data is not xz")
        case Int(WSRAY_LZMA_OPTIONS_ERROR): .corrupt(.xz, "it has options that liblzma does not know")
        case Int(WSRAY_LZMA_DATA_ERROR): .corrupt(.xz, "data error")
        default: .corrupt(.xz, "liblzma status \(status)")
        }
    }
}
