import Inspection
import WebSocket

/// A message whose last frame never came.
struct UnfinishedMessage: Sendable {
    /// Index into `Transcript.connections`.
    let connection: UInt32
    /// As `FrameRow.message`.
    let message: UInt32
    let from: Side
    let opcode: Opcode
    /// Application bytes that were captured.
    let length: UInt64
    /// The last frame that there is of it, with which it is counted; nil where that is not known.
    var row: UInt32?

    init(_ message: Message, connection: UInt32) {
        self.connection = connection
        self.message = UInt32(truncatingIfNeeded: message.number)
        from = message.from
        opcode = message.opcode
        length = message.length
    }
}
