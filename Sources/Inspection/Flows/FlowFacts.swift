import Bytes
import Channels
import Packets
import Rules
import Verdicts

/// What matters about a TCP connection for its end; made once there is something to note.
final class FlowFacts {
    /// One direction.
    struct Half: ~Copyable {
        /// What its sender sent again, with no answer since.
        var repeats = EndFacts.Repeats()
        /// The last time that its sender took no more data.
        var stall: EndFacts.Stall?
        /// The first FIN, and whether its sender had received everything by then.
        var fin: ConnectionRules.TransportEnd.Fin?
        /// A packet of the other side that acknowledges a FIN of this one, which has not been captured.
        var unseenFIN: PacketMark?
        /// A FIN with bytes missing before it, and whether its sender had received everything by then.
        var awaitedFIN: (fin: ConnectionRules.TransportEnd.Fin, sequence: UInt32?)?
        /// The last gap: where it ends in the stream, and when it was given up.
        var gap: (end: UInt64, mark: PacketMark)?
        /// Bytes that came again with another content, and whose receiver may have taken those.
        var dispute: Dispute?
        /// The last bytes before the first FIN of either side.
        var spokeBeforeFIN: PacketMark?
        /// The first bytes after the other side's FIN.
        var spokeAfterFIN: PacketMark?

        var isInDoubt: Bool { awaitedFIN != nil || dispute != nil }
    }

    /// An RST, and the last packet of its sender before it.
    struct Reset {
        var from: Direction
        var mark: PacketMark
        var unanswered: UInt64
        var isStateless: Bool
        var answersUnseen: Bool
        var knewMore: Bool
        var lastPacketBefore: PacketMark
        var sequence: UInt32
        /// How far it was after the next byte's sequence number.
        var lead: Int
        /// New segments of its sender that came after it.
        var segmentsAfter: UInt64 = 0
    }

    /// An end that waits for what follows it.
    enum Waiting {
        /// After a RST that fits, for bytes that were under way.
        case reset
        /// After a RST that does not fit, for a sign that the peers go on.
        case doubtfulReset
        /// After both FINs, for their acknowledgements.
        case finished
    }

    /// A SYN of another connection between the same ports.
    struct ForeignSYN {
        var segment: Segment
        var header: PacketHeader
        var direction: Direction
    }

    /// A segment that repeats bytes with another content, from where its receiver's acknowledgements had come to.
    struct Dispute {
        var segment: Segment
        var bytes: [UInt8]
        var mark: PacketMark
        /// The sequence number of the next byte when it came.
        var next: UInt32
    }

    // Invariant where accesses are not checked for exclusiveness: one thread reaches them, a member at a time.

    @exclusivity(unchecked) private var fromLow = Half()
    @exclusivity(unchecked) private var fromHigh = Half()
    /// The direction whose FIN came first.
    @safe @exclusivity(unchecked) var firstFIN: Direction?
    /// No byte of the other direction had come by then.
    var precedesAnswer = false
    var reset: Reset?
    @safe @exclusivity(unchecked) var waiting: Waiting?
    /// When what waits came.
    var waitingSince: Timestamp?
    @safe @exclusivity(unchecked) var foreignSYN: ForeignSYN?
    /// The first SYN of several, and how many followed it.
    var firstSYN: PacketMark?
    var repeatedSYNCount: UInt64 = 0

    /// The tags and tunnels that its first packet passed through.
    var path: [PathHop] = []
    /// The flow that this is another view of, through another tunnel.
    var original: Flows.Reference?
    /// The tunnels that each direction is read from, where the flow has other views.
    @safe @exclusivity(unchecked) var views: FlowViews?

    /// The next packet may change something here.
    var isWatching: Bool { views != nil || self[.fromLow].repeats.count > 0 || self[.fromHigh].repeats.count > 0 || isInDoubt }
    /// What its peers do next decides what a segment was.
    var isInDoubt: Bool { firstFIN != nil || waiting != nil || foreignSYN != nil || self[.fromLow].isInDoubt || self[.fromHigh].isInDoubt }

    var isDisputed: Bool { self[.fromLow].dispute != nil || self[.fromHigh].dispute != nil }
    var awaitsFIN: Bool { self[.fromLow].awaitedFIN != nil || self[.fromHigh].awaitedFIN != nil }

    subscript(direction: Direction) -> Half {
        @inline(__always) unsafeAddress { unsafe UnsafePointer(address(of: direction)) }
        @inline(__always) unsafeMutableAddress { unsafe address(of: direction) }
    }

    @inline(__always)
    private func address(of direction: Direction) -> UnsafeMutablePointer<Half> {
        // Invariant: a stored property stands where it is as long as its object lives.
        unsafe direction == .fromLow
            ? withUnsafeMutablePointer(to: &fromLow) { unsafe $0 } : withUnsafeMutablePointer(to: &fromHigh) { unsafe $0 }
    }
}
