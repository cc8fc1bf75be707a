import Bytes
import Rules
import WebSocket

/// What one direction is in the middle of: a frame of which not all has come, a message of several frames, or a compressed one.
///
/// Accesses are not checked for exclusiveness, which would take a quarter of the time of compressed messages.
// Invariant of all its properties: only the engine reaches them, in one thread, and what it lends one to knows no `FrameReading`.
final class FrameReading {
    @safe @exclusivity(unchecked) var assembler = MessageAssembler()
    /// The payload of a control frame or of a frame without a message, or the wire bytes of a compressed one.
    @safe @exclusivity(unchecked) var payload = ByteBuffer()

    // The frame that is being read.
    @safe @exclusivity(unchecked) var frame: Frame
    @safe @exclusivity(unchecked) var role = FrameRules.Role.stray
    /// Payload bytes that came or are known to be missing: the phase of the mask.
    @safe @exclusivity(unchecked) var position: UInt64 = 0
    /// Where in the message's kept content the frame's payload begins.
    @safe @exclusivity(unchecked) var contentStart = 0
    @safe @exclusivity(unchecked) var findings: [Finding] = []

    // The message that is being read.
    @safe @exclusivity(unchecked) var messageNumber: UInt64 = 0
    @safe @exclusivity(unchecked) var messageTime = Timestamp(nanoseconds: 0)
    @safe @exclusivity(unchecked) var messagePackets = PacketList()
    /// Whether the open message's text is UTF-8 has been reported, or cannot be judged.
    @safe @exclusivity(unchecked) var isTextJudged = false

    /// What the kept bytes contribute to the count of waiting bytes.
    @safe @exclusivity(unchecked) var countedByteCount = 0
    var keptByteCount: Int { assembler.content.count + payload.count }

    /// What each compressed message needs, from the object's address on.
    static var hotByteCount: Int { 16 + MemoryLayout<MessageAssembler>.size }

    init(_ side: Side) {
        let never = Timestamp(nanoseconds: 0)
        frame = Frame(
            header: FrameHeader(first: 0, second: 0, maskingKey: 0, length: 0), from: side, time: never, endTime: never, offset: 0,
            packets: PacketList(), message: 0, messageOpcode: .continuation, isCompressed: false)
    }
}
