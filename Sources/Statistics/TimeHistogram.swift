import Bytes

/// Sums over equal spans of time, several times as many as a plot has columns; the spans double when time runs out of them.
package struct TimeHistogram: Sendable {
    package static let spanCount = 4_096
    package private(set) var start: Int64?
    /// Nanoseconds of a span.
    package private(set) var span: Int64 = 125_000
    package private(set) var sums = [UInt64](repeating: 0, count: spanCount)
    /// Spans from the first one that anything fell into.
    package private(set) var usedCount = 0

    /// Where the last span that anything fell into ends.
    package var end: Int64? {
        start.map { start in
            let (length, isTooLong) = span.multipliedReportingOverflow(by: Int64(usedCount))
            let (end, isTooLate) = start.addingReportingOverflow(length)
            return isTooLong || isTooLate ? .max : end
        }
    }

    package mutating func add(_ amount: UInt64, at time: Timestamp) {
        let start = start ?? time.nanoseconds
        self.start = start
        let (difference, overflowed) = time.nanoseconds.subtractingReportingOverflow(start)
        // A clock that went back stays in the first span.
        let elapsed = overflowed ? .max : max(0, difference)
        while elapsed / span >= Int64(Self.spanCount) { widen() }
        let place = Int(elapsed / span)
        sums[place] &+= amount
        usedCount = max(usedCount, place + 1)
    }

    private mutating func widen() {
        span *= 2
        for index in 0..<Self.spanCount / 2 { sums[index] = sums[2 * index] &+ sums[2 * index + 1] }
        for index in Self.spanCount / 2..<Self.spanCount { sums[index] = 0 }
        usedCount = (usedCount + 1) / 2
    }

    /// The sums from one instant to another in so many columns.
    package func columns(_ count: Int, from first: Int64, to last: Int64) -> [UInt64] {
        var columns = [UInt64](repeating: 0, count: count)
        guard let start, last > first, count > 0 else {
            if !columns.isEmpty { columns[0] = sums[0] }
            return columns
        }
        // The whole range of times is more than an Int64 holds.
        let perColumn = (Double(last) - Double(first)) / Double(count)
        func column(_ time: Double) -> Int { Int(max(0, min(Double(count - 1), time / perColumn))) }
        for place in 0..<usedCount where sums[place] > 0 {
            // A span on the border of two columns is shared out, so that not every so many columns look busier than the others.
            let begin = Double(start) - Double(first) + Double(place) * Double(span)
            let (left, right) = (column(begin), column(begin + Double(span)))
            let share = (Double(right) * perColumn - begin) / Double(span)
            let taken = left == right ? sums[place] : UInt64(Double(sums[place]) * max(0, min(1, share)) + 0.5)
            columns[left] &+= min(taken, sums[place])
            columns[right] &+= sums[place] - min(taken, sums[place])
        }
        return columns
    }
}
