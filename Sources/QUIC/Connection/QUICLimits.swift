/// What can grow on one connection, and in all of them.
public struct QUICLimits: Sendable {
    /// Bytes of streams that may wait for others before them, in one direction of a connection.
    public var heldByteCount = 4 << 20
    /// Bytes of packets that may wait for secrets, in one direction.
    public var waitingByteCount = 256 << 10
    /// Streams that are known at a time.
    public var streamCount = 16_384
    /// Connections that datagrams are looked up for; beyond it, the oldest is not found any more.
    public var connectionCount = 65_536

    public init() {}
}
