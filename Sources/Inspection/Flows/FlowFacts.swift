import Bytes
import Channels
import Rules

/// What of a TCP connection matters for its end; made when there is something to note.
final class FlowFacts {
    /// One direction.
    struct Half {
        /// What it sent again without any answer since.
        var repeats = EndFacts.Repeats()
        /// The last time that its sender took no more data.
        var stall: EndFacts.Stall?
        /// The first FIN, and what its sender had received by then.
        var fin: ConnectionRules.TransportEnd.Fin?
        var finPacket: UInt64 = 0
        /// The last bytes before the first FIN of either side.
        var spokeBeforeFIN: PacketMark?
        /// The first bytes after the other side's FIN.
        var spokeAfterFIN: PacketMark?
    }

    /// A RST, and what its sender was last seen to send before.
    struct Reset {
        var from: Direction
        var mark: PacketMark
        var unanswered: UInt64
        var isStateless: Bool
        var lastPacketBefore: PacketMark
    }

    var fromLow = Half()
    var fromHigh = Half()
    /// The direction whose FIN came first.
    var firstFIN: Direction?
    var reset: Reset?

    /// The next packet changes something here.
    var isWatching: Bool { firstFIN != nil || fromLow.repeats.count > 0 || fromHigh.repeats.count > 0 }

    subscript(direction: Direction) -> Half {
        get { direction == .fromLow ? fromLow : fromHigh }
        set { if direction == .fromLow { fromLow = newValue } else { fromHigh = newValue } }
    }
}
