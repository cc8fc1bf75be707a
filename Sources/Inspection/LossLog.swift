import Bytes

/// When the capture lost packets: spans of time, in the order in which they were reported.
struct LossLog {
    /// Spans that are kept apart; beyond that, the two oldest become one.
    private static let limit = 64

    private var spans: [ClosedRange<Timestamp>] = []

    mutating func note(from: Timestamp, to: Timestamp) {
        let span = min(from, to)...max(from, to)
        if let last = spans.last, last.overlaps(span) {
            spans[spans.count - 1] = min(last.lowerBound, span.lowerBound)...max(last.upperBound, span.upperBound)
            return
        }
        spans.append(span)
        guard spans.count > Self.limit else { return }
        let oldest = spans.removeFirst()
        spans[0] = min(oldest.lowerBound, spans[0].lowerBound)...max(oldest.upperBound, spans[0].upperBound)
    }

    /// Whether packets were lost at some time between these two.
    func overlaps(_ from: Timestamp, _ to: Timestamp) -> Bool {
        spans.contains { $0.overlaps(min(from, to)...max(from, to)) }
    }
}
