import WebSocket

/// A request that nothing answered.
public struct Unanswered: Sendable {
    public var from: Side
    public var type: StaticString
    /// In place of `type`, where applications choose the words; else empty.
    public var word: [UInt8]
    public var role: Operation.Role
    public var name: [UInt8]
    public var id: [UInt8]
    /// The message that asked, or the packet that came by polling (`MessageFacts.polled`).
    public var message: UInt64
    /// When, in nanoseconds.
    public var time: Int64

    /// `message 12`, or `polled packet 3`.
    public var source: String { MessageFacts.name(of: message) }
}

/// What became of the requests of a connection that has ended, other than that they were answered.
public struct UnansweredRequests: Sendable {
    /// Those that nothing answered.
    public var named: [Unanswered] = []
    /// Others like them, which were not kept.
    public var omittedCount: UInt64 = 0
    /// Requests that may have been answered: too many were open at once, or their id was too long, so that they were not paired.
    public var unpairedCount: UInt64 = 0
    /// False if messages are missing or were not decoded, so that the answers may have been among them.
    public var isCertain = true

    public init() {}

    public var isEmpty: Bool { named.isEmpty && omittedCount == 0 && unpairedCount == 0 }
}
