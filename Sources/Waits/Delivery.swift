import WebSocket

/// How long a message was on its way, as far as the capture shows it, and what held it up.
///
/// Begins with its first byte, or before it with what kept that from coming; ends when all of its bytes have come and none before them is
/// missing. How long the sender had it ready before is not to be seen.
public struct Delivery: Sendable, Equatable {
    public var start: Int64
    public var end: Int64
    /// What the time between the two went to.
    public var wait: Wait

    public var nanoseconds: Int64 { end - start }
}

extension Delivery {
    /// Of a message from its first byte to its last.
    /// - Parameters:
    ///   - released: when the last byte came for which it had to wait; no later than `messageEnd` if there was none.
    ///   - previousEnd: when the message before it from the same side on the same TCP connection ended.
    ///   - roundTrip: from the capture to the sender and back, nil where it was never seen.
    ///   - hindrances: nil where segments are not seen at all.
    init?(
        of connection: UInt64, from side: Side, start messageStart: Int64, end messageEnd: Int64, released: Int64, after previousEnd: Int64,
        roundTrip: Int64?, _ hindrances: [Hindrance]?
    ) {
        let end = max(messageEnd, released)
        guard let hindrances else {
            guard messageStart < end else { return nil }
            self.init(start: messageStart, end: end, wait: Wait([Wait.Part(.unknown, end - messageStart)]))
            return
        }
        let own = hindrances.filter { hindrance in
            switch hindrance.cause {
            case .window: hindrance.side == side.other
            case .resent: hindrance.side == side
            case .headOfLine: hindrance.side == side && hindrance.connection != connection
            default: false
            }
        }
        // What kept the first byte, as long as no other message came: the byte came as soon as it had ended.
        let latest = (roundTrip ?? 0).addingReportingOverflow(Self.tolerance).partialValue
        let before = own.filter {
            $0.cause != .headOfLine && $0.start < messageStart && $0.end > max(previousEnd, messageStart - latest)
        }
        let start = before.map { max($0.start, previousEnd) }.min() ?? messageStart
        guard start < end else { return nil }
        self.init(
            start: start, end: end,
            wait: Wait(
                from: start, to: end, transfer: messageStart..<max(messageStart, messageEnd), roundTrip: roundTrip ?? 0,
                own.filter { $0.end > start && $0.start < end }))
    }

    /// What a sender takes to send once it may.
    private static let tolerance: Int64 = 10_000_000
}
