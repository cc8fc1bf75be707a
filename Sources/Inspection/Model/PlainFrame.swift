import Bytes
import WebSocket

/// A whole data frame of one packet that is a message by itself, and of which there is nothing more to say.
///
/// Nearly all frames are. `Frame` and `Message` say the same; a sink that takes many may do without them.
public struct PlainFrame: Sendable {
    public var header: FrameHeader
    public var number: UInt64
    public var packet: UInt64
    public var time: Timestamp
    /// See `Frame.offset`.
    public var offset: UInt64
    public var message: UInt64
    public var from: Side
    public var isValidText: Bool

    @inlinable @inline(__always)
    public init(
        _ header: FrameHeader, number: UInt64, packet: UInt64, time: Timestamp, offset: UInt64, message: UInt64, from: Side,
        isValidText: Bool
    ) {
        self.header = header
        self.number = number
        self.packet = packet
        self.time = time
        self.offset = offset
        self.message = message
        self.from = from
        self.isValidText = isValidText
    }

    /// No frame.
    @usableFromInline static var none: PlainFrame {
        PlainFrame(
            FrameHeader(first: 0, second: 0, maskingKey: 0, length: 0), number: 0, packet: 0, time: Timestamp(nanoseconds: 0), offset: 0,
            message: 0, from: .client, isValidText: false)
    }
}

extension EventSink where Self: ~Copyable {
    @inlinable @inline(__always)
    public mutating func frame(plain: PlainFrame, payload: Span<UInt8>, of connection: Connection) {
        frame(spelledOut: plain, payload: payload, of: connection)
    }

    /// Takes a plain frame as any other.
    @inlinable @inline(__always)
    public mutating func frame(spelledOut plain: PlainFrame, payload: Span<UInt8>, of connection: Connection) {
        let frame = Frame(plain)
        self.frame(frame, payload: payload, ending: Message(plain), content: payload, of: connection)
    }
}
