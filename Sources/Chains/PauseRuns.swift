/// Pauses in runs, and the rules that they may follow.
struct PauseRuns {
    /// Seconds.
    let runs: [[Double]]
    let all: [Double]
    /// The first of the longest.
    let longest: [Double]

    init(_ runs: [[Int64]]) {
        self.runs = runs.map { $0.map { Double($0) / 1e9 } }
        all = Array(self.runs.joined())
        var longest: [Double] = []
        for run in self.runs where run.count > longest.count { longest = run }
        self.longest = longest
    }

    /// A timer fires late rather than early, and an attempt takes time.
    static func isNear(_ pause: Double, _ expected: Double) -> Bool { (pause - expected).magnitude <= tolerance(expected) }
    private static func tolerance(_ pause: Double) -> Double { 0.05 * pause + 0.02 }

    static func median(_ pauses: [Double]) -> Double { pauses.sorted()[(pauses.count - 1) / 2] }

    static func nanoseconds(_ seconds: Double) -> Int64 { Int64(max(0, min(seconds, 1e9)) * 1e9) }

    // MARK: Fixed

    var fixed: BackOff? {
        let middle = Self.median(all)
        guard all.allSatisfy({ Self.isNear($0, middle) }) else { return nil }
        let pause = Self.nanoseconds(middle)
        return longest.count >= BackOff.leastCount ? .fixed(pause) : .first(pause, count: all.count)
    }

    /// So alike that chance would hardly have made them, although no timer is that inexact.
    var about: BackOff? {
        guard all.count >= 6, let least = all.min(), let most = all.max(), most <= 1.6 * least else { return nil }
        return .about(least: Self.nanoseconds(least), most: Self.nanoseconds(most))
    }

    // MARK: Growing

    var exponential: BackOff? {
        guard longest.count >= BackOff.leastCount, let growth = Growth(longest) else { return nil }
        // Three pauses are in proportion by chance more often than one would think.
        let isSure = longest.count > BackOff.leastCount || runs.count { $0.count >= BackOff.leastCount } > 1
        guard isSure || growth.isExact(in: longest), agrees({ growth[$0] }) else { return nil }
        return .exponential(
            first: Self.nanoseconds(growth.first), factor: growth.shownFactor, cap: growth.cap.map(Self.nanoseconds))
    }

    /// The same steps in more than one run.
    var repeatedSteps: BackOff? {
        let others = runs.count { $0.count >= BackOff.leastCount && zip($0, longest).allSatisfy(Self.isNear) }
        return others > 1 ? steps : nil
    }

    /// So many of them that chance would not have put them in order.
    var longSteps: BackOff? { longest.count >= 6 ? steps : nil }

    private var steps: BackOff? {
        guard longest.count >= BackOff.leastCount, let last = longest.last, last >= 1.5 * longest[0],
            zip(longest, longest.dropFirst()).allSatisfy({ $1 >= $0 - Self.tolerance($0) }), agrees({ longest[$0] })
        else { return nil }
        return .growing(first: Self.nanoseconds(longest[0]), last: Self.nanoseconds(last))
    }

    /// Nine pauses of ten are as expected at their position: now and then a client is busy.
    private func agrees(_ expected: (Int) -> Double) -> Bool {
        var count = 0
        for run in runs {
            for (position, pause) in run.enumerated() where Self.isNear(pause, expected(position)) { count += 1 }
        }
        return count * 10 >= all.count * 9
    }
}

/// Pauses that grow by one factor up to a longest.
private struct Growth {
    private(set) var first: Double
    private(set) var factor: Double
    private(set) var cap: Double?

    /// Nil where they do not grow so.
    init?(_ pauses: [Double]) {
        for count in stride(from: min(pauses.count, Self.growthLimit), through: BackOff.leastCount, by: -1) {
            if let growth = Growth(pauses, growing: count) {
                self = growth
                return
            }
        }
        return nil
    }

    /// A pause does not double more often than that.
    private static let growthLimit = 24

    /// - Parameter count: pauses that grow; the others are at the longest.
    private init?(_ pauses: [Double], growing count: Int) {
        let line = Line(pauses.prefix(count).enumerated().map { (Double($0), Logarithm.of($1)) })
        guard line.slope > Logarithm.of(1.2) else { return nil }
        first = Logarithm.power(line.start)
        factor = Logarithm.power(line.slope)
        let rest = pauses.dropFirst(count)
        let cap = rest.isEmpty ? nil : PauseRuns.median(Array(rest))
        self.cap = nil
        for (position, pause) in pauses.prefix(count).enumerated() where !PauseRuns.isNear(pause, self[position]) { return nil }
        guard let cap else { return }
        guard rest.allSatisfy({ PauseRuns.isNear($0, cap) }), cap <= self[count] || PauseRuns.isNear(cap, self[count]),
            cap >= pauses[count - 1] || PauseRuns.isNear(cap, pauses[count - 1])
        else { return nil }
        self = Growth(first: first, factor: factor, cap: cap)
    }

    private init(first: Double, factor: Double, cap: Double?) {
        self.first = first
        self.factor = factor
        self.cap = cap
    }

    subscript(position: Int) -> Double {
        let pause = first * Logarithm.power(Logarithm.of(factor) * Double(min(position, 1_000)))
        return cap.map { min($0, pause) } ?? pause
    }

    func isExact(in pauses: [Double]) -> Bool {
        pauses.enumerated().allSatisfy { (self[$0] - $1).magnitude <= 0.02 * $1 + 0.01 }
    }

    /// To a tenth, as somebody would have written it.
    var shownFactor: Double { (factor * 10).rounded() / 10 }
}
