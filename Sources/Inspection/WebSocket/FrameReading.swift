import Bytes
import Rules
import WebSocket

/// What one direction is in the middle of: a frame of which not all has come, a message of several frames, or a compressed one.
final class FrameReading {
    var assembler = MessageAssembler()
    /// The payload of a control frame or of a frame without a message, or the wire bytes of a compressed one.
    var payload = ByteBuffer()

    // The frame that is being read.
    var frame: Frame
    var role = FrameRules.Role.stray
    /// Payload bytes that came or are known to be missing: the phase of the mask.
    var position: UInt64 = 0
    /// Where in the message's kept content the frame's payload begins.
    var contentStart = 0
    var findings: [Finding] = []

    // The message that is being read.
    var messageNumber: UInt64 = 0
    var messageTime = Timestamp(nanoseconds: 0)
    var messagePackets = PacketList()
    /// Whether the open message's text is UTF-8 has been reported, or cannot be judged.
    var isTextJudged = false

    /// What the kept bytes contribute to the count of waiting bytes.
    var weighedByteCount = 0
    var keptByteCount: Int { assembler.content.count + payload.count }

    init(_ side: Side) {
        let never = Timestamp(nanoseconds: 0)
        frame = Frame(
            header: FrameHeader(first: 0, second: 0, maskingKey: 0, length: 0), from: side, time: never, endTime: never, offset: 0,
            packets: PacketList(), message: 0, messageOpcode: .continuation, isCompressed: false)
    }
}
