import CDecompression
import System

/// The functions of liblz4 for its frames.
@safe
struct LZ4Library: @unchecked Sendable {
    let create: wsray_lz4_create
    let free: wsray_lz4_free
    let decompress: wsray_lz4_decompress
    let isError: wsray_lz4_is_error
    let errorName: wsray_lz4_error_name

    static let shared = Self()

    private init?() {
        guard let library = SharedLibrary(Compression.lz4.library.names),
            let create = unsafe library.function("LZ4F_createDecompressionContext", as: wsray_lz4_create.self),
            let free = unsafe library.function("LZ4F_freeDecompressionContext", as: wsray_lz4_free.self),
            let decompress = unsafe library.function("LZ4F_decompress", as: wsray_lz4_decompress.self),
            let isError = library.function("LZ4F_isError", as: wsray_lz4_is_error.self),
            let errorName = unsafe library.function("LZ4F_getErrorName", as: wsray_lz4_error_name.self)
        else { return nil }
        unsafe (self.create, self.free, self.decompress, self.isError, self.errorName) = (create, free, decompress, isError, errorName)
    }
}

/// Decompresses LZ4 frames one after another, and passes over those that are skippable (LZ4 Frame Format 1.6). A block has 4 MB at most.
@safe
final class LZ4Decompressor: Decompressor {
    private let library: LZ4Library
    private let context: UnsafeMutableRawPointer
    /// Bytes that make up one block more. Of what precedes an error in the same call nothing would be handed out.
    private var wantedCount = LZ4Decompressor.frameStart

    private static let frameStart = 7
    private static let blockHeaderLength = 4

    init?(_ library: LZ4Library) {
        var context: UnsafeMutableRawPointer?
        let status = unsafe library.create(&context, UInt32(WSRAY_LZ4_VERSION))
        guard library.isError(status) == 0, let context = unsafe context else { return nil }
        self.library = library
        unsafe self.context = context
    }

    deinit { _ = unsafe library.free(context) }

    func decompress(_ input: UnsafeRawBufferPointer, isLast: Bool, into room: UnsafeMutableRawBufferPointer) -> DecompressionStep {
        var taken = min(input.count, wantedCount)
        var produced = room.count
        // Invariant: both counts are those of the memory that is lent for the call.
        let status = unsafe library.decompress(context, room.baseAddress, &produced, input.baseAddress, &taken, nil)
        guard library.isError(status) == 0 else {
            // Invariant: the name is a literal of the library.
            let name = unsafe library.errorName(status).map { unsafe String(cString: $0) } ?? "lz4 status \(status)"
            return DecompressionStep(takenCount: 0, producedCount: 0, isBetweenStreams: false, failure: .corrupt(.lz4, name))
        }
        // It would like the header of the next block as well.
        wantedCount = status == 0 ? Self.frameStart : status > Self.blockHeaderLength ? status - Self.blockHeaderLength : status
        return DecompressionStep(takenCount: taken, producedCount: produced, isBetweenStreams: status == 0)
    }
}
