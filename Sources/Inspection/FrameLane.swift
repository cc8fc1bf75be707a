import Bytes
import Rules
import WebSocket

/// Where a lane keeps its `FrameLane`: lanes that never see a frame pay for a pointer only.
final class FrameLaneBox {
    var lane: FrameLane
    init(_ lane: consuming FrameLane) { self.lane = lane }
}

/// What one direction of a WebSocket connection is in the middle of.
///
/// A value that is lent out whole for each call, so that exclusive access is checked once per packet.
struct FrameLane: ~Copyable {
    let side: Side
    /// Stream offset of the first WebSocket byte.
    let start: UInt64
    var decoder = FrameDecoder()
    var rules: FrameRules
    var assembler = MessageAssembler()
    /// The payload of a control frame, of a frame of no message, or the wire bytes of a compressed one.
    var payload = ByteBuffer()

    // The frame that is being read, when it did not come in one piece.
    var frame: Frame
    var role = FrameRules.Role.stray
    /// Payload bytes seen or known to be missing: the phase of the mask.
    var position: UInt64 = 0
    /// Where in the message's kept content the frame's payload begins.
    var contentStart = 0

    // The message that is being read.
    var messageNumber: UInt64 = 0
    var messageTime = Timestamp(nanoseconds: 0)
    var messagePackets = PacketList()
    var messageHasGap = false

    /// Nothing is to be said of the open message's text any more, or nothing can be.
    var isTextJudged = false

    /// What of the kept bytes is in the engine's count of waiting bytes.
    var weighedByteCount = 0
    var keptByteCount: Int { assembler.content.count + payload.count }

    /// A note about snaplen is given once per direction.
    var hasToldCut = false

    init(side: Side, start: UInt64, allowsCompression: Bool, allowsUnknown: Bool, knowsHistory: Bool) {
        self.side = side
        self.start = start
        rules = FrameRules(sender: side, allowsCompression: allowsCompression, allowsUnknown: allowsUnknown, knowsHistory: knowsHistory)
        let nothing = FrameHeader(first: 0, second: 0, maskingKey: 0, length: 0)
        let never = Timestamp(nanoseconds: 0)
        frame = Frame(
            header: nothing, from: side, time: never, endTime: never, offset: 0, packets: PacketList(), message: 0,
            messageOpcode: .continuation, isCompressed: false)
    }
}
