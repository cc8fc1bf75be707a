/// An instant as a packet's timestamp states it: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
public struct Timestamp: Comparable, Hashable, Sendable {
    public var nanoseconds: Int64

    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    @inlinable public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

    /// Nanoseconds from `earlier` to this one; negative when a capture's clock went back, saturating at the ends.
    @inlinable public func nanoseconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflowed) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
        if !overflowed { return difference }
        return nanoseconds < 0 ? .min : .max
    }
}
