import Bytes
import Subprotocols
import WebSocket

/// What an Engine.IO session said by polling, before the WebSocket that goes on with it, or while that opened.
public struct PolledSession: Sendable {
    /// When its first request began, as far as it was captured.
    public var since: Timestamp
    /// Of the protocol: 3 or 4.
    public var version: Int
    /// What the server said when it opened the session; nil if that was not captured.
    public var opening: EngineIOOpening?
    /// It is reported for the first time.
    public var isBeginning = true
    /// Packets so far.
    public var clientCount: UInt64 = 0
    public var serverCount: UInt64 = 0
    /// Bodies since this was reported last of which some or all could not be read.
    public var unreadBodyCount: UInt64 = 0
    /// It may have begun by polling: such sessions were forgotten, since there were too many. Then nothing else is known.
    public var isForgotten = false
    /// The packet that was not of the protocol; none was decoded from there on.
    public var misfit: UInt64?
    /// Packets since this was reported last, of those with a meaning.
    public var packets: [PolledPacket] = []
    /// Others like them, which were not kept.
    public var omittedCount: UInt64 = 0

    public init(since: Timestamp, version: Int) {
        self.since = since
        self.version = version
    }
}

/// A packet that came by polling, and what it means.
// Invariant: nothing in it changes once it is made.
@safe
public final class PolledPacket: @unchecked Sendable {
    /// Among those of its session, of both sides, from 1.
    public let number: UInt64
    public let from: Side
    /// When the first byte of its body came.
    public let time: Timestamp
    /// When the last byte came.
    public let endTime: Timestamp
    public let byteCount: Int
    public let meaning: Meaning

    public init(number: UInt64, from side: Side, time: Timestamp, endTime: Timestamp, byteCount: Int, meaning: consuming Meaning) {
        self.number = number
        from = side
        self.time = time
        self.endTime = endTime
        self.byteCount = byteCount
        self.meaning = meaning
    }

    /// The same with another meaning, for a reader who may see less.
    public func showing(_ meaning: consuming Meaning) -> PolledPacket {
        PolledPacket(number: number, from: from, time: time, endTime: endTime, byteCount: byteCount, meaning: meaning)
    }
}
