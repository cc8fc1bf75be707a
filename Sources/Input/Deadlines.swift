import System

/// When a live capture ends by itself: after a time, or when nothing was shown for a time.
public struct Deadlines: Sendable {
    private let duration: Int64?
    private let idleDuration: Int64?
    private let clock: @Sendable () -> Int64
    private let start: Int64
    /// How much had been shown, and since when it is no more.
    private var activity: UInt64 = 0
    private var activeAt: Int64

    /// The capture begins now.
    /// - Parameters:
    ///   - duration: nanoseconds after which it ends; nil for never.
    ///   - idleDuration: nanoseconds after which it ends when nothing is shown; nil for never.
    ///   - clock: nanoseconds of another clock than the system's, for tests.
    public init(
        duration: Int64? = nil, idleDuration: Int64? = nil, clock: (@Sendable () -> Int64)? = nil
    ) {
        self.duration = duration
        self.idleDuration = idleDuration
        self.clock = clock ?? { SystemClock.nanoseconds }
        start = self.clock()
        activeAt = start
    }

    /// Whether it is time.
    /// - Parameter count: how much was shown by now.
    @usableFromInline
    mutating func isOver(shown count: UInt64) -> Bool {
        if duration == nil, idleDuration == nil { return false }
        let now = clock()
        if count != activity {
            activity = count
            activeAt = now
        }
        let isDue = duration.map { now - start >= $0 } ?? false
        let isIdle = idleDuration.map { now - activeAt >= $0 } ?? false
        return isDue || isIdle
    }

    /// Milliseconds until it may be time; −1 for never.
    @usableFromInline var millisecondsLeft: Int32 {
        guard let due = [duration.map { start + $0 }, idleDuration.map { activeAt + $0 }].compactMap({ $0 }).min() else { return -1 }
        // Rounded up, so that it is due when the waiting ends.
        return Int32(clamping: max(0, due - clock()) / 1_000_000 + 1)
    }
}
