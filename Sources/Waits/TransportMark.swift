import WebSocket

/// What one TCP segment shows of the way that data take: where it belongs, what it acknowledges, how much its sender still takes.
///
/// Times are nanoseconds, offsets count the bytes of a side's TCP stream.
public struct TransportMark: Sendable, Equatable {
    /// The TCP connection, as `Carrier.flow` has it.
    public var flow: UInt64
    public var packet: UInt64
    public var time: Int64
    public var from: Side
    /// The offset of its first byte in its sender's stream.
    public var start: Int64
    public var byteCount: Int
    /// Some of its bytes came before.
    public var isRepeated: Bool
    /// Bytes before it are missing as yet.
    public var isHeld: Bool
    /// It brings the bytes for which others waited.
    public var fillsGap: Bool
    /// The offset up to which it acknowledges the other side's stream; nil if it does not say.
    public var acknowledged: Int64?
    /// Bytes beyond these that its sender takes; nil if the window's scale is not known.
    public var window: Int?
    /// Bytes of the largest segment that its sender takes; nil if its SYN was not captured.
    public var segmentLimit: Int?
    /// The least time from data of the other side to their acknowledgement: the round trip between the capture and the sender of this.
    public var roundTrip: Int64?

    public init(
        flow: UInt64, packet: UInt64, time: Int64, from: Side, start: Int64, byteCount: Int, isRepeated: Bool = false, isHeld: Bool = false,
        fillsGap: Bool = false, acknowledged: Int64? = nil, window: Int? = nil, segmentLimit: Int? = nil, roundTrip: Int64? = nil
    ) {
        self.flow = flow
        self.packet = packet
        self.time = time
        self.from = from
        self.start = start
        self.byteCount = byteCount
        self.isRepeated = isRepeated
        self.isHeld = isHeld
        self.fillsGap = fillsGap
        self.acknowledged = acknowledged
        self.window = window
        self.segmentLimit = segmentLimit
        self.roundTrip = roundTrip
    }

    var end: Int64 { start + Int64(byteCount) }
}
