import Bytes
import Packets
import Rules

/// The whole stack: packets in, events out (`Docs/Architecture.md`, "One byte, from the wire to the line").
///
/// Does no I/O and reads no clock; time is the packets' time.
public struct Inspector: ~Copyable {
    public struct Options: Sendable {
        public var limits = Limits()
        /// Payload bytes of a frame or message that the sink wants to see; never more than `Limits.messageByteCount`.
        public var keptByteCount = Int.max
        /// The sink wants the wire bytes of compressed frames.
        public var keepsWireBytes = true
        /// `lastFlow` is wanted.
        public var tracksFlows = false
        /// Rules whose findings are neither told nor counted.
        public var ignoredRules: Set<Rule> = []
        /// Count packets and acknowledgement times of each connection, and tell of HTTP exchanges.
        public var measuresTraffic = false
        /// Say where packets, heads and frames stand in TCP's streams, for those who write packets.
        public var locates = false

        public init() {}
    }

    private var decoder = PacketDecoder()
    private let engine: Engine

    public init(_ options: Options = Options()) {
        engine = Engine(options)
    }

    /// Takes the next packet, in the order of the capture.
    public mutating func inspect(_ header: PacketHeader, _ bytes: Span<UInt8>, into sink: inout some EventSink & ~Copyable) {
        engine.countPacket(header)
        if engine.tracksFlows { engine.forgetLastFlow() }
        if engine.locates { engine.place = nil }
        switch decoder.decode(header, bytes) {
        case .segment(let segment):
            engine.take(segment, bytes.extracting(segment.capturedRange), header, into: &sink)
        case .reassembled(let segment):
            engine.take(segment, decoder.reassembledBytes.extracting(segment.capturedRange), header, into: &sink)
            engine.place?.fragments = decoder.reassembledPackets
        case .other(let reason):
            engine.countUndecoded(reason)
        }
    }

    /// Takes notice that the capture lost packets between two times; 0 says that it counts them and lost none.
    ///
    /// To be told before the packets behind the loss: bytes that turn out to be missing from there are said to be lost at capture.
    public mutating func noteLoss(of count: UInt64, from: Timestamp, to: Timestamp) {
        engine.noteLoss(of: count, from: from, to: to)
    }

    /// Says that no packet follows: holes are closed, open connections end. What is inspected after that is another capture.
    public mutating func finish(into sink: inout some EventSink & ~Copyable) {
        engine.finish(into: &sink)
    }

    /// The TCP connection of the packet that was inspected last, and what is known of it by now.
    ///
    /// Known only where `Options.tracksFlows` is set.
    public var lastFlow: FlowStanding { engine.standing }

    /// Where the last packet belongs, if `Options.locates` and to a TCP connection that is followed.
    public var place: PacketPlace? { engine.place }

    /// Bytes that wait in all connections, as `Limits.totalByteCount` counts them.
    var waitingByteCount: Int { engine.waitingByteCount }

    /// What was counted so far.
    public var summary: Summary { engine.summary }
}
