import Bytes
import Packets

/// Lets packets of certain TCP connections pass, and no others.
///
/// A connection is decided about when it begins: it passes if it belongs to the command. One that does not is kept for a while if it
/// speaks TLS, and passes with all its packets when secrets turn up under its client random. Connections that began before are
/// not looked at.
public struct ConnectionGate: ~Copyable {
    public typealias Packet = (header: PacketHeader, bytes: [UInt8])

    private enum Standing {
        case passes
        /// It began, and its client has said nothing yet.
        case silent([Packet])
        /// It speaks TLS.
        case waits(random: [UInt8], [Packet])
    }

    private var decoder = PacketDecoder()
    private var flows: [SocketPair: Standing] = [:]
    private var keptByteCount = 0
    /// Connections that passed.
    public private(set) var connectionCount = 0

    /// Bytes kept of all connections that are not decided about.
    private static let keptLimit = 32 << 20
    /// And of one.
    private static let flowLimit = 256 << 10
    /// Where a client random stands in the first record: after its header, that of the message, and the version (RFC 8446 §4.1.2).
    private static let randomRange = 11..<43

    public init() {}

    /// Whether a packet passes now. One that does not may pass later.
    /// - Parameter owns: whether a connection that begins with this packet is the command's.
    public mutating func passes(_ header: PacketHeader, _ bytes: Span<UInt8>, _ owns: (SocketPair) -> Bool) -> Bool {
        guard case .segment(let segment) = decoder.decode(header, bytes) else { return false }
        let pair = SocketPair(source: segment.source, destination: segment.destination)
        if segment.flags.contains(.syn), !segment.flags.contains(.ack) { return begin(pair, header, bytes, owns) }
        if let standing = flows[pair] { return take(standing, pair, segment, isFromClient: true, header, bytes, owns) }
        if let standing = flows[pair.reversed] { return take(standing, pair.reversed, segment, isFromClient: false, header, bytes, owns) }
        return false
    }

    private mutating func begin(_ pair: SocketPair, _ header: PacketHeader, _ bytes: Span<UInt8>, _ owns: (SocketPair) -> Bool) -> Bool {
        // The first segment may be sent again.
        if case .passes = flows[pair] { if owns(pair) { return true } }
        drop(pair)
        drop(pair.reversed)
        if owns(pair) {
            flows[pair] = .passes
            connectionCount += 1
            return true
        }
        keep([], pair, header, bytes, random: nil)
        return false
    }

    private mutating func take(
        _ standing: Standing, _ pair: SocketPair, _ segment: Segment, isFromClient: Bool, _ header: PacketHeader, _ bytes: Span<UInt8>,
        _ owns: (SocketPair) -> Bool
    ) -> Bool {
        switch standing {
        case .passes: return true
        case .waits(let random, let packets): keep(packets, pair, header, bytes, random: random)
        case .silent(let packets):
            let payload = bytes.extracting(segment.capturedRange)
            guard isFromClient, payload.count > 0 else {
                keep(packets, pair, header, bytes, random: nil)
                return false
            }
            // A handshake record whose message is a ClientHello.
            guard payload.count >= Self.randomRange.upperBound, payload[0] == 22, payload[1] == 3, payload[5] == 1 else {
                drop(pair)
                return false
            }
            keep(packets, pair, header, bytes, random: payload.extracting(Self.randomRange).copied())
        }
        return false
    }

    private mutating func keep(_ packets: [Packet], _ pair: SocketPair, _ header: PacketHeader, _ bytes: Span<UInt8>, random: [UInt8]?) {
        keptByteCount += bytes.count
        let kept = packets + [(header, bytes.copied())]
        flows[pair] = random.map { .waits(random: $0, kept) } ?? .silent(kept)
        if keptByteCount > Self.keptLimit { dropAllKept() }
        if kept.reduce(0, { $0 + $1.bytes.count }) > Self.flowLimit { drop(pair) }
    }

    private mutating func drop(_ pair: SocketPair) {
        switch flows.removeValue(forKey: pair) {
        case .silent(let packets), .waits(_, let packets): keptByteCount -= packets.reduce(0) { $0 + $1.bytes.count }
        case .passes, nil: break
        }
    }

    private mutating func dropAllKept() {
        flows = flows.filter { if case .passes = $0.value { true } else { false } }
        keptByteCount = 0
    }

    /// The packets of connections that pass from now on, in the order in which they came.
    /// - Parameter hasSecrets: whether there are secrets under a client random.
    public mutating func release(_ hasSecrets: ([UInt8]) -> Bool) -> [Packet] {
        var released: [Packet] = []
        for (pair, standing) in flows {
            guard case .waits(let random, let packets) = standing, hasSecrets(random) else { continue }
            released += packets
            drop(pair)
            flows[pair] = .passes
            connectionCount += 1
        }
        return released.sorted { $0.header.number < $1.header.number }
    }
}
