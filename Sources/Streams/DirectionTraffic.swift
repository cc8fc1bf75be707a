import Bytes
import Packets

/// What one direction of a connection of TCP or UDP costs, from the IP header up, and how soon its data are acknowledged.
///
/// Counted only if `Inspector.Options.measuresTraffic` is set. Link layers are not counted: what they add differs from hop to hop.
///
/// Counted by one thread only, and read by a report once nothing more is counted.
public final class DirectionTraffic: @unchecked Sendable {
    public private(set) var packets: UInt64 = 0
    /// Packets of TCP that bring nothing but an acknowledgement.
    public private(set) var acknowledgments: UInt64 = 0
    /// Bytes of IP and TCP headers, options included, or of IP and UDP.
    public private(set) var headerBytes: UInt64 = 0
    /// Bytes that TCP or UDP carries, including repeated ones.
    public private(set) var payloadBytes: UInt64 = 0
    /// Those of them that were sent before: retransmitted, or captured twice.
    package(set) public var repeatedBytes: UInt64 = 0
    /// From data to the acknowledgement that covers them: the round trip between the capture and the other end, plus as long as
    /// that end's TCP delays the acknowledgement.
    ///
    /// A SYN, whose answer nobody delays, counts as data. One sample at a time is awaited, and none for what was sent twice, because
    /// which copy is acknowledged cannot be known (Karn; RFC 6298 §3).
    package(set) public var acknowledgeTimes = Durations()

    private var awaited: (end: UInt32, since: Timestamp)?
    /// The sequence number after everything sent, and the highest that was acknowledged.
    private var highest: UInt32?
    private var acknowledged: UInt32?

    package init() {}

    /// A copy of the figures, to which nothing is added.
    package init(_ other: DirectionTraffic) {
        packets = other.packets
        acknowledgments = other.acknowledgments
        headerBytes = other.headerBytes
        payloadBytes = other.payloadBytes
        repeatedBytes = other.repeatedBytes
    }

    /// Takes one of this direction's packets.
    public func count(_ segment: Segment, at time: Timestamp) {
        packets += 1
        headerBytes += UInt64(segment.internetHeaderLength + segment.headerLength)
        let flags = segment.flags.rawValue
        let numbered = UInt8(0) + (flags & TCPFlags.syn.rawValue != 0 ? 1 : 0) + (flags & TCPFlags.fin.rawValue != 0 ? 1 : 0)
        guard numbered > 0 || segment.payloadLength > 0 else {
            if flags & TCPFlags.rst.rawValue == 0 { acknowledgments += 1 }
            return
        }
        payloadBytes += UInt64(segment.payloadLength)
        let end = segment.sequence &+ UInt32(truncatingIfNeeded: segment.payloadLength) &+ UInt32(numbered)
        if let highest, Self.precedes(segment.sequence, highest) {
            if let awaited, Self.precedes(segment.sequence, awaited.end) { self.awaited = nil }
            if Self.precedes(highest, end) { self.highest = end }
            return
        }
        highest = end
        // Packets of the two directions may be in the wrong order: then the answer has come already.
        if let acknowledged, !Self.precedes(acknowledged, end) { return }
        if awaited == nil { awaited = (end, time) }
    }

    /// Takes a datagram of this direction.
    ///
    /// - Parameter headerLength: bytes of its IP and UDP headers.
    public func count(datagramOf byteCount: Int, headerLength: Int) {
        packets += 1
        headerBytes += UInt64(headerLength)
        payloadBytes += UInt64(byteCount)
    }

    /// Takes an acknowledgement number of the other direction.
    public func acknowledge(_ number: UInt32, at time: Timestamp) {
        acknowledged = number
        guard let awaited, !Self.precedes(number, awaited.end) else { return }
        acknowledgeTimes.add(time.nanoseconds(since: awaited.since))
        self.awaited = nil
    }

    /// Sequence numbers are compared modulo 2^32 (RFC 9293 §3.4).
    private static func precedes(_ a: UInt32, _ b: UInt32) -> Bool { Int32(bitPattern: a &- b) < 0 }
}
