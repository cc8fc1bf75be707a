/// Who follows whom: connections of one client to one URL are put into lanes, in each of which none overlaps another.
///
/// The client of a lane is not known when several wait at a time; then the one goes first that has waited longest, which is right for all
/// that wait by the same rule. Linear but for the order of ends, also where an attacker chose them.
struct Lanes {
    /// Where a connection may go on.
    struct Origin {
        /// Of the client and the URL; nil for an attempt, which names none.
        var group: Int?
        /// Of the client and the server's address and port.
        var endpoint: Int
    }

    struct Lane {
        var group: Int?
        var links: [Int] = []
        var end: Int64 = 0
        /// Others waited as well when one of its links was given to it.
        var isAmbiguous = false
        fileprivate var stamp = 0
        fileprivate var isWaiting = false
    }

    /// Those that have waited longer are taken last: their clients may well be gone.
    static let patience: Int64 = 120_000_000_000

    private(set) var lanes: [Lane] = []
    private var groups: [Waiting] = []
    private var endpoints: [Waiting] = []
    /// Lanes of attempts alone, whose URL nobody knows yet.
    private var orphans: [Waiting] = []
    private var left: [[Ticket]] = []

    fileprivate struct Ticket {
        var lane: Int
        var stamp: Int
        var end: Int64
    }

    init(groupCount: Int, endpointCount: Int) {
        groups = Array(repeating: Waiting(), count: groupCount)
        left = Array(repeating: [], count: groupCount)
        endpoints = Array(repeating: Waiting(), count: endpointCount)
        orphans = endpoints
    }

    /// Makes room for the origins that were numbered meanwhile.
    mutating func reserve(groupCount: Int, endpointCount: Int) {
        while groups.count < groupCount {
            groups.append(Waiting())
            left.append([])
        }
        while endpoints.count < endpointCount {
            endpoints.append(Waiting())
            orphans.append(Waiting())
        }
    }

    /// Puts a link into a lane.
    /// - Parameter preferred: the lane that it goes on with if that waits.
    /// - Returns: the lane.
    mutating func begin(_ link: Int, _ origin: Origin, at time: Int64, preferring preferred: Int? = nil) -> Int {
        let isPreferred = preferred.map { lanes[$0].isWaiting } ?? false
        let place = (isPreferred ? preferred : take(origin, at: time)) ?? add()
        lanes[place].isWaiting = false
        lanes[place].stamp += 1
        if lanes[place].group == nil { lanes[place].group = origin.group }
        lanes[place].links.append(link)
        return place
    }

    /// Says what became of the last link of a lane, so that another may follow it.
    mutating func end(_ lane: Int, _ origin: Origin, _ fate: Link.Fate, at time: Int64) {
        guard fate != .open else { return }
        lanes[lane].end = time
        lanes[lane].isWaiting = true
        let ticket = Ticket(lane: lane, stamp: lanes[lane].stamp, end: time)
        guard let group = lanes[lane].group else {
            orphans[origin.endpoint].add(ticket)
            endpoints[origin.endpoint].add(ticket)
            return
        }
        guard fate != .left else { return left[group].append(ticket) }
        groups[group].add(ticket)
        endpoints[origin.endpoint].add(ticket)
    }

    private mutating func add() -> Int {
        lanes.append(Lane())
        return lanes.count - 1
    }

    // MARK: Whom it follows

    private mutating func take(_ origin: Origin, at time: Int64) -> Int? {
        guard let group = origin.group else { return endpoints[origin.endpoint].take(at: time, &lanes) }
        if let lane = groups[group].take(at: time, &lanes) { return lane }
        if let lane = orphans[origin.endpoint].take(at: time, &lanes) { return lane }
        while let ticket = left[group].popLast() {
            if lanes[ticket.lane].isWaiting(ticket) { return ticket.lane }
        }
        return nil
    }
}

extension Lanes.Lane {
    fileprivate func isWaiting(_ ticket: Lanes.Ticket) -> Bool { isWaiting && stamp == ticket.stamp }
}

/// Lanes that wait to be gone on with, in the order in which they ended.
private struct Waiting {
    private var recent: [Lanes.Ticket] = []
    private var first = 0
    private var old: [Lanes.Ticket] = []

    mutating func add(_ ticket: Lanes.Ticket) { recent.append(ticket) }

    /// The lane that has waited longest of those that began to wait a short time ago; otherwise the one that ended last.
    mutating func take(at time: Int64, _ lanes: inout [Lanes.Lane]) -> Int? {
        if let lane = next(at: time, lanes) {
            first += 1
            // Whether another is there decides only what is said of it.
            if next(at: time, lanes) != nil { lanes[lane].isAmbiguous = true }
            return lane
        }
        while let ticket = old.popLast() {
            if lanes[ticket.lane].isWaiting(ticket) { return ticket.lane }
        }
        return nil
    }

    /// The first of those that are recent, once those are gone that are not.
    private mutating func next(at time: Int64, _ lanes: [Lanes.Lane]) -> Int? {
        while first < recent.count {
            let ticket = recent[first]
            guard lanes[ticket.lane].isWaiting(ticket) else {
                first += 1
                continue
            }
            if time &- ticket.end <= Lanes.patience { return ticket.lane }
            old.append(ticket)
            first += 1
        }
        recent.removeAll(keepingCapacity: true)
        first = 0
        return nil
    }
}
