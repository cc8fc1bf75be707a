import Bytes

/// A duration that was measured at some time, and the frame that shows it.
struct PlotPoint: Sendable {
    var time: Timestamp
    /// Nanoseconds.
    var value: Int64
    var connection: UInt64
    var frame: UInt64
}

/// Points of a plot; of more than it can show, the slower one of each two is kept, so that what stands out does not vanish.
struct PlotPoints: Sendable {
    private(set) var points: [PlotPoint] = []
    /// All that were measured.
    private(set) var count: UInt64 = 0

    static let limit = 4_096

    mutating func add(_ point: PlotPoint) {
        count += 1
        points.append(point)
        guard points.count > Self.limit else { return }
        points = stride(from: 0, to: points.count, by: 2).map { index in
            index + 1 < points.count && points[index + 1].value > points[index].value ? points[index + 1] : points[index]
        }
    }
}
