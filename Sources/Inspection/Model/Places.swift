import Packets

/// Where in its connection a packet's payload belongs.
public struct PacketPlace: Sendable {
    /// The connection of TCP or QUIC, counted from 1 in the order of appearance.
    public var flow: UInt64
    /// Sent by the end with the lower address; which end is the client may not be known yet.
    public var isFromLow: Bool
    /// Stream offset of the payload's first byte; negative for what was sent before the stream's beginning, 0 where
    /// nothing of the stream has come yet.
    public var offset: Int64
    /// Stream offset in the other direction up to which its sender had received everything; nil where that is not known.
    public var received: Int64?
    /// Nil for a datagram, whose bytes have no place in a stream as they are, and where other bytes were taken in place of these.
    public var segment: Segment?
    /// The packets that `segment` was put together from, if IP had fragmented it; its offsets are then not those in this packet.
    public var fragments: [UInt64]
}

/// Where something stands that is not known with its packet.
public enum Location: Sendable {
    /// A part of what streams share a TCP connection with.
    case part(StreamPart)
    /// A packet, by its number, that stands out of order at the beginning of its connection: it was taken after others that follow it.
    indirect case packet(UInt64, PacketPlace)
}

/// Where a WebSocket connection is in its TCP connection.
public struct ConnectionPlace: Sendable {
    /// A message head as it is in the stream.
    public struct Head: Sendable {
        public var offset: UInt64
        public var bytes: [UInt8]
        public var isRequest: Bool
    }

    public var flow: UInt64
    public var isClientLow: Bool
    /// What a load balancer put before the first request in the client's stream.
    public var proxyHeader: Head?
    public var request: Head?
    public var response: Head?
    /// Stream offset after the body of a refusal; nil if its end was not captured, or came after the refusal was reported.
    public var responseEnd: UInt64?
    /// Heads of other exchanges on the same TCP connection since the attempt before, including interim responses; those of each
    /// side in their order.
    public var others: [Head] = []
    /// Stream offsets from which the frames' offsets count.
    public var clientStart: UInt64 = 0
    public var serverStart: UInt64 = 0
}
