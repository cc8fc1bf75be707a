import Bytes
import Channels
import Verdicts
import WebSocket

/// The pings of a connection that have no pong yet, so that a pong can be paired with one (RFC 6455 §5.5.3).
///
/// An object, since most connections have none.
final class PingLog {
    private struct Ping {
        var from: Side
        var payload: [UInt8]
        var mark: PacketMark
        /// No pong came, and the capture lacks none.
        var isUnanswered: Bool
        /// A pong to a later ping came.
        var isCovered = false
        /// A pong is still due. A pong to a later ping answers the earlier ones too, which may still get their own.
        var isDue: Bool
    }

    /// What a pong answers.
    enum Answer: Equatable {
        /// The first ping with its payload; nanoseconds since then.
        case ping(roundTrip: Int64)
        case nothing
        /// Pings were forgotten, so it may answer one of those.
        case unknown
    }

    private static let limit = 32
    private var waiting: [Ping] = []
    private var hasForgotten = false
    private var fromClient = PingCounts()
    private var fromServer = PingCounts()
    /// Whether a pong is due from either side; asked with every frame.
    private(set) var isAnyDue = false
    /// Pings without a pong when the connection was about to end; what comes later came too late.
    private var kept: (client: EndFacts.Pings?, server: EndFacts.Pings?)

    /// - Parameter mustAnswer: false if the other side has a reason not to answer.
    func ping(from side: Side, _ payload: Span<UInt8>, at mark: PacketMark, mustAnswer: Bool) {
        // Longer than a control frame may be: not kept, so its pong cannot be recognised.
        guard payload.count <= 125 else {
            hasForgotten = true
            return
        }
        if waiting.count == Self.limit {
            let first = waiting.removeFirst()
            count(first.from) { if first.isCovered { $0.covered += 1 } else { $0.forgotten += 1 } }
            hasForgotten = true
        }
        count(side) { $0.sent += 1 }
        waiting.append(Ping(from: side, payload: payload.copied(), mark: mark, isUnanswered: mustAnswer, isDue: mustAnswer))
        if mustAnswer { isAnyDue = true }
    }

    func pong(from side: Side, _ payload: Span<UInt8>, at time: Timestamp) -> Answer {
        let bytes = payload.copied()
        let isAnswered = { (ping: Ping) in ping.from != side && ping.payload == bytes }
        guard let first = waiting.firstIndex(where: isAnswered), let last = waiting.lastIndex(where: isAnswered) else {
            return hasForgotten ? .unknown : .nothing
        }
        let roundTrip = time.nanoseconds(since: waiting[first].mark.time)
        for index in 0...last where waiting[index].from != side {
            waiting[index].isDue = false
            waiting[index].isUnanswered = false
            waiting[index].isCovered = true
        }
        waiting.remove(at: first)
        count(side.other) { $0.answered += 1 }
        isAnyDue = waiting.contains { $0.isDue }
        return .ping(roundTrip: roundTrip)
    }

    /// Notes a pong that answers no ping.
    func noteUnsolicited(from side: Side) { count(side) { $0.unsolicited += 1 } }

    @inline(__always)
    func counts(of side: Side) -> PingCounts {
        let counts = side == .client ? fromClient : fromServer
        return waiting.isEmpty ? counts : addCovered(to: counts, of: side)
    }

    private func addCovered(to before: PingCounts, of side: Side) -> PingCounts {
        var counts = before
        for ping in waiting where ping.from == side && ping.isCovered { counts.covered += 1 }
        return counts
    }

    private func count(_ side: Side, _ change: (inout PingCounts) -> Void) {
        if side == .client { change(&fromClient) } else { change(&fromServer) }
    }

    /// When the first ping was sent for which `side` owes a pong.
    func firstDue(to side: Side) -> Timestamp? { waiting.first { $0.from != side && $0.isDue }?.mark.time }

    /// The pings of `side` since the last one that got its pong.
    func unanswered(from side: Side) -> EndFacts.Pings? {
        let pings = waiting.filter { $0.from == side && $0.isUnanswered }
        return pings.first.map { EndFacts.Pings(count: pings.count, first: $0.mark) }
    }

    /// Notes that pongs of `side` may have been lost.
    func lose(_ side: Side) {
        forgive(side)
        for index in waiting.indices where waiting[index].from != side { waiting[index].isUnanswered = false }
    }

    /// Notes that `side` owes no pong any more: it has been reported.
    func forgive(_ side: Side) {
        for index in waiting.indices where waiting[index].from != side { waiting[index].isDue = false }
        isAnyDue = waiting.contains { $0.isDue }
    }

    func keepUnanswered() { kept = (unanswered(from: .client), unanswered(from: .server)) }

    func keptPings(from side: Side) -> EndFacts.Pings? { side == .client ? kept.client : kept.server }
}

/// The pings of one side, and its unsolicited pongs.
public struct PingCounts: Equatable, Sendable {
    public var sent: UInt64 = 0
    /// A pong with the same payload came.
    public var answered: UInt64 = 0
    /// None came, but one to a later ping did, which answers the earlier ones too (RFC 6455 §5.5.3).
    public var covered: UInt64 = 0
    /// Too many others waited at the same time to know what became of it.
    public var forgotten: UInt64 = 0
    /// Pongs from this side that answer no captured ping.
    public var unsolicited: UInt64 = 0

    public init() {}

    public var unanswered: UInt64 { sent - answered - covered - forgotten }
}
