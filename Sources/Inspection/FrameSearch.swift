import Bytes
import WebSocket

/// Looks for the start of a chain of frames where it is not known: capture joined midway, or bytes lost.
///
/// A frame nearly always begins where a TCP segment begins, and a chain of right frames ends where a segment ends. Each such
/// coincidence makes an accident less likely by a factor of hundreds, so a few are proof enough.
struct FrameSearch {
    /// Masked (client) or unmasked (server) frames; nil until a first frame has told.
    var isMasked: Bool?
    /// RSV1 may be set on data frames.
    let allowsCompression: Bool
    /// A continuation frame may come first: the connection is known to be WebSocket.
    let isKnownWebSocket: Bool
    /// Where the next header is expected, relative to the waiting bytes.
    private(set) var position = 0
    /// Frames in the chain so far.
    private(set) var frameCount = 0
    /// How often the chain's end was a segment's end.
    private(set) var exactEndCount = 0
    /// A header whose 64-bit length begins with four zero bytes: rare by accident.
    private(set) var hasLongHeader = false

    init(isMasked: Bool?, allowsCompression: Bool, isKnownWebSocket: Bool) {
        self.isMasked = isMasked
        self.allowsCompression = allowsCompression
        self.isKnownWebSocket = isKnownWebSocket
    }

    enum Verdict {
        case needsMore
        /// What stands at the beginning cannot be a frame.
        case wrong
    }

    /// Follows the chain through the waiting bytes; `isSegmentEnd` tells whether a relative offset is one.
    mutating func follow(_ bytes: Span<UInt8>, isSegmentEnd: (Int) -> Bool) -> Verdict {
        while position < bytes.count {
            guard let header = FrameHeader(bytes, at: position) else { return .needsMore }
            guard isPlausible(header) else { return .wrong }
            if header.length > 0xFFFF { hasLongHeader = true }
            let start = position + header.byteCount
            guard header.length <= UInt64(bytes.count - start) else { return .needsMore }
            let end = start + Int(header.length)
            guard fits(header, bytes.extracting(start..<end)) else { return .wrong }
            isMasked = header.isMasked
            frameCount += 1
            position = end
            if isSegmentEnd(end) { exactEndCount += 1 }
        }
        return .needsMore
    }

    /// Begins anew at the beginning of the bytes that are left.
    mutating func restart(isMasked: Bool?) {
        self = FrameSearch(isMasked: isMasked, allowsCompression: allowsCompression, isKnownWebSocket: isKnownWebSocket)
    }

    private func isPlausible(_ header: FrameHeader) -> Bool {
        let opcode = header.opcode
        guard !opcode.isReserved, header.isLengthMinimal, header.length < 1 << 40 else { return false }
        if let isMasked, header.isMasked != isMasked { return false }
        if opcode.isControl { return header.isFinal && header.reserved == 0 && header.length <= 125 }
        if opcode == .continuation { return header.reserved == 0 && (isKnownWebSocket || frameCount > 0) }
        return header.reserved == 0 || (header.reserved == 4 && allowsCompression)
    }

    /// What a whole frame carries must suit its opcode.
    private func fits(_ header: FrameHeader, _ payload: Span<UInt8>) -> Bool {
        let isCheckable = header.opcode == .close || (header.opcode == .text && header.isFinal && !header.hasRSV1)
        guard isCheckable else { return true }
        var plain = ByteBuffer()
        plain.append(unmasking: payload, key: header.maskingKey, phase: 0)
        if header.opcode == .text { return UTF8Validator.isValid(plain.span) }
        let body = CloseBody(plain.span)
        return body.byteCount == 0 || (body.code.map { (1000...4999).contains($0.rawValue) } ?? false) && body.invalidReasonByte == nil
    }
}
