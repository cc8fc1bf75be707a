import Bytes
import Channels
import TLS

/// One QUIC connection: datagrams in, what its streams carry out (RFC 9000, RFC 9001).
///
/// Reads what the two ends say and takes part in nothing. Which keys protect a packet is found out by trial: a packet that opens proves
/// its keys. What cannot be opened yet waits.
// Invariant where accesses are not checked for exclusiveness: one thread reaches them, and what changes one in place calls nothing that
// reaches the same one.
public final class QUICConnection: DatagramLayer {
    let store: KeyStore
    let streamLayer: any StreamLayer
    let limits: QUICLimits
    /// The application protocols of interest (ALPN).
    let protocols: Set<String>
    let number: UInt64
    /// Where other datagrams are looked up.
    let table: ConnectionIDTable
    /// The client's direction.
    let client: Direction
    let fromLow: Sender
    let fromHigh: Sender

    @safe @exclusivity(unchecked) var streams = StreamTable()
    let room: PacketRoom
    /// Where whoever reads the connection keeps it.
    @safe @exclusivity(unchecked) var row: DatagramRow?
    /// Datagrams so far.
    @safe @exclusivity(unchecked) var datagramCount: UInt64 = 0

    /// The version that the server speaks, or the client, as long as the server has not said anything.
    var version: QUICVersion
    /// What Initial packets are protected with, and what that is derived from.
    var initialDestination: ConnectionID
    var initialV1: InitialProtection?
    var initialV2: InitialProtection?
    var hasRetried = false
    var hasNegotiatedVersion = false
    /// Its handshake is over and was read: no other packet of it is needed.
    var isConfirmed = false
    /// Something of the server's was opened.
    var isAnswered = false

    var hello: ClientHello?
    var answer: ServerHello?
    /// The suite that the server chose, or that a packet has proved.
    var suite: PacketSuite?
    var earlyData = EarlyData.none
    var security = Security()
    /// The application protocol is another one.
    @safe @exclusivity(unchecked) var isForeign = false
    /// Grows when packets that wait may have become readable.
    @safe @exclusivity(unchecked) var readiness = 0
    var waitingOrder: UInt64 = 0
    public internal(set) var end: DatagramEnd?
    @safe @exclusivity(unchecked) public internal(set) var hasEnded = false
    /// The alert that ended the handshake.
    var refusal: Alert?
    /// Packets that end with something that is no frame.
    var malformedCount: UInt64 = 0

    /// Early data of the client (RFC 9001 §4.6).
    enum EarlyData {
        case none
        /// It was offered, and the server's decision is not known.
        case offered
        case accepted
        case refused
    }

    /// - Parameters:
    ///   - client: the direction of the client.
    ///   - destination: of the client's first packet.
    ///   - initial: what is derived from it.
    init(
        _ number: UInt64, client: Direction, _ version: QUICVersion, destination: ConnectionID, _ initial: consuming InitialProtection,
        _ settings: QUICSettings, _ table: ConnectionIDTable, _ room: PacketRoom
    ) {
        self.number = number
        self.client = client
        self.version = version
        self.table = table
        self.room = room
        store = settings.store
        streamLayer = settings.makeStreams(client)
        limits = settings.limits
        protocols = settings.protocols
        initialDestination = destination
        fromLow = Sender(.fromLow)
        fromHigh = Sender(.fromHigh)
        switch version {
        case .v1: initialV1 = consume initial
        case .v2: initialV2 = consume initial
        }
        register(destination, of: server)
    }

    @inline(__always)
    func sender(_ direction: Direction) -> Sender { direction == .fromLow ? fromLow : fromHigh }

    /// Whether a datagram begins with an ID that its receiver is known by.
    ///
    /// - Parameter direction: that of the receiver.
    @inline(__always)
    func isAddressed(_ direction: Direction, by datagram: Span<UInt8>) -> Bool {
        direction == .fromLow ? fromLow.isAddressed(by: datagram) : fromHigh.isAddressed(by: datagram)
    }

    var server: Sender { sender(client.opposite) }
    func isClient(_ sender: Sender) -> Bool { sender.direction == client }

    /// Notes a connection ID that an end chose.
    func register(_ id: ConnectionID, of owner: Sender) {
        if let old = owner.add(id) { table.remove(old, of: number) }
        table.add(id, of: number, owner: owner.direction)
    }

    // MARK: Layer

    public func finish(into output: inout LayerOutput) {
        if earlyData == .offered { decideEarlyData(answer?.selectsPreSharedKey ?? true) }
        takeWaiting(into: &output)
        for sender in [fromLow, fromHigh] { _ = sender.waiting.takeAll() }
        flushAll(into: &output)
        streamLayer.finish(into: &output)
    }

    public func resume(into output: inout LayerOutput) { takeWaiting(into: &output) }

    public func framing(of direction: Direction) -> Framing? { streamLayer.framing(of: direction) }

    // MARK: Facts

    public var facts: LayerFacts {
        var facts = LayerFacts()
        facts.security = security
        facts.security?.wireByteCount = fromLow.traffic.byteCount + fromHigh.traffic.byteCount
        facts.client = client
        facts.hasHeads = true
        // Of a stream that begins without a head nothing is known.
        facts.isFromBeginning = false
        facts.isWaiting = store.expectsMore && !(fromLow.waiting.isEmpty && fromHigh.waiting.isEmpty)
        let isOneSided = (fromLow.phases == nil) != (fromHigh.phases == nil)
        if isOneSided, !isForeign { facts.unread = fromLow.phases == nil ? .fromLow : .fromHigh }
        facts.opacity = opacity
        return facts
    }

    /// After how much silence the ends give the connection up without a word, in milliseconds (RFC 9000 §10.1); nil where none is set.
    public var idleTimeout: UInt64? {
        [fromLow, fromHigh].compactMap { $0.parameters?.idleTimeout }.min()
    }

    public var waitingByteCount: Int { fromLow.waitingByteCount + fromHigh.waitingByteCount + streamLayer.waitingByteCount }

    /// As measured: keys and their contexts, numbers, IDs.
    public var bareByteCount: Int { 32 << 10 }

    public func traffic(of direction: Direction) -> DatagramTraffic {
        let sender = sender(direction)
        var traffic = sender.traffic
        traffic.missingPacketCount = sender.application.missingCount + sender.handshake.missingCount + sender.initial.missingCount
        traffic.lostPacketCount = sender.sent.lostPacketCount(acknowledgedEnd: sender.application.acknowledgedEnd)
        return traffic
    }
}

/// What was decrypted of a packet, and its header: shared by all connections, so that the room is at hand.
final class PacketRoom {
    // Invariant: one thread reaches them, and what changes one in place calls nothing that reaches the same one.
    @safe @exclusivity(unchecked) var plain = ByteBuffer()
    @safe @exclusivity(unchecked) var header = ByteBuffer()
}
