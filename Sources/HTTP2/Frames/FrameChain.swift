import Bytes
import Channels

/// Tells headers of frames from other bytes where the beginning was not captured.
enum FrameChain {
    /// Longer frames are not waited for where nothing else is known.
    private static let longest = 1 << 16

    /// Whether bytes are frames one after another: whole ones up to their end, or two of them and the header of a third.
    static func isConvincing(_ bytes: Span<UInt8>) -> Bool {
        var position = 0
        var count = 0
        while position < bytes.count {
            guard let header = FrameHeader(bytes, at: position) else { return count >= 2 }
            guard isPlausible(header) else { return false }
            count += 1
            position += FrameHeader.byteCount + header.length
            if count > 3 { return true }
        }
        // Rows of zeros look like empty frames.
        return position == bytes.count && bytes.count > FrameHeader.byteCount || count >= 3
    }

    /// Whether type, flags, length and stream of a header fit one another.
    static func isPlausible(_ header: FrameHeader) -> Bool {
        guard header.length <= longest, let kind = header.kind else { return false }
        let (flags, length, stream) = (header.flags, header.length, header.stream)
        switch kind {
        case .data: return flags & ~0x09 == 0 && isLikely(stream)
        case .headers: return flags & ~0x2D == 0 && isLikely(stream) && length > 0
        case .continuation: return flags & ~0x04 == 0 && isLikely(stream) && length > 0
        case .priority: return flags == 0 && isLikely(stream) && length == 5
        case .resetStream: return flags == 0 && isLikely(stream) && length == 4
        case .windowUpdate: return flags == 0 && length == 4 && stream < 1 << 24
        case .settings: return stream == 0 && (flags == 0 && length % 6 == 0 && length <= 120 || flags == 1 && length == 0)
        case .ping: return stream == 0 && flags & ~1 == 0 && length == 8
        case .goAway: return stream == 0 && flags == 0 && length >= 8
        case .pushPromise: return flags & ~0x0C == 0 && isLikely(stream) && length > 4
        case .priorityUpdate: return flags == 0 && stream == 0 && length >= 4
        case .alternativeService, .origin: return flags == 0 && length >= 2 && stream < 1 << 24
        }
    }

    /// What a header proves where frames are looked for: 2 where it can hardly be an accident, 1 where it may be one, 0 where it is none.
    ///
    /// - Parameters:
    ///   - isKnown: whether a stream is open.
    ///   - longest: the length of DATA that its receiver allows.
    static func evidence(of header: FrameHeader, longest: Int, isKnown: (UInt32) -> Bool) -> Int {
        guard isPlausible(header) else { return 0 }
        let isSure =
            switch header.kind {
            case .data: isKnown(header.stream) && header.length <= longest && (header.length > 0 || header.endsStream)
            case .headers, .continuation, .resetStream: isKnown(header.stream)
            case .windowUpdate: header.stream == 0 || isKnown(header.stream)
            case .settings: header.length > 0 || header.isAcknowledgment
            case .ping: true
            case .goAway: header.length <= 1_024
            case .priority, .pushPromise, .priorityUpdate, .alternativeService, .origin, nil: false
            }
        return isSure ? 2 : 1
    }

    /// Numbers grow by two with each stream of a connection.
    private static func isLikely(_ stream: UInt32) -> Bool { stream > 0 && stream < 1 << 24 }
}
