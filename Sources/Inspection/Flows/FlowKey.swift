import Channels
import Packets

/// The two ends of a connection, in an order that both directions agree on; packed, because it is compared for each packet.
struct FlowKey: Hashable {
    private var lowAddress: (high: UInt64, low: UInt64)
    private var highAddress: (high: UInt64, low: UInt64)
    /// The low end's port in the upper half, the high end's in the lower.
    private var ports: UInt32
    /// The tunnel (`TunnelScope`), and in the highest bit that the addresses are those of IPv4.
    private var family: UInt16

    private static var v4: UInt16 { 0x8000 }
    private var isV4: Bool { family & Self.v4 != 0 }
    var scope: TunnelScope { TunnelScope(rawValue: family & ~Self.v4) }
    /// The same ends outside of any tunnel.
    var outside: FlowKey {
        var key = self
        key.family &= Self.v4
        return key
    }

    /// The key of a segment, and which end sent it.
    @inline(__always)
    static func of(_ segment: Segment) -> (key: FlowKey, direction: Direction) {
        let (a, b) = (segment.source, segment.destination)
        return precedes(a, b)
            ? (FlowKey(low: a, high: b, segment.scope), .fromLow) : (FlowKey(low: b, high: a, segment.scope), .fromHigh)
    }

    /// The same of a datagram.
    static func of(_ datagram: Datagram) -> (key: FlowKey, direction: Direction) {
        let (a, b) = (datagram.source, datagram.destination)
        return precedes(a, b)
            ? (FlowKey(low: a, high: b, datagram.scope), .fromLow) : (FlowKey(low: b, high: a, datagram.scope), .fromHigh)
    }

    /// The same of a segment between IPv4 addresses.
    @inline(__always)
    static func of(_ segment: PlainSegment) -> (key: FlowKey, direction: Direction) {
        of(v4: segment.source, segment.sourcePort, segment.destination, segment.destinationPort)
    }

    /// The same of a packet that is likely to be such a segment.
    @inline(__always)
    static func of(_ ends: LikelyEnds) -> (key: FlowKey, direction: Direction) {
        of(v4: ends.source, ends.sourcePort, ends.destination, ends.destinationPort)
    }

    /// The same of a datagram between IPv4 addresses.
    @inline(__always)
    static func of(_ datagram: PlainDatagram) -> (key: FlowKey, direction: Direction) {
        of(v4: datagram.source, datagram.sourcePort, datagram.destination, datagram.destinationPort)
    }

    @inline(__always)
    private static func of(
        v4 source: UInt32, _ sourcePort: UInt16, _ destination: UInt32, _ destinationPort: UInt16
    ) -> (key: FlowKey, direction: Direction) {
        let (a, b) = (UInt64(source), UInt64(destination))
        let (portA, portB) = (UInt32(sourcePort), UInt32(destinationPort))
        return a < b || a == b && portA <= portB
            ? (FlowKey(v4Low: a, high: b, ports: portA << 16 | portB), .fromLow)
            : (FlowKey(v4Low: b, high: a, ports: portB << 16 | portA), .fromHigh)
    }

    @inline(__always)
    private init(v4Low low: UInt64, high: UInt64, ports: UInt32) {
        lowAddress = (0, low)
        highAddress = (0, high)
        self.ports = ports
        family = Self.v4
    }

    @inline(__always)
    init(low: Endpoint, high: Endpoint, _ scope: TunnelScope = .none) {
        lowAddress = (low.address.high, low.address.low)
        highAddress = (high.address.high, high.address.low)
        ports = UInt32(low.port) << 16 | UInt32(high.port)
        family = scope.rawValue | (low.address.isV4 ? Self.v4 : 0)
    }

    var low: Endpoint { Endpoint(address: Self.address(lowAddress, isV4), port: UInt16(truncatingIfNeeded: ports >> 16)) }
    var high: Endpoint { Endpoint(address: Self.address(highAddress, isV4), port: UInt16(truncatingIfNeeded: ports)) }

    private static func address(_ words: (high: UInt64, low: UInt64), _ isV4: Bool) -> IPAddress {
        isV4 ? IPAddress(v4: UInt32(truncatingIfNeeded: words.low)) : IPAddress(v6: words.high, words.low)
    }

    @inline(__always)
    private static func precedes(_ a: Endpoint, _ b: Endpoint) -> Bool {
        if a.address.low != b.address.low { return a.address.low < b.address.low }
        if a.address.high != b.address.high { return a.address.high < b.address.high }
        return a.port <= b.port
    }

    @inline(__always)
    static func == (a: FlowKey, b: FlowKey) -> Bool {
        a.ports == b.ports && a.lowAddress.low == b.lowAddress.low && a.highAddress.low == b.highAddress.low
            && a.lowAddress.high == b.lowAddress.high && a.highAddress.high == b.highAddress.high && a.family == b.family
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(lowAddress.high)
        hasher.combine(lowAddress.low)
        hasher.combine(highAddress.high)
        hasher.combine(highAddress.low)
        hasher.combine(ports)
        hasher.combine(family)
    }

    /// A hash that nobody can predict without the seed, so that chosen addresses cannot make searches long.
    ///
    /// Folded multiplication: each step mixes all bits of a word with all of the seed.
    @inline(__always)
    func hash(_ seed: HashSeed) -> UInt64 {
        var mixed = Self.fold(lowAddress.low ^ seed.words.0, highAddress.low ^ seed.words.1)
        if !isV4 { mixed ^= Self.fold(lowAddress.high ^ seed.words.2, highAddress.high ^ seed.words.3) }
        return Self.fold(mixed ^ UInt64(ports) ^ UInt64(family) << 32, seed.words.2 ^ 0x9E37_79B9_7F4A_7C15)
    }

    @inline(__always)
    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}

/// What a table's hashes depend on.
struct HashSeed: Sendable {
    let words: (UInt64, UInt64, UInt64, UInt64)

    /// - Parameter generator: the source of the seed; a test may want the same each time.
    init(using generator: inout some RandomNumberGenerator) {
        words = (generator.next() | 1, generator.next() | 1, generator.next() | 1, generator.next() | 1)
    }

    static var random: HashSeed {
        var generator = SystemRandomNumberGenerator()
        return HashSeed(using: &generator)
    }
}
