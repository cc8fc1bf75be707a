/// What one side of a connection sent.
public struct Totals: Equatable, Sendable {
    public var frames: UInt64 = 0
    public var messages: UInt64 = 0
    /// Application bytes of all messages, control frames included.
    public var bytes: UInt64 = 0
    /// Payload bytes of all frames, as on the wire.
    public var wireBytes: UInt64 = 0
    /// Bytes of all frame headers.
    public var headerBytes: UInt64 = 0

    public init() {}
}

extension UInt64 {
    /// The sum, or the largest number where that is larger: what a recording says of lengths may be anything.
    package func addingSaturated(_ other: UInt64) -> UInt64 {
        let (sum, overflowed) = addingReportingOverflow(other)
        return overflowed ? .max : sum
    }
}
