/// What one packet was found to be.
public enum Decoded: Hashable, Sendable {
    /// A segment whose offsets count in the packet's own bytes.
    case segment(Segment)
    /// A segment that this packet's fragment made whole; its offsets count in `PacketDecoder.reassembledBytes`.
    case reassembled(Segment)
    /// A UDP datagram that carries no tunnel that is read.
    case datagram(Datagram)
    case other(Undecoded)

    public var segment: Segment? {
        switch self {
        case .segment(let segment), .reassembled(let segment): segment
        case .datagram, .other: nil
        }
    }
}
