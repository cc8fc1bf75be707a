import Inspection
import Streams
import WebSocket

/// The pings of one side, their answers, and how soon the other end's TCP acknowledges that side's data.
package struct Heartbeat: Sendable {
    package var counts = PingCounts()
    package var roundTrips = Durations()
    package var acknowledgeTimes = Durations()

    package mutating func freeze() {
        roundTrips.freeze()
        acknowledgeTimes.freeze()
    }

    /// Where the time between a ping and its pong goes.
    package enum Judgement: String {
        /// The median pong comes within a tenth of a second.
        case quick
        case slowPeer = "slow-peer"
        case slowNetwork = "slow-network"
        /// Slow, and TCP's own times do not tell whose doing it is.
        case undecided
        /// No pong came, although TCP acknowledged.
        case silentPeer = "silent-peer"
    }

    /// From here on, in nanoseconds, a pong is called slow.
    package static let slow: Int64 = 100_000_000

    /// Both times are between the capture and the far end, so they can be compared wherever the capture was made.
    ///
    /// A TCP may hold an acknowledgement back for some 40 ms, hardly ever 500 (RFC 9293 §3.8.6.3), so a slow one may be the end's
    /// doing. A fast one cannot be: hence the median shows that the network is fast, and only the least that it is slow.
    package var judgement: Judgement? {
        guard let pong = roundTrips.median else {
            return counts.unanswered > 0 && acknowledgeTimes.count > 0 ? .silentPeer : nil
        }
        guard pong >= Self.slow else { return .quick }
        guard let acknowledged = acknowledgeTimes.median else { return nil }
        if acknowledged <= pong / 2 { return .slowPeer }
        return acknowledgeTimes.minimum >= pong / 2 ? .slowNetwork : .undecided
    }
}
