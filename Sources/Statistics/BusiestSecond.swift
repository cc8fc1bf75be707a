import Bytes

/// The largest sum in a second, of the seconds that are counted from the first amount.
package struct BusiestSecond: Sendable {
    package private(set) var sum: UInt64 = 0
    private var start: Int64?
    /// The last seconds, because amounts come not quite in the order of their times.
    private var latest = [(second: Int64, sum: UInt64)](repeating: (.min, 0), count: 64)

    package init() {}

    package mutating func add(_ amount: UInt64, at time: Timestamp) {
        let start = start ?? time.nanoseconds
        self.start = start
        let (difference, overflowed) = time.nanoseconds.subtractingReportingOverflow(start)
        let elapsed = overflowed ? (time.nanoseconds < start ? .min : .max) : difference
        let second = elapsed >= 0 ? elapsed / 1_000_000_000 : (elapsed + 1) / 1_000_000_000 - 1
        let place = Int(second & 63)
        if latest[place].second != second { latest[place] = (second, 0) }
        latest[place].sum &+= amount
        sum = max(sum, latest[place].sum)
    }
}
