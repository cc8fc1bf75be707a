import Bytes

/// What an interface counted from the start of a capture up to a time: an Interface Statistics Block.
public struct InterfaceStatistics: Equatable, Sendable {
    public var interface: UInt32
    public var time: Timestamp
    public var start: Timestamp?
    public var received: UInt64?
    public var droppedByInterface: UInt64?
    /// By everything between the interface and whoever wrote the packets down.
    public var droppedBySystem: UInt64?
    public var delivered: UInt64?

    public init(interface: UInt32, time: Timestamp) {
        self.interface = interface
        self.time = time
    }

    /// Packets lost in all; nil where nothing was counted.
    var dropped: UInt64? {
        guard droppedByInterface != nil || droppedBySystem != nil else { return nil }
        return (droppedByInterface ?? 0) &+ (droppedBySystem ?? 0)
    }
}

/// Packets that passed by between two times and were not captured.
public struct PacketLoss: Equatable, Sendable {
    /// 0 where it was counted that none were.
    public var count: UInt64
    public var from: Timestamp
    public var to: Timestamp

    public init(count: UInt64, from: Timestamp, to: Timestamp) {
        self.count = count
        self.from = from
        self.to = to
    }

    /// Makes this the loss of both.
    mutating func join(_ other: PacketLoss) {
        count &+= other.count
        from = min(from, other.from)
        to = max(to, other.to)
    }
}
