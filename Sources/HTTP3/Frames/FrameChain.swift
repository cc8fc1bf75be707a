import Bytes

/// Finds where frames begin in a request's stream of which bytes are missing.
///
/// A frame's header has no mark of its own: any zero looks like the type of DATA. So it is believed only at the first byte of a chunk, where
/// QUIC's STREAM frame begins, and only if frames follow one another from there up to where a chunk ends: two of them, or one and the next
/// chunk begins with another, or nothing follows at all.
enum FrameChain {
    /// Longer chains are not waited for.
    static let longest: UInt64 = 1 << 16
    static let longestCount = 16
    static let convincingCount = 2

    enum Answer {
        case yes
        case no
        /// More bytes will show it: the last frame ends here, at the end of the bytes or after it.
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
        if position == bytes.count, count >= convincingCount { return .yes }
        return UInt64(position - start) > longest ? .no : .open(end: position, frameCount: count)
    }

    /// Whether the first bytes of a chunk look like a frame; nil if there are too few.
    static func begins(_ bytes: Span<UInt8>) -> Bool? {
        guard bytes.count > 0, UInt64(bytes[0]) == FrameType.data || UInt64(bytes[0]) == FrameType.headers else { return false }
        return FrameHeader(bytes, at: 0).map { $0.length > 0 && $0.length <= longest && $0.isShortest }
    }

    /// DATA that has content and says its length in as few bytes as possible. Rows of zeros look like empty frames.
    static func isPlausible(_ header: FrameHeader) -> Bool {
        header.type == FrameType.data && header.length > 0 && header.length <= longest && header.isShortest
    }
}
