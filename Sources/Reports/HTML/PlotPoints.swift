import Bytes

/// A duration that was measured at some time, and the frame that shows it.
struct PlotPoint: Sendable {
    var time: Timestamp
    /// Nanoseconds.
    var value: Int64
    var connection: UInt64
    var frame: UInt64
}

/// Points of a plot; of more than it can show, the slowest of each so many is kept, so that what stands out does not vanish.
struct PlotPoints: Sendable {
    private var kept: [PlotPoint] = []
    /// All that were measured.
    private(set) var count: UInt64 = 0
    /// How many each kept one stands for.
    private var groupCount = 1
    /// The slowest of the group that is not whole yet.
    private var pending: (point: PlotPoint, count: Int)?

    static let limit = 4_096

    var points: [PlotPoint] { kept + (pending.map { [$0.point] } ?? []) }

    mutating func add(_ point: PlotPoint) {
        count += 1
        let group = pending.map { (point: Self.slower($0.point, point), count: $0.count + 1) } ?? (point: point, count: 1)
        pending = group
        guard group.count == groupCount else { return }
        kept.append(group.point)
        pending = nil
        if kept.count == Self.limit { halve() }
    }

    private mutating func halve() {
        kept = stride(from: 0, to: kept.count - 1, by: 2).map { Self.slower(kept[$0], kept[$0 + 1]) }
        groupCount *= 2
    }

    private static func slower(_ one: PlotPoint, _ other: PlotPoint) -> PlotPoint { other.value > one.value ? other : one }
}
