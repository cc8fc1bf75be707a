import WebSocket

/// What frames waited for on a TCP connection that several streams share: segments that came late and had nothing of theirs.
public struct HeadOfLine: Sendable, Equatable {
    /// Frames that waited.
    public var frameCount: UInt64 = 0
    /// The sum of their waits.
    public var nanoseconds: Int64 = 0
    /// Late segments that others waited for.
    public var segmentCount: UInt64 = 0
    /// WebSocket connections that those frames belong to.
    public var connections: Set<UInt64> = []
    public var longest: Waited?

    /// One frame that waited.
    public struct Waited: Sendable, Equatable {
        public var nanoseconds: Int64
        public var connection: UInt64
        public var frame: UInt64
        public var from: Side
        /// The packet that brought what was missing.
        public var packet: UInt64
    }

    public init() {}

    public mutating func add(_ waited: Waited) {
        frameCount += 1
        nanoseconds += waited.nanoseconds
        connections.insert(waited.connection)
        if waited.nanoseconds > longest?.nanoseconds ?? 0 { longest = waited }
    }

    public static func + (a: HeadOfLine, b: HeadOfLine) -> HeadOfLine {
        var sum = a
        sum.frameCount += b.frameCount
        sum.nanoseconds += b.nanoseconds
        sum.segmentCount += b.segmentCount
        sum.connections.formUnion(b.connections)
        if let longest = b.longest, longest.nanoseconds > sum.longest?.nanoseconds ?? 0 { sum.longest = longest }
        return sum
    }
}
