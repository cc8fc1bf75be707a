/// Tells clients of one address apart by their URLs' queries, or by names of their own, where that is sound.
///
/// A query that comes again is somebody's; one that is new each time says nothing. And one client may change it, as when a token expires:
/// only where two of them are connected at a time are they two clients.
struct GroupSplit {
    /// The group of each link; nil where it has none.
    private(set) var groups: [Int?]
    private(set) var groupCount: Int

    private struct Name: Hashable {
        var group: Int
        var identity: Int
    }

    /// The latest ends of links with two different identities.
    private struct Latest {
        var first: (identity: Int, end: Int64)?
        var second: Int64?

        /// True where one with another identity still lasted.
        mutating func overlaps(_ identity: Int, _ link: Link) -> Bool {
            let end = link.fate == .open ? .max : link.end
            guard let known = first else {
                first = (identity, end)
                return false
            }
            if known.identity == identity {
                first = (identity, max(known.end, end))
                return second.map { $0 > link.start } ?? false
            }
            if end > known.end {
                (first, second) = ((identity, end), known.end)
            } else {
                second = max(second ?? end, end)
            }
            return known.end > link.start
        }
    }

    /// - Parameter links: in the order in which they began.
    init(_ links: [(group: Int?, identity: Int, link: Link)], groupCount: Int) {
        groups = links.map(\.group)
        self.groupCount = groupCount
        var counts: [Name: Int] = [:]
        for (group, identity, _) in links where identity != 0 {
            if let group { counts[Name(group: group, identity: identity), default: 0] += 1 }
        }
        guard !counts.isEmpty else { return }
        func isStable(_ group: Int, _ identity: Int) -> Bool {
            identity != 0 && counts[Name(group: group, identity: identity)] ?? 0 > 1
        }
        var latest: [Int: Latest] = [:]
        var isShared: Set<Int> = []
        for (group, identity, link) in links {
            guard let group, isStable(group, identity) else { continue }
            if latest[group, default: Latest()].overlaps(identity, link) { isShared.insert(group) }
        }
        var numbers: [Name: Int] = [:]
        for (index, (group, identity, _)) in links.enumerated() {
            guard let group, isShared.contains(group), isStable(group, identity) else { continue }
            let name = Name(group: group, identity: identity)
            if numbers[name] == nil {
                numbers[name] = self.groupCount
                self.groupCount += 1
            }
            groups[index] = numbers[name]
        }
    }
}
