import Packets
import WebSocket

/// Connections of one server that ended together, and how their clients came back.
package struct Storm: Sendable {
    package let server: Endpoint
    /// When the first of them ended, and the last, in nanoseconds since 1970.
    package let start: Int64
    package private(set) var end: Int64
    package private(set) var lossCount = 0
    /// Addresses that they came from.
    package private(set) var clientCount = 0
    /// How most of them ended.
    package private(set) var ending = ""
    /// Those that were open again before the capture ended.
    package private(set) var returnCount = 0
    /// Nanoseconds from `start` to when the last of those was.
    package private(set) var duration: Int64 = 0
    /// Attempts of their clients until then, those that failed included.
    package private(set) var attemptCount = 0
    package private(set) var failureCount = 0
    /// Attempts in the worst second, and when that began.
    package private(set) var peakCount = 0
    package private(set) var peakStart: Int64 = 0
    /// The rule by which all of them wait, taken together.
    package private(set) var backOff = BackOff([])

    /// Fewer connections that end together are an accident.
    static let leastCount = 5
    /// Ends that lie further apart belong to different events.
    static let window: Int64 = 1_000_000_000

    struct Loss {
        var capture: Int32
        var server: Endpoint
        var client: IPAddress
        var time: Int64
        var words: Int32
        /// Links that follow it, until one is open.
        var attempts: Range<Int>
        var lane: Int
    }

    /// - Parameter losses: in the order of time, of one server.
    init?(_ losses: ArraySlice<Loss>, _ words: [String], links: (Int) -> [Link]) {
        guard losses.count >= Self.leastCount, let first = losses.first, let last = losses.last else { return nil }
        server = first.server
        (start, end) = (first.time, last.time)
        lossCount = losses.count
        clientCount = Set(losses.lazy.map(\.client)).count
        ending = words[Int(Self.mostFrequent(losses))]
        var starts: [Int64] = []
        var pauses: [[Int64]] = []
        for loss in losses {
            let lane = links(loss.lane)
            let following = lane[loss.attempts]
            pauses += Pauses(Array(lane[(loss.attempts.lowerBound - 1)..<loss.attempts.upperBound])).runs
            starts += following.map(\.start)
            failureCount += following.count { $0.opened == nil }
            guard let opened = following.last?.opened else { continue }
            returnCount += 1
            duration = max(duration, opened &- start)
        }
        attemptCount = starts.count
        backOff = BackOff(pauses)
        findPeak(starts.sorted())
    }

    private static func mostFrequent(_ losses: ArraySlice<Loss>) -> Int32 {
        var counts: [Int32: Int] = [:]
        for loss in losses { counts[loss.words, default: 0] += 1 }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? 0
    }

    private mutating func findPeak(_ starts: [Int64]) {
        var first = 0
        for (index, time) in starts.enumerated() {
            while time &- starts[first] >= 1_000_000_000 { first += 1 }
            guard index - first + 1 > peakCount else { continue }
            (peakCount, peakStart) = (index - first + 1, starts[first])
        }
    }
}

extension Storm {
    /// Finds them among all lanes, those that were not gone on with included.
    /// - Parameter captures: which capture each lane is of, since what several show did not happen at once.
    static func find(_ lanes: [[Link]], clients: [IPAddress], captures: [Int32], _ words: [String]) -> [Storm] {
        var losses: [Loss] = []
        for (lane, links) in lanes.enumerated() {
            for (index, link) in links.enumerated() where link.fate == .lost && link.by != .client {
                let next = links[(index + 1)...].firstIndex { $0.opened != nil } ?? links.count - 1
                losses.append(
                    Loss(
                        capture: captures[lane], server: link.server, client: clients[lane], time: link.end, words: link.ending,
                        attempts: index + 1..<next + 1, lane: lane))
            }
        }
        losses.sort { $0.sortKey < $1.sortKey }
        var storms: [Storm] = []
        var start = 0
        var isIn: Set<Int> = []
        for index in losses.indices {
            isIn.insert(losses[index].lane)
            // A client that loses one connection after the other is no crowd.
            let isLast =
                index + 1 == losses.count || losses[index + 1].capture != losses[index].capture
                || losses[index + 1].server != losses[index].server
                || losses[index + 1].time &- losses[index].time > window || isIn.contains(losses[index + 1].lane)
            guard isLast else { continue }
            if let storm = Storm(losses[start...index], words, links: { lanes[$0] }) { storms.append(storm) }
            start = index + 1
            isIn = []
        }
        return storms.sorted { ($0.start, $0.lossCount) < ($1.start, $1.lossCount) }
    }
}

extension Storm.Loss {
    fileprivate var sortKey: (Int32, UInt64, UInt64, UInt16, Int64) {
        (capture, server.address.high, server.address.low, server.port, time)
    }
}
