import CDecompression
import System

/// The functions of libbz2.
@safe
struct Bzip2Library: @unchecked Sendable {
    let begin: wsray_bzip2_begin
    let decompress: wsray_bzip2_decompress
    let end: wsray_bzip2_end

    static let shared = Self()

    private init?() {
        guard let library = SharedLibrary(Compression.bzip2.library.names),
            let begin = unsafe library.function("BZ2_bzDecompressInit", as: wsray_bzip2_begin.self),
            let decompress = unsafe library.function("BZ2_bzDecompress", as: wsray_bzip2_decompress.self),
            let end = unsafe library.function("BZ2_bzDecompressEnd", as: wsray_bzip2_end.self)
        else { return nil }
        unsafe (self.begin, self.decompress, self.end) = (begin, decompress, end)
    }
}

/// Decompresses bzip2 streams one after another, as `bzcat` does. It needs 4 MB.
@safe
final class Bzip2Decompressor: Decompressor {
    private let library: Bzip2Library
    /// On the heap because the library's state points back at it.
    private let stream: UnsafeMutablePointer<wsray_bzip2_stream>
    private var isBetweenStreams = false

    init?(_ library: Bzip2Library) {
        self.library = library
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: wsray_bzip2_stream())
        if unsafe library.begin(stream, 0, 0) != WSRAY_BZIP2_OK { return nil }
    }

    deinit {
        _ = unsafe library.end(stream)
        unsafe stream.deallocate()
    }

    func decompress(_ input: UnsafeRawBufferPointer, isLast: Bool, into room: UnsafeMutableRawBufferPointer) -> DecompressionStep {
        var failure: SourceFailure?
        if isBetweenStreams {
            _ = unsafe library.end(stream)
            unsafe stream.pointee = wsray_bzip2_stream()
            if unsafe library.begin(stream, 0, 0) != WSRAY_BZIP2_OK { failure = .exceedsMemory(.bzip2) }
            isBetweenStreams = false
        }
        // Invariant: libbz2 reads and writes what it is lent within the call; both are shorter than 2^32 bytes.
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: CChar.self)
        unsafe stream.pointee.avail_in = UInt32(input.count)
        unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: CChar.self)
        unsafe stream.pointee.avail_out = UInt32(room.count)
        if failure == nil {
            switch Int(unsafe library.decompress(stream)) {
            case Int(WSRAY_BZIP2_OK): break
            case Int(WSRAY_BZIP2_STREAM_END): isBetweenStreams = true
            case Int(WSRAY_BZIP2_MEM_ERROR): failure = .exceedsMemory(.bzip2)
            case Int(WSRAY_BZIP2_DATA_ERROR_MAGIC): failure = .corrupt(.bzip2, "what follows is not bzip2")
            default: failure = .corrupt(.bzip2, "data error")
            }
        }
        return unsafe DecompressionStep(
            takenCount: input.count - Int(stream.pointee.avail_in), producedCount: room.count - Int(stream.pointee.avail_out),
            isBetweenStreams: isBetweenStreams, failure: failure)
    }
}
