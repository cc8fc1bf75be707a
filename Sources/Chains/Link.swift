import Packets
import Verdicts
import WebSocket

/// One connection or attempt, as far as a chain has to know it.
package struct Link: Sendable {
    /// What became of it, for whoever wants to be connected.
    package enum Fate: UInt8, Sendable {
        /// The client was done with it, and closed it in order.
        case left
        /// It was open, and ended although the client had not closed it.
        case lost
        /// It never came to a WebSocket.
        case failed
        /// It was open when the capture ended.
        case open
    }

    /// The connection's number; 0 for an attempt that came to no request.
    package var number: UInt64 = 0
    /// The TCP connection of such an attempt.
    package var flow: UInt64 = 0
    package var server: Endpoint
    /// When it was begun, in nanoseconds since 1970.
    package var start: Int64
    /// When the upgrade was granted; nil if it was not.
    package var opened: Int64?
    /// When its end began: with the first Close frame, FIN or RST.
    package var end: Int64
    /// When nothing more came of it.
    package var over: Int64
    package var fate: Fate
    /// Its server never answered, so that nothing shows when the client gave up.
    package var isUnanswered = false
    /// How it ended, as an index into the words of its `ChainLog`.
    var ending: Int32 = 0
    /// Who ended it, where somebody did.
    package var by: Side?
    package var browser: UInt16?

    package init(server: Endpoint, start: Int64, opened: Int64? = nil, end: Int64, over: Int64? = nil, fate: Fate) {
        self.server = server
        self.start = start
        self.opened = opened
        self.end = max(start, end)
        self.over = max(self.end, over ?? end)
        self.fate = fate
    }

    /// Somebody wanted to be connected and is not any more.
    package var isBroken: Bool { fate == .lost || fate == .failed }
}
