import Bytes
import Inspection
import Rules
import WebSocket

/// What is kept of one frame: 48 bytes, whatever it carried.
///
/// The payload is not here; `place` tells where it can be read again.
struct FrameRow: Sendable {
    private(set) var nanoseconds: Int64
    /// Offset of the stored bytes, in the capture file when `isInCapture`, in the spool otherwise.
    var place: UInt64 = 0
    /// Bytes stored there.
    var storedCount: UInt32 = 0
    private var shortLength: UInt32
    /// Index into `Transcript.connections`.
    let connection: UInt32
    /// As `Frame.number`.
    let number: UInt32
    /// As `Frame.message`.
    let message: UInt32
    /// Number of the first packet.
    let packet: UInt32
    let maskingKey: UInt32
    let first: UInt8
    let second: UInt8
    var flags: Flags

    struct Flags: OptionSet, Sendable {
        var rawValue: UInt16
        static let fromServer = Flags(rawValue: 1)
        static let isCompressed = Flags(rawValue: 1 << 1)
        static let isComplete = Flags(rawValue: 1 << 2)
        static let endsMessage = Flags(rawValue: 1 << 3)
        /// The stored bytes are those of the capture file, masked where the frame is.
        static let isInCapture = Flags(rawValue: 1 << 4)
        /// The stored bytes are the content of the compressed message that the frame ends.
        static let storesContent = Flags(rawValue: 1 << 5)
        /// 1 for a note, 2 for a warning, 3 for a violation.
        static let severity = Flags(rawValue: 3 << 6)
        /// Not all bytes there were are stored.
        static let isCut = Flags(rawValue: 1 << 8)
        static let hasUnknownBytes = Flags(rawValue: 1 << 9)
        /// `Transcript.details` has an entry.
        static let hasDetails = Flags(rawValue: 1 << 10)
        /// The compressed bytes stand in the spool in front of the content.
        static let storesWire = Flags(rawValue: 1 << 11)
        static let messageOpcode = Flags(rawValue: 0xF << 12)
    }

    init(_ frame: Frame, connection: UInt32) {
        nanoseconds = frame.time.nanoseconds
        shortLength = UInt32(clamping: frame.header.length)
        self.connection = connection
        number = UInt32(truncatingIfNeeded: frame.number)
        message = UInt32(truncatingIfNeeded: frame.message)
        packet = UInt32(truncatingIfNeeded: frame.packets.first)
        maskingKey = frame.header.maskingKey
        first = frame.header.first
        second = frame.header.second
        var flags = Flags(rawValue: UInt16(frame.messageOpcode.rawValue) << 12)
        if frame.from == .server { flags.insert(.fromServer) }
        if frame.isCompressed { flags.insert(.isCompressed) }
        if frame.isComplete { flags.insert(.isComplete) }
        if let worst = frame.findings.map(\.rule.severity).max() { flags.rawValue |= UInt16(worst.rawValue + 1) << 6 }
        self.flags = flags
    }

    var time: Timestamp { Timestamp(nanoseconds: nanoseconds) }
    /// The header as it was sent; a length beyond 32 bits is in the details.
    var header: FrameHeader { FrameHeader(first: first, second: second, maskingKey: maskingKey, length: UInt64(shortLength)) }
    /// Payload bytes that the header announces, 2^32 - 1 at most.
    var length: UInt64 { UInt64(shortLength) }
    var opcode: Opcode { Opcode(rawValue: first) }
    var messageOpcode: Opcode { Opcode(rawValue: UInt8(flags.rawValue >> 12)) }
    var isFinal: Bool { first & 0x80 != 0 }
    var from: Side { flags.contains(.fromServer) ? .server : .client }
    var isCompressed: Bool { flags.contains(.isCompressed) }
    /// The worst finding about the frame.
    var severity: Severity? { Severity(rawValue: Int(flags.rawValue >> 6 & 3) - 1) }
    /// Nothing is stored of what it carried.
    var isUnkept: Bool { storedCount == 0 && flags.contains(.isCut) }
    /// One of several frames of a message.
    var isFragment: Bool { !opcode.isControl && !(isFinal && opcode != .continuation) }
    /// Application bytes of the message that the frame ends; 0 where it ends none.
    func messageLength(_ details: FrameDetails?) -> UInt64 {
        guard flags.contains(.endsMessage) else { return 0 }
        if let message = details?.message { return message.length }
        return flags.contains(.storesContent) ? UInt64(storedCount) : details?.length ?? length
    }

    /// The length that is shown: of a compressed message in one frame the inflated one.
    func shownLength(_ details: FrameDetails?) -> UInt64 {
        flags.contains(.storesContent) && !isFragment ? messageLength(details) : details?.length ?? length
    }

    /// Payload bytes that were captured.
    func capturedLength(_ details: FrameDetails?) -> UInt64 {
        flags.contains(.isComplete) ? details?.length ?? length : details?.capturedLength ?? 0
    }
}

/// What few frames have beside their row.
struct FrameDetails: Sendable {
    /// The packets it came from, when there are several.
    var packets = PacketList()
    var endTime: Timestamp?
    /// Time since the ping that a pong answers, in nanoseconds.
    var roundTrip: Int64?
    /// The length, when 32 bits do not hold it.
    var length: UInt64?
    /// Payload bytes captured, when some are missing.
    var capturedLength: UInt64?
    /// The code of a close, which is known even where its body is not kept.
    var closeCode: CloseCode?
    /// Of the message that it ends, where the row does not say as much: frames, application bytes, wire bytes, and whether none is
    /// missing.
    var message: (frameCount: UInt64, length: UInt64, wireLength: UInt64, isComplete: Bool)?
}
