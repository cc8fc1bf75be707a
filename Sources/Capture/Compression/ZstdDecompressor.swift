import CDecompression
import Decompression

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
