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
    package private(set) var endingCount = 0
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
        /// When the connection was begun, and when it ended.
        var begun: Int64
        var time: Int64
        var words: Int32
        /// Links that follow it, until one is open.
        var attempts: Range<Int>
        var lane: Int
    }

    /// - Parameter losses: in the order of time, of one server.
    init?(_ losses: [Loss], _ words: [String], links: (Int) -> [Link]) {
        guard losses.count >= Self.leastCount, let first = losses.first, let last = losses.last else { return nil }
        server = first.server
        (start, end) = (first.time, last.time)
        lossCount = losses.count
        clientCount = Set(losses.lazy.map(\.client)).count
        let most = Self.mostFrequent(losses)
        (ending, endingCount) = (words[Int(most.words)], most.count)
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

    private static func mostFrequent(_ losses: [Loss]) -> (words: Int32, count: Int) {
        var counts: [Int32: Int] = [:]
        for loss in losses { counts[loss.words, default: 0] += 1 }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { ($0.key, $0.value) } ?? (0, 0)
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
                        capture: captures[lane], server: link.server, client: clients[lane], begun: link.start, time: link.end,
                        words: link.ending, attempts: index + 1..<next + 1, lane: lane))
            }
        }
        losses.sort { $0.sortKey < $1.sortKey }
        var storms: [Storm] = []
        var together: [Loss] = []
        var isIn: Set<Int> = []
        func end() {
            if let storm = Storm(together, words, links: { lanes[$0] }) { storms.append(storm) }
            together = []
            isIn = []
        }
        for loss in losses {
            // A client that loses one connection after the other is no crowd.
            if let last = together.last, !loss.isOfSameServer(as: last) || loss.time &- last.time > window || isIn.contains(loss.lane) {
                end()
            }
            // Those of a storm were all there when it began.
            if let first = together.first, loss.begun > first.time { continue }
            together.append(loss)
            isIn.insert(loss.lane)
        }
        end()
        return storms.sorted { ($0.start, $0.lossCount) < ($1.start, $1.lossCount) }
    }
}

extension Storm.Loss {
    fileprivate func isOfSameServer(as other: Storm.Loss) -> Bool { capture == other.capture && server == other.server }

    fileprivate var sortKey: (Int32, UInt64, UInt64, UInt16, Int64) {
        (capture, server.address.high, server.address.low, server.port, time)
    }
}
