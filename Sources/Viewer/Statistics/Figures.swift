import Bytes
import WebSocket

/// What the frames of a scope add up to, a piece of work at a time; goes on as frames come.
struct Figures: Sendable {
    private(set) var examinedCount = 0
    /// By side and opcode.
    private(set) var frames = [[UInt64]](repeating: [UInt64](repeating: 0, count: 16), count: 2)
    private(set) var bytes = [[UInt64]](repeating: [UInt64](repeating: 0, count: 16), count: 2)
    /// By side and size: place 0 is no byte, place n sizes below 2^n.
    private(set) var sizes = [[Int]](repeating: [Int](repeating: 0, count: 34), count: 2)
    private(set) var overTime = [TimeHistogram](repeating: TimeHistogram(), count: 2)
    private(set) var bytesOverTime = [TimeHistogram](repeating: TimeHistogram(), count: 2)
    /// Nanoseconds from ping to pong.
    private(set) var roundTrips: [Int64] = []
    /// Of compressed messages, the bytes before and after.
    private(set) var inflatedByteCount: UInt64 = 0
    private(set) var deflatedByteCount: UInt64 = 0

    static let rowsPerStep = 65_536
    /// Round trips that are kept; of more, every second one is dropped again and again.
    private static let roundTripLimit = 65_536

    mutating func step(frameCount: Int, _ transcript: Transcript, rowAt: (Int) -> UInt32) {
        let end = min(frameCount, examinedCount + Self.rowsPerStep)
        while examinedCount < end {
            let index = rowAt(examinedCount)
            examinedCount += 1
            let row = transcript.rows[Int(index)]
            let side = row.from.rawValue
            let opcode = Int((row.opcode == .continuation ? row.messageOpcode : row.opcode).rawValue)
            let length = row.shownLength
            frames[side][opcode] += 1
            bytes[side][opcode] += length
            sizes[side][64 - length.leadingZeroBitCount > 33 ? 33 : 64 - length.leadingZeroBitCount] += 1
            overTime[side].add(1, at: row.time)
            bytesOverTime[side].add(length, at: row.time)
            if row.isCompressed {
                deflatedByteCount += row.length
                if row.flags.contains(.storesContent) { inflatedByteCount += UInt64(row.storedCount) }
            }
            guard row.opcode == .pong, let roundTrip = transcript.details(of: index)?.roundTrip else { continue }
            if roundTrips.count >= Self.roundTripLimit { roundTrips = stride(from: 0, to: roundTrips.count, by: 2).map { roundTrips[$0] } }
            roundTrips.append(roundTrip)
        }
    }
}

/// Sums over equal spans of time, several times as many as a plot has columns; the spans double when time runs out of them.
struct TimeHistogram: Sendable {
    static let spanCount = 4_096
    private(set) var start: Int64?
    /// Nanoseconds of a span.
    private(set) var span: Int64 = 125_000
    private(set) var sums = [UInt64](repeating: 0, count: spanCount)
    /// Spans from the first one that anything fell into.
    private(set) var usedCount = 0

    mutating func add(_ amount: UInt64, at time: Timestamp) {
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
    func columns(_ count: Int, from first: Int64, to last: Int64) -> [UInt64] {
        var columns = [UInt64](repeating: 0, count: count)
        guard let start, last > first, count > 0 else {
            if !columns.isEmpty { columns[0] = sums[0] }
            return columns
        }
        let perColumn = Double(last - first) / Double(count)
        func column(_ time: Double) -> Int { max(0, min(count - 1, Int(time / perColumn))) }
        for place in 0..<usedCount where sums[place] > 0 {
            // A span on the border of two columns is shared out, so that not every so many columns look busier than the others.
            let begin = Double(start - first) + Double(place) * Double(span)
            let (left, right) = (column(begin), column(begin + Double(span)))
            let share = (Double(right) * perColumn - begin) / Double(span)
            let taken = left == right ? sums[place] : UInt64(Double(sums[place]) * max(0, min(1, share)) + 0.5)
            columns[left] &+= min(taken, sums[place])
            columns[right] &+= sums[place] - min(taken, sums[place])
        }
        return columns
    }
}
