/// Numbers in one place of messages of one kind, in two runs: whether they vary in each run anyway, as prices do.
struct VaryingNumbers {
    private(set) var changes: [FoundDifference] = []
    private var before: Set<String> = []
    private var after: Set<String> = []
    private(set) var count: UInt64 = 0

    /// Different numbers from which on they vary.
    private static let leastVariety = 3
    private static let keptCount = 100

    mutating func add(_ change: FoundDifference, _ part: ContentChange.Part) {
        count += 1
        if changes.count < Self.keptCount { changes.append(change) }
        if before.count < Self.leastVariety, let value = part.before { before.insert(value) }
        if after.count < Self.leastVariety, let value = part.after { after.insert(value) }
    }

    /// Each run has several, so that another one in the other run is no news.
    var varies: Bool { before.count >= Self.leastVariety && after.count >= Self.leastVariety }
}
