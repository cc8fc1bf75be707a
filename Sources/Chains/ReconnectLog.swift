import Bytes
import Inspection
import Packets
import Verdicts

/// Says of a connection or an attempt, as soon as it is recognised, which lost connection it follows; bounded.
///
/// It knows less than a `ChainLog`, which waits for the end: of attempts without an answer a report hears late.
package struct ReconnectLog {
    private var origins = Origins(keepsURLs: false)
    private var lanes = Lanes(groupCount: 0, endpointCount: 0)
    private var stories: [Story] = []
    private var open = ConnectionTable<(lane: Int, origin: Lanes.Origin, follows: Reconnect?)>()
    /// Where the clients were last that a query tells apart.
    private var known: [Name: Int] = [:]
    private var linkCount = 0
    private let limit: Int

    private struct Story {
        var lossCount = 0
        var attemptCount = 0
        /// The connection that was lost last, and when; nil while nobody misses one.
        var lost: (number: UInt64, time: Int64)?
    }

    private struct Name: Hashable {
        var group: Int
        var query: Int
    }

    /// - Parameter limit: connections and attempts after which all before is forgotten.
    package init(limit: Int = 100_000) { self.limit = limit }

    /// Forgets what was before: what follows is of another capture, and nobody knows what was between them.
    package mutating func beginAnew() { self = ReconnectLog(limit: limit) }

    /// Takes a connection that was recognised; again, where it turns out later that it is shown.
    package mutating func take(opened connection: Connection) -> Reconnect? {
        if let known = open[connection] { return known.follows }
        forget()
        let origin = origins.origin(of: connection)
        let query = connection.queryHash
        let name = origin.group.flatMap { query == 0 ? nil : Name(group: $0, query: query) }
        let lane = begin(origin, at: connection.time.nanoseconds, preferring: name.flatMap { known[$0] })
        if let name { known[name] = lane }
        // Attempts end as soon as they are reported.
        let isOpened = connection.status == .open || connection.status == .inferred
        let found = follow(lane, at: connection.time.nanoseconds, until: (connection.responseTime ?? connection.time).nanoseconds)
        open[connection] = (lane, origin, found)
        if isOpened { (stories[lane].lost, stories[lane].attemptCount) = (nil, 0) }
        return found
    }

    /// Takes an attempt that came to no request.
    package mutating func take(_ attempt: TransportAttempt) -> Reconnect? {
        guard let link = Link(attempt) else { return nil }
        forget()
        let origin = origins.origin(of: attempt)
        let lane = begin(origin, at: link.start, preferring: nil)
        let found = follow(lane, at: link.start, until: link.start)
        lanes.end(lane, origin, .failed, at: link.end)
        return found
    }

    package mutating func take(_ end: ConnectionEnd, _ verdict: Verdict) {
        guard let (lane, origin, _) = open[end.connection] else { return }
        open[end.connection] = nil
        let link = Link(end.connection, verdict)
        if link.fate == .lost {
            stories[lane].lossCount += 1
            stories[lane].attemptCount = 0
            stories[lane].lost = (link.number, link.end)
        } else if link.fate == .left {
            stories[lane].lost = nil
        }
        lanes.end(lane, origin, link.fate, at: link.end)
    }

    /// Takes what is not shown, and which what is shown may follow.
    package mutating func take(omitted event: Event) {
        switch event {
        case .opened(let connection): _ = take(opened: connection)
        case .attempted(let attempt): _ = take(attempt)
        case .ended(let end): take(end, end.verdict)
        default: break
        }
    }

    private mutating func forget() {
        if linkCount >= limit { beginAnew() }
    }

    private mutating func begin(_ origin: Lanes.Origin, at time: Int64, preferring preferred: Int?) -> Int {
        linkCount += 1
        lanes.reserve(groupCount: origins.groupCount, endpointCount: origins.endpointCount)
        let lane = lanes.begin(linkCount, origin, at: time, preferring: preferred)
        if lane == stories.count { stories.append(Story()) }
        return lane
    }

    private mutating func follow(_ lane: Int, at time: Int64, until opened: Int64) -> Reconnect? {
        stories[lane].attemptCount += 1
        // What ended later than this began is none that it follows.
        guard let lost = stories[lane].lost, lost.time <= time else { return nil }
        return Reconnect(
            number: stories[lane].lossCount, previous: lost.number, after: opened &- lost.time, attempt: stories[lane].attemptCount,
            isCertain: !lanes.lanes[lane].isAmbiguous)
    }
}

/// A connection that follows one that was lost.
package struct Reconnect: Sendable, Equatable {
    /// How many connections this client has lost before.
    package var number: Int
    /// The connection that was lost last.
    package var previous: UInt64
    /// Nanoseconds since that was lost: until the answer to the upgrade, or until an attempt began that came to none.
    package var after: Int64
    /// How many attempts there were since, this one included.
    package var attempt: Int
    /// No other client of this address lost one at the same time.
    package var isCertain: Bool
}
