import HTTP
import Packets
import Streams

/// Everything that can grow while a capture is inspected, with its bound.
public struct Limits: Sendable {
    /// Application bytes of one message that are kept; what is beyond is checked and counted only. `--limit-message`
    public var messageByteCount = 16 << 20
    /// Bytes of an HTTP head. `--limit-head`
    public var headByteCount = 64 << 10
    /// Bytes of the body with which an upgrade was refused that are kept. `--limit-body`
    public var refusalByteCount = 4 << 10
    /// Bytes that may wait behind a hole in one direction of one connection. `--limit-reorder`
    public var heldByteCount = 1 << 20
    /// Bytes of one direction that may wait for a decision: the other side's answer, or enough to recognise frames.
    public var undecidedByteCount = 256 << 10
    /// TCP connections followed at a time; beyond it the one that was idle for longest is forgotten. `--limit-connections`
    public var connectionCount = 65_536
    /// Streams followed at a time on one connection of a protocol that carries several.
    public var streamCount = 10_000
    /// Bytes that may wait in all connections together. `--limit-memory`
    public var totalByteCount = 512 << 20
    /// Targets of HTTP requests that are told apart when polling is looked for. `--limit-targets`
    public var pollTargetCount = 10_000
    /// Connections that a report of figures keeps until the end; those beyond are in its totals. `--limit-rows`
    public var rowCount = 100_000
    /// Packet numbers kept for one frame.
    public var packetsPerFrame = 1_000
    /// Bytes of recent payload kept to compare retransmissions with.
    public var recentByteCount = 1 << 20

    public init() {}

    var stream: StreamReassembler.Limits {
        var limits = StreamReassembler.Limits()
        limits.heldByteCount = heldByteCount
        return limits
    }

    var head: HeadLimits { HeadLimits(byteCount: headByteCount, headerCount: 1_000) }
}
