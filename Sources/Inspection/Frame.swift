import Bytes
import Rules
import Streams
import WebSocket

/// One frame, when its last byte has been seen, or when it is certain that no more will be.
public struct Frame: Sendable {
    public var header: FrameHeader
    /// Counted from 1 within the connection, both directions together, in the order of last bytes.
    public var number: UInt64 = 0
    public var from: Side
    /// When the first byte of the header was captured.
    public var time: Timestamp
    /// When the last byte was captured.
    public var endTime: Timestamp
    /// Where the header stands in its direction's stream of WebSocket bytes.
    public var offset: UInt64
    public var packets: PacketList
    /// The message that the frame belongs to, counted from 1 within the connection; control frames are messages of their own.
    public var message: UInt64
    /// The opcode of that message: for a continuation frame, what it continues.
    public var messageOpcode: Opcode
    /// The payload belongs to a compressed message.
    public var isCompressed: Bool
    /// What is told of its payload is not what was sent: secrets were removed.
    public var isRedacted = false
    /// Payload bytes that were captured.
    public var capturedLength: UInt64 = 0
    /// Time since the ping that a pong answers, in nanoseconds.
    public var roundTrip: Int64?
    public var findings: [Finding] = []

    /// False when payload bytes are missing: lost, cut off, or not yet there when the capture ended.
    public var isComplete: Bool { capturedLength == header.length }
    @inline(__always) var lastMark: PacketMark { PacketMark(number: packets.last, time: endTime) }
}

/// One message: all its frames joined, inflated where it was compressed.
public struct Message: Sendable {
    public var number: UInt64
    public var from: Side
    /// Of the first frame.
    public var opcode: Opcode
    public var time: Timestamp
    public var endTime: Timestamp
    /// Application bytes.
    public var length: UInt64
    /// Payload bytes on the wire.
    public var wireLength: UInt64
    public var isCompressed: Bool
    /// What is told of its content is not what was sent: secrets were removed.
    public var isRedacted = false
    public var frameCount: UInt64
    /// False when bytes are missing, or the last frame never came.
    public var isComplete: Bool
    /// Application bytes that came out of a window nobody saw; each is `MessageInflater.unknownByte` in the content.
    public var unknownByteCount: UInt64
    /// The whole content is UTF-8; only ever true of text.
    public var isValidText: Bool
    /// The packets of its frames.
    public var packets: PacketList
}

// What was kept of a frame or message can be put together again, to ask of it what is asked of one that is just told.
extension Frame {
    public init(
        _ header: FrameHeader, number: UInt64, from: Side, time: Timestamp, endTime: Timestamp, packets: PacketList, message: UInt64,
        messageOpcode: Opcode, isCompressed: Bool
    ) {
        self.init(
            header: header, number: number, from: from, time: time, endTime: endTime, offset: 0, packets: packets, message: message,
            messageOpcode: messageOpcode, isCompressed: isCompressed, capturedLength: header.length)
    }
}

extension Message {
    /// A message of one frame; of several, what differs is set afterwards.
    public init(of frame: borrowing Frame, length: UInt64) {
        self.init(
            number: frame.message, from: frame.from, opcode: frame.messageOpcode, time: frame.time, endTime: frame.endTime, length: length,
            wireLength: frame.header.length, isCompressed: frame.isCompressed, frameCount: 1, isComplete: frame.isComplete,
            unknownByteCount: 0, isValidText: false, packets: frame.packets)
    }
}

/// What one side of a connection sent.
public struct Totals: Equatable, Sendable {
    public var frames: UInt64 = 0
    public var messages: UInt64 = 0
    /// Application bytes of all messages, control frames included.
    public var bytes: UInt64 = 0
    /// Payload bytes of all frames, as on the wire.
    public var wireBytes: UInt64 = 0
    /// Bytes of all frame headers.
    public var headerBytes: UInt64 = 0

    public init() {}
}
