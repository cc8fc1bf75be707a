import Bytes

/// What an interface counted from the start of a capture up to a time: an Interface Statistics Block.
public struct InterfaceStatistics: Equatable, Sendable {
    public var interface: UInt32
    public var time: Timestamp
    public var start: Timestamp?
    public var received: UInt64?
    public var droppedByInterface: UInt64?
    /// By everything between the interface and the program that captures.
    public var droppedBySystem: UInt64?
    /// By the program that captures, for want of room; in a file they are among those that the system dropped.
    public var droppedByProgram: UInt64 = 0
    /// Packets handed on by the program that captures.
    public var delivered: UInt64?

    public init(interface: UInt32, time: Timestamp) {
        self.interface = interface
        self.time = time
    }

    /// Packets lost in all; nil where nothing was counted.
    public var dropped: UInt64? {
        guard droppedByInterface != nil || droppedBySystem != nil else { return nil }
        return (droppedByInterface ?? 0) &+ (droppedBySystem ?? 0) &+ droppedByProgram
    }

    /// The same without the packets handed on, of which a file that is made from another has fewer.
    public var withoutDelivered: InterfaceStatistics {
        var rest = self
        rest.delivered = nil
        return rest
    }

    /// What was counted since an earlier count.
    func since(_ before: InterfaceStatistics?) -> InterfaceStatistics {
        guard let before else { return self }
        func more(_ now: UInt64?, _ then: UInt64?) -> UInt64? { now.map { $0 - min($0, then ?? 0) } }
        var rest = self
        rest.start = before.time
        rest.received = more(received, before.received)
        rest.droppedByInterface = more(droppedByInterface, before.droppedByInterface)
        rest.droppedBySystem = more(droppedBySystem, before.droppedBySystem)
        rest.droppedByProgram = droppedByProgram - min(droppedByProgram, before.droppedByProgram)
        rest.delivered = more(delivered, before.delivered)
        return rest
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

    /// What was lost between two counts of an interface, the earlier of which may not be known; nil where nothing was counted,
    /// or where the second turns out to be the earlier.
    public init?(from before: InterfaceStatistics?, to after: InterfaceStatistics) {
        guard let dropped = after.dropped, dropped >= before?.dropped ?? 0 else { return nil }
        count = dropped - (before?.dropped ?? 0)
        from = before?.time ?? after.start ?? Timestamp(nanoseconds: .min)
        to = max(from, after.time)
    }

    /// Makes this the loss of both.
    mutating func join(_ other: PacketLoss) {
        count &+= other.count
        from = min(from, other.from)
        to = max(to, other.to)
    }
}

/// Statistics that a capture file told, and what they say was lost since those before.
public struct InterfaceCount: Equatable, Sendable {
    public var statistics: InterfaceStatistics
    /// nil where nothing was counted.
    public var loss: PacketLoss?

    public init(statistics: InterfaceStatistics, loss: PacketLoss?) {
        self.statistics = statistics
        self.loss = loss
    }

    /// Makes this stand for both: counts include those before them, losses do not.
    mutating func join(_ later: InterfaceCount) {
        statistics = later.statistics
        guard let more = later.loss else { return }
        if loss == nil { loss = more } else { loss?.join(more) }
    }
}
