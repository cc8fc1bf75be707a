import Bytes
import Channels
import Rules
import WebSocket

/// One frame, once its last byte has come, or once it is certain that no more will come.
///
/// Plain values, except for what few frames have (`Extras`). So passing one on counts no references.
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
    /// The first and the last packet; equal if there is only one.
    @usableFromInline var firstPacket: UInt64
    @usableFromInline var lastPacket: UInt64
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
    @usableFromInline var extras: Extras?

    /// What few frames have: more than two packets, findings, a round trip. Never changed once made.
    @usableFromInline
    final class Extras: Sendable {
        let packets: PacketList?
        let findings: [Finding]
        let roundTrip: Int64?

        init(packets: PacketList?, findings: [Finding], roundTrip: Int64?) {
            self.packets = packets
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
        firstPacket = packets.first
        lastPacket = packets.last
        self.message = message
        self.capturedLength = capturedLength
        self.from = from
        self.messageOpcode = messageOpcode
        self.isCompressed = isCompressed
        if !packets.isPlain { self.packets = packets }
    }

    @inlinable @inline(__always)
    public init(_ plain: PlainFrame) {
        header = plain.header
        number = plain.number
        time = plain.time
        endTime = plain.time
        offset = plain.offset
        firstPacket = plain.packet
        lastPacket = plain.packet
        message = plain.message
        capturedLength = plain.header.length
        from = plain.from
        messageOpcode = plain.header.opcode
        isCompressed = false
    }

    /// True if it contains no reference.
    @inlinable @inline(__always) public var isPlain: Bool { extras == nil }

    /// True if there is neither a finding nor a round trip.
    @inlinable public var isUnremarkable: Bool { isPlain || hasPacketsOnly }
    @usableFromInline var hasPacketsOnly: Bool { extras.map { $0.findings.isEmpty && $0.roundTrip == nil } ?? true }

    public var packets: PacketList {
        @inlinable @inline(__always) get { isPlain ? PacketList(firstPacket, lastPacket) : manyPackets }
        set {
            firstPacket = newValue.first
            lastPacket = newValue.last
            if !newValue.isPlain || extras?.packets != nil { keep(newValue.isPlain ? nil : newValue, findings, roundTrip) }
        }
    }

    @usableFromInline var manyPackets: PacketList { extras?.packets ?? PacketList(firstPacket, lastPacket) }

    public var findings: [Finding] {
        get { extras?.findings ?? [] }
        set { keep(extras?.packets, newValue, roundTrip) }
    }

    /// Nanoseconds since the ping that a pong answers.
    public var roundTrip: Int64? {
        get { extras?.roundTrip }
        set { keep(extras?.packets, findings, newValue) }
    }

    private mutating func keep(_ packets: PacketList?, _ findings: [Finding], _ roundTrip: Int64?) {
        let isPlain = packets == nil && findings.isEmpty && roundTrip == nil
        extras = isPlain ? nil : Extras(packets: packets, findings: findings, roundTrip: roundTrip)
    }

    /// False when payload bytes are missing: lost, cut off, or not yet there when the capture ended.
    @inline(__always) public var isComplete: Bool { capturedLength == header.length }
    @inline(__always) var lastMark: PacketMark { PacketMark(number: lastPacket, time: endTime) }
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
