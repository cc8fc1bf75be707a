import Bytes
import WebSocket

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
    /// What is reported of its content is not what was sent: secrets were removed.
    public var isRedacted = false
    public var frameCount: UInt64
    /// False when bytes are missing, or the last frame never came.
    public var isComplete: Bool
    /// Application bytes copied from a window that was not captured; each is `MessageInflater.unknownByte` in the content.
    public var unknownByteCount: UInt64
    /// The whole content is UTF-8; never true of anything but text.
    public var isValidText: Bool
    /// The packets of its frames.
    public var packets: PacketList

    @inlinable @inline(__always)
    public init(
        number: UInt64, from: Side, opcode: Opcode, time: Timestamp, endTime: Timestamp, length: UInt64, wireLength: UInt64,
        isCompressed: Bool, frameCount: UInt64, isComplete: Bool, unknownByteCount: UInt64, isValidText: Bool, packets: PacketList
    ) {
        self.number = number
        self.from = from
        self.opcode = opcode
        self.time = time
        self.endTime = endTime
        self.length = length
        self.wireLength = wireLength
        self.isCompressed = isCompressed
        self.frameCount = frameCount
        self.isComplete = isComplete
        self.unknownByteCount = unknownByteCount
        self.isValidText = isValidText
        self.packets = packets
    }

    @inlinable @inline(__always)
    public init(_ plain: PlainFrame) {
        self.init(
            number: plain.message, from: plain.from, opcode: plain.header.opcode, time: plain.time, endTime: plain.time,
            length: plain.header.length, wireLength: plain.header.length, isCompressed: false, frameCount: 1, isComplete: true,
            unknownByteCount: 0, isValidText: plain.isValidText, packets: PacketList(plain.packet))
    }

    /// A message of one frame; for one of several, what differs is set afterwards.
    public init(of frame: borrowing Frame, length: UInt64) {
        self.init(
            number: frame.message, from: frame.from, opcode: frame.messageOpcode, time: frame.time, endTime: frame.endTime, length: length,
            wireLength: frame.header.length, isCompressed: frame.isCompressed, frameCount: 1, isComplete: frame.isComplete,
            unknownByteCount: 0, isValidText: false, packets: frame.packets)
    }
}
