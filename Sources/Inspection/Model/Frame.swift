import Bytes
import Channels
import Rules
import WebSocket

/// One frame, once its last byte has come, or once it is certain that no more will come.
///
/// Plain values, except for what few frames have: more than two packets, and notes. So passing one on counts no references.
public struct Frame: Sendable {
    public var header: FrameHeader
    /// Counted from 1 within the connection, both directions together, in the order of last bytes.
    public var number: UInt64 = 0
    /// When the first byte of the header was captured.
    public var time: Timestamp
    /// When the last byte was captured.
    public var endTime: Timestamp
    /// The offset of the header in its direction's stream of WebSocket bytes.
    public var offset: UInt64
    public var packets: PacketList
    /// The message that the frame belongs to, counted from 1 within the connection; control frames are messages of their own.
    public var message: UInt64
    /// Payload bytes that were captured.
    public var capturedLength: UInt64 = 0
    public var from: Side
    /// The opcode of that message: for a continuation frame, what it continues.
    public var messageOpcode: Opcode
    /// The payload belongs to a compressed message.
    public var isCompressed: Bool
    /// What is reported of its payload is not what was sent: secrets were removed.
    public var isRedacted = false
    private var notes: Notes?

    /// What few frames have. Never changed once made.
    private final class Notes: Sendable {
        let findings: [Finding]
        let roundTrip: Int64?

        init(findings: [Finding], roundTrip: Int64?) {
            self.findings = findings
            self.roundTrip = roundTrip
        }
    }

    public init(
        header: FrameHeader, number: UInt64 = 0, from: Side, time: Timestamp, endTime: Timestamp, offset: UInt64, packets: PacketList,
        message: UInt64, messageOpcode: Opcode, isCompressed: Bool, capturedLength: UInt64 = 0
    ) {
        self.header = header
        self.number = number
        self.time = time
        self.endTime = endTime
        self.offset = offset
        self.packets = packets
        self.message = message
        self.capturedLength = capturedLength
        self.from = from
        self.messageOpcode = messageOpcode
        self.isCompressed = isCompressed
    }

    /// True if it contains no reference.
    @inline(__always) var isPlain: Bool { notes == nil && packets.isPlain }

    /// True if there is neither a finding nor a round trip.
    @inline(__always) public var isUnremarkable: Bool { notes == nil }

    public var findings: [Finding] {
        get { notes?.findings ?? [] }
        set { note(newValue, roundTrip) }
    }

    /// Nanoseconds since the ping that a pong answers.
    public var roundTrip: Int64? {
        get { notes?.roundTrip }
        set { note(findings, newValue) }
    }

    private mutating func note(_ findings: [Finding], _ roundTrip: Int64?) {
        notes = findings.isEmpty && roundTrip == nil ? nil : Notes(findings: findings, roundTrip: roundTrip)
    }

    /// False when payload bytes are missing: lost, cut off, or not yet there when the capture ended.
    @inline(__always) public var isComplete: Bool { capturedLength == header.length }
    @inline(__always) var lastMark: PacketMark { PacketMark(number: packets.last, time: endTime) }
}

// A frame can be rebuilt from what was kept of it, to be asked what a frame is asked when it is reported.
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
