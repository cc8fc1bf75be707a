import Bytes
import Channels
import Packets
import Rules
import Verdicts

/// What matters about a TCP connection for its end; made once there is something to note.
final class FlowFacts {
    /// One direction.
    struct Half {
        /// What its sender sent again, with no answer since.
        var repeats = EndFacts.Repeats()
        /// The last time that its sender took no more data.
        var stall: EndFacts.Stall?
        /// The first FIN, and whether its sender had received everything by then.
        var fin: ConnectionRules.TransportEnd.Fin?
        var finPacket: UInt64 = 0
        /// The last bytes before the first FIN of either side.
        var spokeBeforeFIN: PacketMark?
        /// The first bytes after the other side's FIN.
        var spokeAfterFIN: PacketMark?
    }

    /// An RST, and the last packet of its sender before it.
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
    /// The first SYN of several, and how many followed it.
    var firstSYN: PacketMark?
    var repeatedSYNCount: UInt64 = 0

    /// The tags and tunnels that its first packet passed through.
    var path: [PathHop] = []
    /// The flow that this is another view of, through another tunnel.
    var original: Flows.Reference?
    /// The tunnels that each direction is read from, where the flow has other views.
    var views: FlowViews?

    /// The next packet may change something here.
    var isWatching: Bool { views != nil || firstFIN != nil || fromLow.repeats.count > 0 || fromHigh.repeats.count > 0 }

    subscript(direction: Direction) -> Half {
        get { direction == .fromLow ? fromLow : fromHigh }
        set { if direction == .fromLow { fromLow = newValue } else { fromHigh = newValue } }
    }
}
