import Bytes
import Channels
import HTTP
import Rules
import Verdicts
import WebSocket

/// A full-duplex pair of byte streams and the protocol that is spoken on it, whoever carries the bytes.
///
/// An object, because sessions on it replace one another while they run. Packets whose frames are read in place do not touch it. What
/// every packet needs stands first, here and in all that is kept for each connection, so that it shares few cache lines.
// Invariant where accesses are not checked for exclusiveness, here and below: only the engine reaches them, in one thread, and while it
// changes one in place it calls nothing that reaches the same one. Bytes that wait are taken out while a session looks at them.
final class Channel {
    @safe @exclusivity(unchecked) var session: Session
    /// Layers below it.
    let depth: Int32
    /// The direction of the client's bytes; nil while that is not known.
    @safe @exclusivity(unchecked) var client: Direction?
    /// Heads come apart from its bytes, as in HTTP/2.
    @safe @exclusivity(unchecked) var hasHeads = false
    var hasReportedDataAfterEnd = false
    /// The capture has not all bytes of packets that brought its own; noted of the channel on TCP.
    var hasCutPackets = false
    /// What is spoken on it has been counted.
    var hasSpoken = false
    let id: ChannelID
    @safe @exclusivity(unchecked) private var directions = InlineArray<2, ChannelDirection> { _ in ChannelDirection() }
    /// The row of its flow.
    let flow: Int
    /// The channel that carries it, and keeps it alive; nil if TCP does.
    unowned let parent: Channel?
    let carrier: Carrier
    /// The last WebSocket connection on it that has ended.
    var ended: Connection?
    /// What was found before there was a connection to report it of.
    var noted: [(finding: Finding, direction: Direction)] = []
    /// What WebSocket connections share that follow one another on this channel; nil until there is something.
    private(set) var attempts: Attempts?

    /// What is spoken.
    enum Session {
        case http(HTTPSession)
        case webSocket(WebSocketSession)
        case carrier(CarrierSession)
        /// Something that is not read.
        case opaque
    }

    init(_ id: ChannelID, flow: Int, carrier: Carrier, parent: Channel? = nil, session: Session) {
        self.id = id
        self.flow = flow
        self.carrier = carrier
        self.parent = parent
        depth = parent.map { $0.depth + 1 } ?? 0
        self.session = session
    }

    /// `attempts`, made if there are none.
    func beginAttempts() -> Attempts {
        if let attempts { return attempts }
        let begun = Attempts()
        attempts = begun
        return begun
    }

    /// No byte has come on it.
    var isSilent: Bool {
        !isOpaque && Direction.allCases.allSatisfy { self[$0].stream.offset == 0 && self[$0].stream.pending.isEmpty }
    }

    /// A layer carries it, and not TCP.
    var isCarried: Bool { depth > 0 }

    subscript(direction: Direction) -> ChannelDirection {
        @inline(__always) _read { yield directions[direction == .fromLow ? 0 : 1] }
        @inline(__always) _modify { yield &directions[direction == .fromLow ? 0 : 1] }
    }

    func side(of direction: Direction) -> Side? { client.map { $0 == direction ? .client : .server } }
    func direction(of side: Side) -> Direction? { client.map { side == .client ? $0 : $0.opposite } }

    /// The WebSocket connection that is open on it, if any.
    var webSocket: WebSocketSession? { if case .webSocket(let session) = session { session } else { nil } }
    /// The row of the WebSocket connection on it, if nothing but frames can come in a direction, and nothing waits. Counts no references.
    @inline(__always)
    func socket(reading direction: Direction) -> Int? {
        guard self[direction].stream.pending.isEmpty, case .webSocket(let session) = session else { return nil }
        // Both are read before either is asked for, which saves a count of references.
        let (socket, isReading) = (session.socket, session.isReadingFrames(direction))
        return isReading ? socket : nil
    }
    /// A WebSocket connection is open on it, of which nothing but frames can come.
    var isReadingFrames: Bool {
        guard case .webSocket(let session) = session else { return false }
        return session.isReadingFrames(.fromLow) && session.isReadingFrames(.fromHigh)
    }
    var http: HTTPSession? { if case .http(let session) = session { session } else { nil } }
    var isOpaque: Bool { if case .opaque = session { true } else { false } }
    /// The connection that findings are about: the open one, or the last.
    var connection: Connection? { webSocket?.connection ?? ended }
}

/// One direction of a channel.
struct ChannelDirection: ~Copyable {
    /// Bytes that wait. Taken out while a session looks at them, so that code that runs meanwhile cannot change them.
    var stream = ByteStream()
    /// What this direction contributes to the count of waiting bytes.
    var countedByteCount = 0
    private var below: Below?

    struct End {
        var mark: PacketMark
        /// Its sender had received everything by then, or more than the capture has.
        var knewAll: Bool
        var knewMore: Bool
        /// No bytes of the flow are missing since the ones before it.
        var isInStep: Bool
    }

    /// What the layer below said of it. Behind a reference, since of TCP there is nothing.
    private final class Below {
        var flowEnd: UInt64 = 0
        var end: End?
        var spokeBeforeEnd: PacketMark?
        var abort: (abort: StreamAbort, mark: PacketMark)?
        var stall: EndFacts.Stall?
    }

    /// Offset in the flow's stream after what brought its newest bytes, where a layer carries it.
    var flowEnd: UInt64 {
        get { below?.flowEnd ?? 0 }
        set { note { $0.flowEnd = newValue } }
    }
    /// Its sender ended it, as the layer below says; TCP's own FIN is the flow's.
    var end: End? {
        get { below?.end }
        set { if newValue != nil || below != nil { note { $0.end = newValue } } }
    }
    /// Its last bytes before the first end of either direction, of itself or of what carries it.
    var spokeBeforeEnd: PacketMark? {
        get { below?.spokeBeforeEnd }
        set { if newValue != nil || below != nil { note { $0.spokeBeforeEnd = newValue } } }
    }
    /// Why its sender gave it up, where it did.
    var abort: (abort: StreamAbort, mark: PacketMark)? {
        get { below?.abort }
        set { if newValue != nil || below != nil { note { $0.abort = newValue } } }
    }
    /// Its receiver took no more, as the layer below says.
    var stall: EndFacts.Stall? {
        get { below?.stall }
        set { if newValue != nil || below != nil { note { $0.stall = newValue } } }
    }

    private mutating func note(_ change: (Below) -> Void) {
        let below = below ?? Below()
        change(below)
        self.below = below
    }
}

/// What is kept from one attempt on a channel for the next.
final class Attempts {
    /// A PROXY header before the client's first request, if heads are located.
    var proxyHeader: ConnectionPlace.Head?
    /// Heads of other exchanges since the attempt before, if heads are located.
    private var otherHeads: [ConnectionPlace.Head] = []
    private var otherHeadByteCount = 0
    private static let otherHeadLimit = 256 << 10

    func keep(_ head: ConnectionPlace.Head) {
        guard otherHeadByteCount < Self.otherHeadLimit else { return }
        otherHeads.append(head)
        otherHeadByteCount += head.bytes.count
    }

    func takeOtherHeads() -> [ConnectionPlace.Head] {
        defer { (otherHeads, otherHeadByteCount) = ([], 0) }
        return otherHeads
    }
}
