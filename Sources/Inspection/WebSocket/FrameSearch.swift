import Bytes
import Verdicts
import WebSocket

/// Looks for the start of a chain of frames where it is not known: the capture began midway, or bytes were lost.
///
/// A frame nearly always begins where a TCP segment begins, and a chain of real frames ends where a segment ends. Each such
/// coincidence makes an accident hundreds of times less likely, so a few are proof enough.
struct FrameSearch {
    /// Masked (client) or unmasked (server) frames; nil before the first frame.
    var isMasked: Bool?
    /// RSV1 may be set on data frames.
    let allowsCompression: Bool
    /// A continuation frame may come first: the connection is known to be WebSocket.
    let isKnownWebSocket: Bool
    /// Where the next header is expected, relative to the waiting bytes.
    private(set) var position = 0
    /// Frames in the chain so far.
    private(set) var frameCount = 0
    /// Those of them that are not empty: runs of zeros, or of small numbers, look like runs of empty frames.
    private var filledCount = 0
    private var emptyRun = 0
    /// How many frames of the chain ended where a segment ended.
    private(set) var exactEndCount = 0
    /// A header whose 64-bit length begins with three zero bytes: rare by accident.
    private var hasLongHeader = false
    /// A header with a 16-bit length whose frame ended where a segment ended.
    private var hasExactEndOfLong = false
    /// Text without control bytes, or a Close with a code: content that is rare by accident.
    private var hasTellingContent = false
    /// The kinds of frame in the chain, a bit for each opcode.
    private var kinds: UInt16 = 0
    /// Whether a fragmented message is open; nil while the chain does not show it.
    private var isMessageOpen: Bool?
    /// The chain begins with a fragment, as accidents do more often than frames.
    private var beginsWithFragment = false
    /// How many supposed beginnings turned out not to be any.
    private(set) var rejectedCount = 0

    init(isMasked: Bool?, allowsCompression: Bool, isKnownWebSocket: Bool) {
        self.isMasked = isMasked
        self.allowsCompression = allowsCompression
        self.isKnownWebSocket = isKnownWebSocket
    }

    enum Verdict {
        case needsMore
        /// The bytes do not begin with a frame.
        case wrong
    }

    // MARK: Evidence

    /// Enough where frames are expected: one that fills its segment, if it is the first that was looked at, or two.
    ///
    /// A short segment amid other data looks like one frame that is a message by itself in about 15,000 cases.
    var isLikely: Bool { isStrong || (exactEndCount > 0 && rejectedCount == 0 && !beginsWithFragment) }

    /// Enough where frames are expected, whatever else was looked at.
    var isStrong: Bool { exactEndCount > 1 || (exactEndCount > 0 && (hasExactEndOfLong || hasTellingContent)) }

    /// Enough where frames are expected, wherever segments end.
    var isLongChain: Bool { filledCount >= 5 || hasLongHeader }

    /// Enough where nothing else suggests WebSocket: several segments filled, and more variety than a type and a length.
    var isConvincing: Bool {
        let isVaried = kinds.nonzeroBitCount > 1 || hasTellingContent || hasExactEndOfLong || isMasked == true
        return exactEndCount >= 3 && frameCount >= 4 && filledCount >= 3 && isVaried
    }

    // MARK: The chain

    /// Follows the chain through the waiting bytes; `isSegmentEnd` says whether a segment ends at a relative offset.
    mutating func follow(_ bytes: Span<UInt8>, isSegmentEnd: (Int) -> Bool) -> Verdict {
        while position < bytes.count {
            guard let header = FrameHeader(bytes, at: position) else { return .needsMore }
            guard isPlausible(header) else { return .wrong }
            if header.length > 0xFFFF { hasLongHeader = true }
            let start = position + header.byteCount
            guard header.length <= UInt64(bytes.count - start) else { return .needsMore }
            let end = start + Int(header.length)
            guard fits(header, bytes.extracting(start..<end)) else { return .wrong }
            note(header)
            position = end
            if isSegmentEnd(end) {
                exactEndCount += 1
                if header.length > 125 { hasExactEndOfLong = true }
            }
        }
        return .needsMore
    }

    /// Begins anew with the bytes that are left.
    mutating func restart(isMasked: Bool?) {
        let rejected = rejectedCount + 1
        self = FrameSearch(isMasked: isMasked, allowsCompression: allowsCompression, isKnownWebSocket: isKnownWebSocket)
        rejectedCount = rejected
    }

    private mutating func note(_ header: FrameHeader) {
        isMasked = header.isMasked
        if frameCount == 0 { beginsWithFragment = !header.isFinal || header.opcode == .continuation }
        frameCount += 1
        kinds |= 1 << UInt16(header.opcode.rawValue)
        if header.length > 0 { filledCount += 1 }
        emptyRun = header.length > 0 ? 0 : emptyRun + 1
        if !header.opcode.isControl { isMessageOpen = !header.isFinal }
    }

    private func isPlausible(_ header: FrameHeader) -> Bool {
        let opcode = header.opcode
        guard !opcode.isReserved, header.isLengthMinimal, header.length < 1 << 40 else { return false }
        if let isMasked, header.isMasked != isMasked { return false }
        if header.length == 0, emptyRun == 3 { return false }
        if opcode.isControl { return header.isFinal && header.reserved == 0 && header.length <= 125 }
        // Senders have no reason for an empty fragment that is not the last.
        if header.length == 0, !header.isFinal { return false }
        if opcode == .continuation { return header.reserved == 0 && (isMessageOpen ?? isKnownWebSocket) }
        return isMessageOpen != true && (header.reserved == 0 || (header.reserved == 4 && allowsCompression))
    }

    /// Whether the payload of a whole frame fits its opcode.
    private mutating func fits(_ header: FrameHeader, _ payload: Span<UInt8>) -> Bool {
        let isCheckable = header.opcode == .close || (header.opcode == .text && header.isFinal && !header.hasRSV1)
        guard isCheckable else { return true }
        var plain = ByteBuffer()
        plain.append(unmasking: payload, key: header.maskingKey, phase: 0)
        if header.opcode == .text {
            guard UTF8Validator.isValid(plain.span) else { return false }
            if payload.count >= 2, !plain.span.hasControlBytes { hasTellingContent = true }
            return true
        }
        let body = CloseBody(plain.span)
        guard let code = body.code else { return body.byteCount == 0 }
        hasTellingContent = true
        return (1000...4999).contains(code.rawValue) && body.invalidReasonByte == nil
    }
}

extension Span where Element == UInt8 {
    /// Control characters that text has no use for: all but tabs, line ends, and the two that protocols put into it, ESC and RS.
    var hasControlBytes: Bool {
        for index in indices where self[index] < 0x20 && Self.controlsOfText & (1 << self[index]) == 0 { return true }
        return false
    }

    /// A bit for each of the control characters 8 to 13, 27 and 30.
    private static var controlsOfText: UInt32 { 0x4800_3F00 }
}
