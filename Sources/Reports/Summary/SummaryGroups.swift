import Bytes
import Chains
import HTTP
import Inspection
import Packets
import Text
import Verdicts
import WebSocket

/// Connections in groups of those that ended alike, and what all of them add up to; bounded.
struct SummaryGroups: Sendable {
    private(set) var groups: [SummaryGroup] = []
    private(set) var totals = SummaryTotals()
    private var places: [SummaryGroup.Key: Int] = [:]
    private let limit: Int
    private let isOneEach: Bool

    /// - Parameters:
    ///   - limit: groups that are kept; connections that belong to none are counted in `totals`.
    ///   - isOneEach: each connection is a group.
    init(limit: Int, isOneEach: Bool = false) {
        self.limit = limit
        self.isOneEach = isOneEach
    }

    /// - Returns: the index of its group; nil if it has none.
    @discardableResult
    mutating func add(_ end: ConnectionEnd, _ verdict: Verdict) -> Int? {
        let connection = end.connection
        let standing = verdict.standing
        totals.add(end, standing, lasting: verdict.time)
        let url = connection.url.map(SummaryGroup.kept) ?? ""
        var key = SummaryGroup.Key(
            url: Self.withoutQuery(url), server: connection.server, phrase: verdict.phrase(of: connection),
            browser: verdict.browser?.code.rawValue)
        if isOneEach { key.number = connection.number }
        guard let place = place(of: key, standing) else { return nil }
        groups[place].add(end, lasting: max(0, verdict.time.nanoseconds(since: connection.time)))
        return place
    }

    /// - Returns: the index of its group; nil if it has none.
    @discardableResult
    mutating func add(_ attempt: TransportAttempt) -> Int? {
        totals.add(attempt)
        var key = SummaryGroup.Key(
            url: attempt.serverName.map(SummaryGroup.kept) ?? "", server: attempt.server, phrase: attempt.phrase,
            browser: attempt.browser?.code.rawValue)
        if isOneEach { key.flow = attempt.flow }
        guard let place = place(of: key, attempt.standing) else { return nil }
        groups[place].add(attempt)
        return place
    }

    /// The index of the group with this key, made where there is none; nil where there are too many.
    private mutating func place(of key: SummaryGroup.Key, _ standing: Verdict.Standing) -> Int? {
        if let known = places[key] { return known }
        guard groups.count < limit else {
            totals.omittedCount += 1
            return nil
        }
        places[key] = groups.count
        groups.append(SummaryGroup(key, standing))
        return groups.count - 1
    }

    private static func withoutQuery(_ url: String) -> String {
        url.utf8.firstIndex(of: UInt8(ascii: "?")).map { String(url[..<$0]) } ?? url
    }

    // MARK: Order

    func ordered(by order: SummaryReport.Order) -> [SummaryGroup] { indices(by: order).map { groups[$0] } }

    /// The indices of the groups, in the order in which they are shown.
    func indices(by order: SummaryReport.Order) -> [Int] {
        groups.indices.sorted { Self.precedes(groups[$0], groups[$1], order) }
    }

    private static func precedes(_ one: SummaryGroup, _ other: SummaryGroup, _ order: SummaryReport.Order) -> Bool {
        switch order {
        case .worst: (other.standing.rawValue, other.count, one.first) < (one.standing.rawValue, one.count, other.first)
        case .time: one.first < other.first
        case .bytes: (other.bytes, one.first) < (one.bytes, other.first)
        case .duration: (other.longest, one.first) < (one.longest, other.first)
        case .state: (one.key.phrase, one.first) < (other.key.phrase, other.first)
        }
    }
}

extension SummaryGroup {
    /// `2 s`, or from the shortest to the longest.
    var durationWords: String {
        let (short, long) = (Quantity.duration(shortest), Quantity.duration(longest))
        return short == long ? long : "\(short) – \(long)"
    }

    /// That of all its connections, or what they have in common.
    var shownURL: String { url ?? (key.url.isEmpty ? "" : "\(key.url)?…") }

    /// What its clients wanted: a URL, or the server where none is known.
    var target: String { shownURL.isEmpty && key.server != .unknown ? "\(key.server)" : shownURL }
}
