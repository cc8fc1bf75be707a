import Bytes
import Channels

/// Finds where frames begin in bytes whose beginning was not captured.
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

    /// What a search in bytes after a gap came to.
    enum Search {
        /// A frame begins here.
        case found(Int)
        /// The client's preface begins here.
        case preface(Int)
        /// A frame may begin here, and more bytes will tell.
        case undecided(Int)
        case nothing
    }

    /// The first offset where a frame begins.
    ///
    /// - Parameters:
    ///   - mayBegin: the preface of a client may be there.
    ///   - isKnown: whether a stream is open; a header that names one of them needs no other that follows it.
    static func search(_ bytes: Span<UInt8>, mayBegin: Bool, isKnown: (UInt32) -> Bool) -> Search {
        var position = 0
        while position < bytes.count {
            if mayBegin {
                switch Preface.recognize(bytes.extracting(position..<bytes.count)) {
                case .yes: return .preface(position)
                case .needsMore: return .undecided(position)
                case .no: break
                }
            }
            guard let header = FrameHeader(bytes, at: position) else { return .undecided(position) }
            if isPlausible(header) {
                if header.stream != 0, isKnown(header.stream) { return .found(position) }
                switch follow(bytes, from: position + FrameHeader.byteCount + header.length) {
                case true: return .found(position)
                case nil: return .undecided(position)
                case false: break
                }
            }
            position += 1
        }
        return .nothing
    }

    /// Whether another header follows at `position`; nil where too few bytes are there.
    ///
    /// That bytes end there says nothing: where a segment is cut is up to TCP, and more that comes will tell.
    private static func follow(_ bytes: Span<UInt8>, from position: Int) -> Bool? {
        FrameHeader(bytes, at: position).map(isPlausible)
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

    /// Numbers grow by two with each stream of a connection.
    private static func isLikely(_ stream: UInt32) -> Bool { stream > 0 && stream < 1 << 24 }
}
