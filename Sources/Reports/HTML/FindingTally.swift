import Rules

/// How often each rule was broken, and where first; bounded by the number of rules.
struct FindingTally: Sendable {
    struct Place: Equatable, Sendable {
        /// nil for what is no connection's.
        var connection: UInt64?
        var frame: UInt64?
    }

    struct Entry: Sendable {
        var count: UInt64 = 0
        var places: [Place] = []
    }

    private var entries: [Rule: Entry] = [:]
    static let placeLimit = 10

    mutating func add(_ finding: Finding, in connection: UInt64?, frame: UInt64?) {
        var entry = entries.removeValue(forKey: finding.rule) ?? Entry()
        entry.count += 1
        let place = Place(connection: connection, frame: frame)
        if entry.places.count < Self.placeLimit, entry.places.last != place { entry.places.append(place) }
        entries[finding.rule] = entry
    }

    /// The gravest first, then the most frequent.
    var ordered: [(rule: Rule, entry: Entry)] {
        entries.map { (rule: $0.key, entry: $0.value) }.sorted {
            let (one, other) = ($0.rule.severity.rawValue, $1.rule.severity.rawValue)
            if one != other { return one > other }
            return $0.entry.count != $1.entry.count ? $0.entry.count > $1.entry.count : $0.rule.rawValue < $1.rule.rawValue
        }
    }
}
