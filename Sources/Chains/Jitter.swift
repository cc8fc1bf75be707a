/// Pauses that grow by a factor and are drawn at random: what is shown is the trend, and that chance does not explain it.
extension PauseRuns {
    /// Of fewer pauses a trend is no evidence.
    private static let leastPauseCount = 6
    /// Attempts in a row that at least one run needs.
    private static let leastRunCount = 4
    /// Positions at which pauses may stop growing that are tried.
    private static let positionLimit = 24

    var jittered: BackOff? {
        guard all.count >= Self.leastPauseCount, longest.count >= Self.leastRunCount, let trend else { return nil }
        let (line, position) = trend
        // The fewer pauses, the clearer the trend has to be: one was chosen of several.
        guard line.slope > Logarithm.of(1.2), line.slope > line.slopeError * (3.5 + 10 / Double(all.count - 3)) else { return nil }
        let factor = Self.likelyFactor(line)
        let shares = points(upTo: position).map { $0.y - Logarithm.of(factor) * $0.x }
        guard let low = shares.min(), let high = shares.max(), let least = all.min(), let most = all.max() else { return nil }
        return .jittered(
            Self.kind(share: Logarithm.power(low - high), count: all.count), factor: factor, least: Self.nanoseconds(least),
            most: Self.nanoseconds(most))
    }

    /// The straight line that fits best, and the position where pauses stop growing.
    private var trend: (line: Line, position: Int)? {
        var best: (line: Line, position: Int)?
        for position in 2...max(2, min(longest.count - 1, Self.positionLimit)) {
            let line = Line(points(upTo: position))
            if best.map({ line.error < $0.line.error }) ?? true { best = (line, position) }
        }
        return best
    }

    private func points(upTo position: Int) -> [(x: Double, y: Double)] {
        runs.flatMap { run in run.enumerated().map { (Double(min($0, position)), Logarithm.of($1)) } }
    }

    /// What somebody would have written, where that is as likely.
    private static func likelyFactor(_ line: Line) -> Double {
        for factor in [2, 1.5, 3] where (Logarithm.of(factor) - line.slope).magnitude <= 2 * line.slopeError { return factor }
        return (Logarithm.power(line.slope) * 10).rounded() / 10
    }

    /// - Parameter share: the least pause as a part of the most, with their growth taken out.
    private static func kind(share: Double, count: Int) -> BackOff.Jitter {
        share < 0.25 && count >= 8 ? .full : .from(percent: Int((share * 100).rounded()))
    }
}

/// A straight line through points, with the least sum of squares.
struct Line {
    let start: Double
    let slope: Double
    /// Sum of squares that is left.
    let error: Double
    /// The standard error of the slope.
    let slopeError: Double

    init(_ points: [(x: Double, y: Double)]) {
        let count = Double(points.count)
        let (x, y) = (points.reduce(0) { $0 + $1.x } / count, points.reduce(0) { $0 + $1.y } / count)
        let width = points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
        let slope = width > 0 ? points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) } / width : 0
        let start = y - slope * x
        let error = points.reduce(0) { sum, point in
            let left = point.y - start - slope * point.x
            return sum + left * left
        }
        (self.slope, self.start, self.error) = (slope, start, error)
        slopeError = width > 0 && count > 3 ? (error / (count - 3) / width).squareRoot() : .infinity
    }
}
