import Packets

/// Where in its TCP connection a packet's payload belongs.
public struct PacketPlace: Sendable {
    /// The TCP connection, counted from 1 in the order of appearance.
    public var flow: UInt64
    /// Sent by the end with the lower address; which end is the client may not be known yet.
    public var isFromLow: Bool
    /// Stream offset of the payload's first byte; negative for what was sent before the stream's beginning.
    public var offset: Int64
    public var segment: Segment
    /// The packets that `segment` was put together from, when IP had cut it; its offsets do not count in this packet then.
    public var fragments: [UInt64]
}

/// Where in its TCP connection a WebSocket connection stands.
public struct ConnectionPlace: Sendable {
    /// A message head as it stands in the stream.
    public struct Head: Sendable {
        public var offset: UInt64
        public var bytes: [UInt8]
        public var isRequest: Bool
    }

    public var flow: UInt64
    public var isClientLow: Bool
    /// Of the client's stream, what a load balancer put before the first request.
    public var proxyHeader: Head?
    public var request: Head?
    public var response: Head?
    /// Stream offset behind the body of a refusal; nil where its end was not seen, or did not come before it was told of.
    public var responseEnd: UInt64?
    /// Heads of other exchanges on the same TCP connection since the attempt before, interim responses among them; of each side
    /// in their order.
    public var others: [Head] = []
    /// Stream offsets that the frames' own count from.
    public var clientStart: UInt64 = 0
    public var serverStart: UInt64 = 0
}
