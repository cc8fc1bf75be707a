import Bytes

/// Finds where frames begin in a request's stream of which bytes are missing.
///
/// A frame's header has no mark of its own: any zero looks like the type of DATA. So it is believed only at the first byte of a chunk, where
/// QUIC's STREAM frame begins, and only if it, or the frames that follow it, end where a chunk does.
enum FrameChain {
    /// Longer chains are not waited for.
    static let longest: UInt64 = 1 << 16
    static let longestCount = 16

    enum Answer {
        case yes
        case no
        /// The last frame ends here, which is after the bytes.
        case open(end: Int, frameCount: Int)
    }

    /// Whether DATA frames fill bytes from `start` up to their end.
    static func follow(_ bytes: Span<UInt8>, from start: Int) -> Answer {
        var position = start
        var count = 0
        while position < bytes.count {
            guard count < longestCount, let header = FrameHeader(bytes, at: position), isPlausible(header) else { return .no }
            count += 1
            position += header.byteCount + Int(header.length)
        }
        return position == bytes.count ? .yes : UInt64(position - start) > longest ? .no : .open(end: position, frameCount: count)
    }

    /// DATA that has content and says its length in as few bytes as possible. Rows of zeros look like empty frames.
    static func isPlausible(_ header: FrameHeader) -> Bool {
        let shortest = header.length < 1 << 6 ? 2 : header.length < 1 << 14 ? 3 : 5
        return header.type == FrameType.data && header.length > 0 && header.length <= longest && header.byteCount == shortest
    }
}
