import Bytes
import System

/// When the ends of connections are reported that wait for more packets, in a live capture where none come.
enum LiveEnds {
    /// How much later than it happened a packet may be handed over.
    private static let delay: Int64 = 200_000_000
    /// Milliseconds between two looks.
    private static let interval: Int32 = 250

    /// The time up to which all packets were handed over.
    static var due: Timestamp { Timestamp(nanoseconds: SystemClock.nanosecondsSince1970 - delay) }

    /// How long a live capture may wait for packets, in milliseconds; −1 for ever.
    static func patience(_ milliseconds: Int32, hasWaitingEnds: Bool) -> Int32 {
        guard hasWaitingEnds else { return milliseconds }
        return milliseconds < 0 ? interval : min(milliseconds, interval)
    }
}
