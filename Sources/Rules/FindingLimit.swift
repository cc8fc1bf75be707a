import Text

extension [Finding] {
    /// Findings of one rule that are listed for one head; the rest is counted.
    private static var limitPerRule: Int { 10 }

    /// The same with at most ten of each rule, of which the last says how many more there are.
    ///
    /// A head can break a rule as often as it has bytes, and each finding may quote a part of it.
    func limitedPerRule() -> [Finding] {
        guard count > Self.limitPerRule else { return self }
        let counts = reduce(into: [Rule: Int]()) { $0[$1.rule, default: 0] += 1 }
        var listed: [Rule: Int] = [:]
        return compactMap { finding in
            let number = listed[finding.rule, default: 0] + 1
            listed[finding.rule] = number
            guard number <= Self.limitPerRule, let count = counts[finding.rule] else { return nil }
            guard number == Self.limitPerRule, count > number else { return finding }
            var last = finding
            let more = "and \(Quantity.counted(UInt64(count - number), "more finding")) of this rule"
            last.found = last.found.map { "\($0), \(more)" } ?? more
            return last
        }
    }
}

extension [String] {
    /// The first item that was there before.
    var firstRepeated: String? {
        var seen: Set<String> = []
        return first { !seen.insert($0).inserted }
    }

    /// The items, each once, separated by commas; of more than ten the first, and how many more there are.
    func listed() -> String {
        var seen: Set<String> = []
        let names = filter { seen.insert($0).inserted }
        let limit = 10
        guard names.count > limit else { return names.joined(separator: ", ") }
        return names.prefix(limit).joined(separator: ", ") + " and \(names.count - limit) more"
    }
}
