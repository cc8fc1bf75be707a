import CDecompression
import System

/// The functions of libzstd.
@safe
struct ZstdLibrary: @unchecked Sendable {
    let create: wsray_zstd_create
    let free: wsray_zstd_free
    let set: wsray_zstd_set
    let decompress: wsray_zstd_decompress
    let isError: wsray_zstd_is_error
    let errorCode: wsray_zstd_error_code
    let errorName: wsray_zstd_error_name

    static let shared = Self()

    private init?() {
        guard let library = SharedLibrary(Compression.zstd.library.names),
            let create = unsafe library.function("ZSTD_createDStream", as: wsray_zstd_create.self),
            let free = unsafe library.function("ZSTD_freeDStream", as: wsray_zstd_free.self),
            let set = unsafe library.function("ZSTD_DCtx_setParameter", as: wsray_zstd_set.self),
            let decompress = unsafe library.function("ZSTD_decompressStream", as: wsray_zstd_decompress.self),
            let isError = library.function("ZSTD_isError", as: wsray_zstd_is_error.self),
            let errorCode = library.function("ZSTD_getErrorCode", as: wsray_zstd_error_code.self),
            let errorName = unsafe library.function("ZSTD_getErrorName", as: wsray_zstd_error_name.self)
        else { return nil }
        unsafe (self.create, self.free, self.set, self.decompress) = (create, free, set, decompress)
        unsafe (self.isError, self.errorCode, self.errorName) = (isError, errorCode, errorName)
    }
}

/// Decompresses zstd frames one after another (RFC 8878 §3.1), and passes over those that are skippable.
@safe
final class ZstdDecompressor: Decompressor {
    private let library: ZstdLibrary
    private let stream: UnsafeMutableRawPointer
    /// Bytes that make up one block more. Of what precedes an error in the same call nothing would be handed out.
    private var wantedCount = ZstdDecompressor.frameStart

    private static let frameStart = 5
    private static let blockHeaderLength = 3

    init?(_ library: ZstdLibrary) {
        guard let stream = unsafe library.create() else { return nil }
        self.library = library
        unsafe self.stream = stream
        _ = unsafe library.set(stream, Int32(WSRAY_ZSTD_WINDOW_LOG_MAX), Int32(Compression.windowLimit.trailingZeroBitCount))
    }

    deinit { _ = unsafe library.free(stream) }

    func decompress(_ input: UnsafeRawBufferPointer, isLast: Bool, into room: UnsafeMutableRawBufferPointer) -> DecompressionStep {
        var given = unsafe wsray_zstd_input(bytes: input.baseAddress, count: min(input.count, wantedCount), position: 0)
        var taken = unsafe wsray_zstd_output(bytes: room.baseAddress, count: room.count, position: 0)
        let status = unsafe library.decompress(stream, &taken, &given)
        var step = unsafe DecompressionStep(takenCount: given.position, producedCount: taken.position, isBetweenStreams: status == 0)
        guard library.isError(status) == 0 else {
            step.failure =
                unsafe library.errorCode(status) == WSRAY_ZSTD_WINDOW_TOO_LARGE ? .exceedsMemory(.zstd) : .corrupt(.zstd, name(of: status))
            return step
        }
        // It would like the header of the next block as well.
        wantedCount = status == 0 ? Self.frameStart : status > Self.blockHeaderLength ? status - Self.blockHeaderLength : status
        return step
    }

    private func name(of status: Int) -> String {
        // Invariant: the name is a literal of the library.
        unsafe library.errorName(status).map { unsafe String(cString: $0) } ?? "zstd status \(status)"
    }
}
