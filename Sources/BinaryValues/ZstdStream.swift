import Bytes
import CDecompression
import Decompression
import Synchronization

/// Decompresses zstd (RFC 8878) a piece at a time, where the system has libzstd.
@safe
public final class ZstdStream {
    private let library: ZstdLibrary
    private let stream: UnsafeMutableRawPointer
    private let memory: Memory
    /// What the stream was last seen to take.
    private var byteCount = 0

    /// What all streams take together, in bytes.
    public final class Memory: Sendable {
        public static let shared = Memory(limit: 128 << 20)

        private let limit: Int
        private let used = Atomic<Int>(0)

        public init(limit: Int) { self.limit = limit }

        /// Counts more, or less; false if it is too much.
        fileprivate func add(_ byteCount: Int) -> Bool { used.add(byteCount, ordering: .relaxed).newValue <= limit }
    }

    private static let chunkByteCount = 16 << 10
    /// The base 2 logarithm of the largest window that memory is taken for: 8 MiB, as RFC 8878 §3.1.1.1.2 recommends.
    private static let windowLog: Int32 = 23

    /// Nil where the library is missing.
    public init?(memory: Memory = .shared) {
        guard let library = ZstdLibrary.shared, let stream = unsafe library.create() else { return nil }
        self.library = library
        self.memory = memory
        unsafe self.stream = stream
        _ = unsafe library.set(stream, Int32(WSRAY_ZSTD_WINDOW_LOG_MAX), Self.windowLog)
    }

    deinit {
        _ = unsafe library.free(stream)
        _ = memory.add(-byteCount)
    }

    /// Decompresses the next piece: all that it gives, where whoever compressed it flushed there.
    /// - Parameter limit: bytes that may be appended at most.
    /// - Returns: `isFull` also where all streams together take too much memory; this one should then be given up.
    public func decompress(_ input: Span<UInt8>, into output: inout ByteBuffer, limit: Int) -> ZlibStream.Outcome {
        let outcome = advance(input, into: &output, limit: limit)
        let before = byteCount
        byteCount = unsafe library.size(stream)
        return memory.add(byteCount - before) ? outcome : .isFull
    }

    private func advance(_ input: Span<UInt8>, into output: inout ByteBuffer, limit: Int) -> ZlibStream.Outcome {
        let end = output.count + limit
        return unsafe input.withUnsafeBytes { bytes in
            var given = unsafe wsray_zstd_input(bytes: bytes.baseAddress, count: bytes.count, position: 0)
            while output.count < end {
                var status = 0
                let room = min(Self.chunkByteCount, end - output.count)
                var produced = 0
                unsafe output.append(upTo: room) { target in
                    var taken = unsafe wsray_zstd_output(bytes: target.baseAddress, count: room, position: 0)
                    status = unsafe library.decompress(stream, &taken, &given)
                    produced = unsafe min(taken.position, room)
                    return produced
                }
                let position = unsafe given.position
                if library.isError(status) != 0 { return .invalid }
                if status == 0 { return .ended(at: position) }
                if produced < room { return position == bytes.count ? .needsInput : .invalid }
            }
            return .isFull
        }
    }

    /// A whole frame that ends with the last byte; false, and nothing is appended, where it is none, or larger than the limit, or the library is
    /// missing.
    public static func decompress(whole input: Span<UInt8>, into output: inout ByteBuffer, limit: Int) -> Bool {
        guard input.count > 4, input.uint32LE(at: 0) == magic, let stream = ZstdStream() else { return false }
        let before = output.count
        if stream.decompress(input, into: &output, limit: limit) == .ended(at: input.count) { return true }
        output.truncate(to: before)
        return false
    }

    private static let magic: UInt32 = 0xFD2F_B528
}
