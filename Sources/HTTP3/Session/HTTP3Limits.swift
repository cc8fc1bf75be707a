/// What can grow on one connection.
public struct HTTP3Limits: Sendable {
    /// Bytes of a field section on the wire, and of what it stands for.
    public var headByteCount: Int
    /// Streams that are known at a time.
    public var streamCount = 16_384
    /// Bytes that wait for what comes on other streams, or for the rest of a head, on all streams of a connection.
    public var heldByteCount = 4 << 20
    /// Streams that wait for entries of the table at a time.
    public var blockedStreamCount = 1_024

    public init(headByteCount: Int = 64 << 10) { self.headByteCount = headByteCount }
}
