import Channels
import WebSocket

/// The Close frames of a connection.
package struct CloseLog: Sendable {
    /// A Close frame without its reason: it refers to nothing, so that copying it counts no reference.
    package struct Close: Equatable, Sendable {
        package var from: Side
        package var code: CloseCode?
        /// False if the capture lacks its body.
        package var isWhole = true
        package var mark: PacketMark
        /// Its sender had received everything that the other side had sent, so it knew of an earlier Close.
        package var knewAll = true
        /// The latest offset in its sender's stream where it can end.
        package var streamEnd: UInt64 = 0
        /// Frames that its sender had sent before it.
        package var frameCount: UInt64 = 0
        /// The frame of the other side that came last before it, or was coming.
        package var before: Frame?

        package init(
            from: Side, code: CloseCode? = nil, isWhole: Bool = true, mark: PacketMark, knewAll: Bool = true, streamEnd: UInt64 = 0,
            frameCount: UInt64 = 0
        ) {
            self.from = from
            self.code = code
            self.isWhole = isWhole
            self.mark = mark
            self.knewAll = knewAll
            self.streamEnd = streamEnd
            self.frameCount = frameCount
        }
    }

    /// A frame, by its length and a packet that brought it.
    package struct Frame: Equatable, Sendable {
        package var length: UInt64
        package var mark: PacketMark

        package init(length: UInt64, mark: PacketMark) {
            self.length = length
            self.mark = mark
        }
    }

    package init() {}

    package private(set) var first: Close?
    package private(set) var second: Close?
    private var firstReason = ""
    private var secondReason = ""
    /// The last bytes of each side before the first Close.
    package private(set) var spoke: (client: PacketMark, server: PacketMark)?

    package mutating func note(_ close: Close, reason: String = "", client: PacketMark, server: PacketMark) {
        if first == nil {
            first = close
            firstReason = reason
            spoke = (client, server)
        } else if second == nil, first?.from != close.from {
            second = close
            secondReason = reason
        }
    }

    /// The reason that a side gave in its Close frame; empty where it gave none, or sent no such frame.
    package func reason(from side: Side) -> String { first?.from == side ? firstReason : second?.from == side ? secondReason : "" }

    package func close(from side: Side) -> Close? { first?.from == side ? first : second?.from == side ? second : nil }
}
