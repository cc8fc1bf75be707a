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
        /// It had received more than the capture has, in which there may be an earlier Close.
        package var knewMore = false
        /// The latest offset in its sender's stream where it can end.
        package var streamEnd: UInt64 = 0
        /// Frames that its sender had sent before it.
        package var frameCount: UInt64 = 0
        /// The frame of the other side that came last before it, or was coming.
        package var before: Frame?
        /// Messages that the other side had finished before it.
        package var otherMessageCount: UInt64 = 0

        /// By the clock, then by the order of packets: what waits for missing bytes is taken late.
        fileprivate func isEarlier(than other: Close) -> Bool {
            (mark.time, mark.number) < (other.mark.time, other.mark.number)
        }

        package init(
            from: Side, code: CloseCode? = nil, isWhole: Bool = true, mark: PacketMark, knewAll: Bool = true, knewMore: Bool = false,
            streamEnd: UInt64 = 0, frameCount: UInt64 = 0
        ) {
            self.from = from
            self.code = code
            self.isWhole = isWhole
            self.mark = mark
            self.knewAll = knewAll
            self.knewMore = knewMore
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

    private final class Reasons: Sendable {
        let first: String
        let second: String

        init(_ first: String, _ second: String) {
            self.first = first
            self.second = second
        }
    }

    package init() {}

    package private(set) var first: Close?
    package private(set) var second: Close?
    /// Nil while both are empty, as they mostly are: the log is handed on.
    private var reasons: Reasons?
    /// The last bytes of each side before the first Close, or before its own.
    package private(set) var spoke: (client: PacketMark, server: PacketMark)?

    package mutating func note(_ close: Close, reason: String = "", client: PacketMark, server: PacketMark) {
        guard let earlier = first else {
            first = close
            if !reason.isEmpty { reasons = Reasons(reason, "") }
            spoke = (client, server)
            return
        }
        guard second == nil, earlier.from != close.from else { return }
        let known = reasons?.first ?? ""
        let isEarlier = close.isEarlier(than: earlier)
        if isEarlier {
            (first, second) = (close, earlier)
            if close.from == .client { spoke?.client = client } else { spoke?.server = server }
        } else {
            second = close
        }
        if !reason.isEmpty || !known.isEmpty { reasons = isEarlier ? Reasons(reason, known) : Reasons(known, reason) }
    }

    /// The reason that a side gave in its Close frame; empty where it gave none, or sent no such frame.
    package func reason(from side: Side) -> String {
        guard let reasons else { return "" }
        return first?.from == side ? reasons.first : second?.from == side ? reasons.second : ""
    }

    package func close(from side: Side) -> Close? { first?.from == side ? first : second?.from == side ? second : nil }
}
