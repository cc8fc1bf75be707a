/// Differences of a pair of connections, those that are alike taken together.
struct DifferenceTally {
    private var groups: [FoundDifference] = []
    private var places: [String: Int] = [:]
    private(set) var omittedCount: UInt64 = 0

    /// Groups that are kept of a pair of connections.
    static let groupLimit = 1_000

    mutating func add(_ difference: FoundDifference) {
        let key = difference.key
        if let index = places[key] {
            groups[index].count += difference.count
            if let delay = difference.delay { groups[index].delay = max(groups[index].delay ?? 0, delay) }
            if let bytes = difference.wireBytes, let known = groups[index].wireBytes {
                groups[index].wireBytes = (known.a &+ bytes.a, known.b &+ bytes.b)
            }
            if groups[index].locations.count < FoundDifference.locationLimit { groups[index].locations += difference.locations }
            return
        }
        guard groups.count < Self.groupLimit else {
            omittedCount += difference.count
            return
        }
        places[key] = groups.count
        groups.append(difference)
    }

    /// The most important first, and of those what came first.
    var ordered: [FoundDifference] {
        groups.enumerated().sorted { ($0.element.kind, $0.offset) < ($1.element.kind, $1.offset) }.map(\.element)
    }
}
