import Bytes

/// Cuts one direction's stream into frame headers and payload pieces.
///
/// Holds a position, never a byte: what is unread stays with the caller. A frame of 2^63 bytes is a header like any other.
public struct FrameDecoder: Sendable {
    public enum Step {
        /// A header is complete; its payload follows as one or more `payload` steps.
        case header(FrameHeader)
        /// The next piece of the payload, as a range of the bytes that were handed in; `isLast` ends the frame. A frame
        /// without payload has one empty last piece.
        case payload(Range<Int>, isLast: Bool)
        /// Nothing more can be said before more bytes come.
        case needsMore
    }

    @usableFromInline var isInPayload = false
    @usableFromInline var left: UInt64 = 0

    @inlinable public init() {}

    /// Payload bytes of the current frame that are still to come.
    @inlinable public var remaining: UInt64 { left }

    /// True between a header and the end of its payload.
    @inlinable public var isInsideFrame: Bool { isInPayload }

    /// What stands at `position` of `unread`; moves `position` past it.
    @inlinable @inline(__always)
    public mutating func next(_ unread: Span<UInt8>, at position: inout Int) -> Step {
        if !isInPayload {
            guard let header = FrameHeader(unread, at: position) else { return .needsMore }
            position += header.byteCount
            isInPayload = true
            left = header.length
            return .header(header)
        }
        let start = position
        let available = unread.count - start
        if left <= UInt64(available) {
            position = start + Int(left)
            isInPayload = false
            left = 0
            return .payload(start..<position, isLast: true)
        }
        guard available > 0 else { return .needsMore }
        position = unread.count
        left -= UInt64(available)
        return .payload(start..<position, isLast: false)
    }

    /// Passes over bytes that will never come.
    ///
    /// False when they reach past the current frame's payload: the next header's
    /// place is then unknown, and the decoder has forgotten the frame.
    public mutating func skip(_ missing: UInt64) -> Bool {
        guard isInPayload, missing <= left else {
            isInPayload = false
            left = 0
            return missing == 0
        }
        left -= missing
        return true
    }
}
