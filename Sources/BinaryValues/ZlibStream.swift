import Bytes
import WebSocket

/// Inflates zlib (RFC 1950) or gzip (RFC 1952), whichever the first bytes say, a piece at a time; checksums are checked.
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

    private var stream = InflateStream(.zlibOrGzip)

    private static let chunkByteCount = 16 << 10

    public init() {}

    /// Inflates the next piece.
    /// - Parameter limit: bytes that may be appended at most.
    public mutating func inflate(_ input: Span<UInt8>, into output: inout ByteBuffer, limit: Int) -> Outcome {
        let end = output.count + limit
        var position = 0
        while output.count < end {
            switch stream.run(input, at: &position, into: &output, room: min(Self.chunkByteCount, end - output.count)) {
            case .ended: return .ended(at: position)
            case .outputFull: continue
            case .needsInput: return position == input.count ? .needsInput : .invalid
            case .invalid: return .invalid
            }
        }
        return .isFull
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
