import Bytes

/// A layer on datagrams: one connection of a protocol that makes streams of its own out of them. QUIC.
///
/// It keeps what it cannot hand on yet, with the packets that brought it, and within its limits.
public protocol DatagramLayer: Layer {
    /// Takes one datagram, all of it.
    ///
    /// - Parameter mark: its packet.
    func take(_ datagram: Span<UInt8>, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput)

    /// Secrets have come: what waited for them goes on (`LayerFacts.isWaiting`).
    func resume(into output: inout LayerOutput)

    /// Whether the receiver of one direction of a stream has acknowledged its bytes up to an offset.
    func isAcknowledged(_ stream: UInt64, from direction: Direction, upTo offset: UInt64) -> Bool

    /// Packets of one direction were acknowledged that have not been captured.
    func lacksPackets(from direction: Direction) -> Bool

    /// How the connection ended, if packets say so; nil while it goes on.
    var end: DatagramEnd? { get }

    /// It ended.
    var hasEnded: Bool { get }

    /// After how much silence both ends give the connection up without a word, in milliseconds; nil where nothing says so.
    var idleTimeout: UInt64? { get }

    /// Memory of what waits.
    var waitingByteCount: Int { get }

    /// Memory that it takes to read the connection at all.
    var bareByteCount: Int { get }

    /// What one direction costs and loses, as far as its packets and acknowledgements show.
    func traffic(of direction: Direction) -> DatagramTraffic
}

extension DatagramLayer {
    public var hasEnded: Bool { end != nil }
}

/// How a connection on datagrams ended.
public struct DatagramEnd: Hashable, Sendable {
    /// Who ended it.
    public var by: Direction
    public var mark: PacketMark
    /// `CONNECTION_CLOSE` with its code; `stateless reset`.
    public var reason: StreamAbort

    public init(by: Direction, mark: PacketMark, reason: StreamAbort) {
        self.by = by
        self.mark = mark
        self.reason = reason
    }
}

/// What one direction of a connection on datagrams sent, and what became of it.
public struct DatagramTraffic: Equatable, Sendable {
    public var datagramCount: UInt64 = 0
    /// Bytes of datagrams, their UDP headers not among them.
    public var byteCount: UInt64 = 0
    /// Packets of the protocol, of which a datagram may have several.
    public var packetCount: UInt64 = 0
    /// Packets that were captured and that the receiver never acknowledged although it acknowledged later ones.
    public var lostPacketCount: UInt64 = 0
    /// Packets that were sent, as their numbers show, and not captured.
    public var missingPacketCount: UInt64 = 0
    /// Bytes of streams that were sent again.
    public var repeatedByteCount: UInt64 = 0

    public init() {}
}

/// Finds out which connection a datagram belongs to. There is one for each capture.
public protocol DatagramSorter: AnyObject {
    /// The connection of a datagram, made where it begins one; nil where it belongs to none.
    ///
    /// - Parameters:
    ///   - path: a number that stands for a pair of endpoints, the same for both directions.
    ///   - direction: which of the two sent it.
    func sort(_ datagram: Span<UInt8>, onPath path: UInt64, from direction: Direction) -> DatagramOwner?

    /// The connection that the last datagram was found to belong to, as long as it is not forgotten.
    var found: (any DatagramLayer)? { get }

    /// Has that connection take a datagram (`DatagramLayer.take`). Whoever asks need not hold it, so that no references are counted.
    func take(_ datagram: Span<UInt8>, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput) -> DatagramState

    /// Notes where whoever asks keeps that connection (`DatagramOwner.row`).
    func note(_ row: DatagramRow)

    /// A connection is over or was forgotten: no datagram need be found to belong to it.
    func forget(_ connection: UInt64)
}

/// The connection that a datagram belongs to.
public struct DatagramOwner {
    /// Counted from 0, never used again.
    public var connection: UInt64
    /// The datagram's direction in the connection, which is that on the path where the connection was first heard of.
    public var direction: Direction
    /// What was noted of the connection; nil before that.
    public var row: DatagramRow?

    public init(connection: UInt64, direction: Direction, row: DatagramRow? = nil) {
        self.connection = connection
        self.direction = direction
        self.row = row
    }
}

/// Where whoever asks a sorter keeps a connection: a row, and what tells its next owner apart.
public struct DatagramRow: Equatable, Sendable {
    public var index: Int32
    public var serial: UInt64

    public init(index: Int32, serial: UInt64) {
        self.index = index
        self.serial = serial
    }
}

/// A connection on datagrams after one of them.
public struct DatagramState: Equatable, Sendable {
    /// Memory that the connection takes, with what waits.
    public var byteCount: Int
    /// It ended (`DatagramLayer.hasEnded`).
    public var hasEnded: Bool

    public init(byteCount: Int, hasEnded: Bool) {
        self.byteCount = byteCount
        self.hasEnded = hasEnded
    }
}

/// A protocol on datagrams.
public protocol DatagramFactory: Sendable {
    func makeSorter() -> any DatagramSorter
    /// The name of a channel on it: `h3`.
    var transport: String { get }
}
