/// The rule by which a client waits before it tries again, as far as its pauses show one.
package enum BackOff: Equatable, Sendable {
    /// Fewer pauses than tell anything.
    case tooFew(count: Int)
    /// There are pauses enough, and they follow no rule that is known.
    case unknown(count: Int)
    /// It tries again at once.
    case immediate(longest: Int64)
    /// Each pause is as long as the others, give or take a timer's precision.
    case fixed(Int64)
    /// The same of first pauses only: no attempt failed, so nothing shows how the next pause would be.
    case first(Int64, count: Int)
    /// About as long as each other, and not by accident.
    case about(least: Int64, most: Int64)
    /// Each pause is `factor` times the one before, up to a longest.
    /// - Parameter cap: nil while none was reached.
    case exponential(first: Int64, factor: Double, cap: Int64?)
    /// The same, drawn at random below that.
    case jittered(Jitter, factor: Double, least: Int64, most: Int64)
    /// They grow in the same steps each time, and by no single factor.
    case growing(first: Int64, last: Int64)

    package enum Jitter: Equatable, Sendable {
        /// From nothing up to the whole pause.
        case full
        /// From `percent` of the longest pause at that point up to the whole.
        case from(percent: Int)
    }

    /// One word, for tools.
    package var name: String {
        switch self {
        case .tooFew: "too-few"
        case .unknown: "unknown"
        case .immediate: "immediate"
        case .fixed: "fixed"
        case .first: "first-pause"
        case .about: "about"
        case .exponential: "exponential"
        case .jittered: "exponential-jitter"
        case .growing: "growing"
        }
    }

    /// Pauses up to that are none.
    static let immediately: Int64 = 150_000_000
    /// Fewer pauses tell nothing.
    static let leastCount = 3

    /// - Parameter runs: nanoseconds; each run begins with the pause after a connection that had been open, and goes on as long as
    ///   attempts fail.
    package init(_ runs: [[Int64]]) {
        var runs = runs.filter { !$0.isEmpty }
        let all = runs.joined()
        guard all.count >= Self.leastCount, let longest = all.max() else {
            self = .tooFew(count: all.count)
            return
        }
        guard longest > Self.immediately else {
            self = .immediate(longest: longest)
            return
        }
        // Many try once at once, and then begin to wait.
        if Self.beginAtOnce(runs) { runs = runs.map { Array($0.dropFirst()) }.filter { !$0.isEmpty } }
        self = Self.recognise(PauseRuns(runs)) ?? .unknown(count: all.count)
    }

    private static func beginAtOnce(_ runs: [[Int64]]) -> Bool {
        runs.allSatisfy { $0[0] <= immediately && $0.dropFirst().allSatisfy { $0 > immediately } }
            && runs.reduce(0) { $0 + $1.count - 1 } >= leastCount
    }

    private static func recognise(_ runs: PauseRuns) -> BackOff? {
        if let fixed = runs.fixed { return fixed }
        if let exact = runs.exponential { return exact }
        if let steps = runs.repeatedSteps { return steps }
        if let jittered = runs.jittered { return jittered }
        if let steps = runs.longSteps { return steps }
        return runs.about
    }
}
