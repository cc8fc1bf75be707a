import HTTP
import Packets
import Streams

/// What can grow while a capture is inspected, with its bound.
public struct Limits: Sendable {
    /// Application bytes of one message that are kept; the rest is only checked and counted. `--limit-message`
    public var messageByteCount = 16 << 20
    /// Bytes of an HTTP head. `--limit-head`
    public var headByteCount = 64 << 10
    /// Bytes that are kept of the body of a refusal. `--limit-body`
    public var refusalByteCount = 4 << 10
    /// Bytes that are kept of a body where Engine.IO polls, with its coding and without.
    public var polledByteCount = 1 << 20
    /// Bytes that may wait after a gap in one direction of one connection. `--limit-reorder`
    public var heldByteCount = 1 << 20
    /// Bytes of one direction that may wait for a decision: the other side's answer, or enough to recognise frames.
    public var undecidedByteCount = 256 << 10
    /// TCP connections followed at a time; beyond it, one that has been idle is forgotten. `--limit-connections`
    public var connectionCount = 65_536
    /// Streams followed at a time on one connection of a protocol that carries several.
    public var streamCount = 10_000
    /// Bytes that may wait in all connections together. `--limit-memory`
    public var totalByteCount = 256 << 20
    /// Targets of HTTP requests that are counted apart when polling is looked for. `--limit-targets`
    public var pollTargetCount = 10_000
    /// Names of operations that are counted apart. `--limit-operations`
    public var operationNameCount = 10_000
    /// Connections that a report of figures keeps until the end; any beyond are only in its totals. `--limit-rows`
    public var rowCount = 100_000
    /// Packet numbers kept for one frame.
    public var packetsPerFrame = 1_000
    /// Bytes of recent payload kept to compare retransmissions with.
    public var recentByteCount = 1 << 20

    public init() {}

    /// Limits under which all that is kept fits into a ceiling, reports and the program itself included; the defaults are those of 512 MB.
    ///
    /// Half of it may wait in connections. A message is kept once here, once on its way to the report, and as JSON takes up to six
    /// times its length.
    public init(memoryByteCount ceiling: Int) {
        totalByteCount = ceiling / 2
        messageByteCount = min(messageByteCount, ceiling / 32)
        connectionCount = max(16, min(connectionCount, ceiling / 8_192))
        heldByteCount = min(heldByteCount, ceiling / 64)
        undecidedByteCount = min(undecidedByteCount, ceiling / 128)
        rowCount = min(rowCount, ceiling / 4_096)
        recentByteCount = min(recentByteCount, ceiling / 64)
        polledByteCount = min(polledByteCount, ceiling / 64)
    }

    /// Bytes of one direction of a connection that may wait for secrets.
    public var secretlessByteCount: Int { max(undecidedByteCount, totalByteCount >> 10) }

    var stream: StreamReassembler.Limits {
        var limits = StreamReassembler.Limits()
        limits.heldByteCount = heldByteCount
        return limits
    }

    var head: HeadLimits { HeadLimits(byteCount: headByteCount, headerCount: 1_000) }
}
