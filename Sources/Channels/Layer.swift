import Bytes

/// A protocol that carries others: bytes of one channel, or datagrams, in; bytes of the channels above it out.
///
/// A layer owns its own state and nothing else. It knows neither what is below it nor what is above, and reports everything through
/// `LayerOutput`.
public protocol Layer: AnyObject {
    /// What the layer has found out about the connection that it carries.
    var facts: LayerFacts { get }

    /// Asks it to report where parts of its units stand (`LayerOutput.place`). A layer need not be able to.
    func locateParts()

    /// What one end spends on keeping streams apart; nil for a layer that carries one stream only.
    func framing(of direction: Direction) -> Framing?

    /// The capture has not all bytes of some of its packets, although it began before the connection.
    func noteCutPackets()

    /// Nothing more comes in either direction: what was waited for will not come either. A layer need not have kept anything to report.
    func finish(into output: inout LayerOutput)
}

extension Layer {
    public var facts: LayerFacts { LayerFacts() }
    public func locateParts() {}
    public func framing(of direction: Direction) -> Framing? { nil }
    public func noteCutPackets() {}
    public func finish(into output: inout LayerOutput) {}
}

/// A layer on a channel: it takes the channel's bytes. TLS, HTTP/2 and tunnels.
///
/// It holds no bytes that it has not consumed.
public protocol ByteLayer: Layer {
    /// Takes bytes of one direction; the number of those it has consumed. What it leaves comes again with more after it, as long as
    /// that is not too much (`Limits.undecidedByteCount`): a layer that waits for more than that is given up.
    func take(_ bytes: Span<UInt8>, from direction: Direction, into output: inout LayerOutput) -> Int

    /// Takes the first unit of `bytes`, a record or a frame of the layer, where it is what nearly all are: whole, with nothing to report
    /// but content for one stream. Nil for any other unit, which `take` gets then: nothing has changed.
    ///
    /// Asked only where no byte of this direction waits. A layer need not have ordinary units.
    /// - Parameter made: empty; for content that is not a range of `bytes`.
    func takeOrdinary(_ bytes: Span<UInt8>, from direction: Direction, into made: inout ByteBuffer) -> OrdinaryUnit?

    /// How many bytes of one direction, counted from the first that waits, the layer wants to see before it goes on; 0 where it cannot say.
    func awaitedByteCount(from direction: Direction) -> Int

    /// Nothing comes right after the bytes of one direction that wait, because of a gap or the end. True where that lets the layer take
    /// some of them; they come again then. A layer need not look for anything.
    func conclude(from direction: Direction) -> Bool

    /// Bytes of one direction are missing: those that wait, if any do, are given up, and then so many. None but those that wait,
    /// where they took too much memory.
    func noteGap(_ gap: Gap, from direction: Direction, into output: inout LayerOutput)

    /// So many bytes of one direction came and were not kept, because too many waited: a gap for which the capture is not to blame.
    func noteOverflow(_ count: UInt64, from direction: Direction, into output: inout LayerOutput)

    /// What waits of one direction waits for what may come late, and not for more bytes after it.
    func isHeldUp(from direction: Direction) -> Bool
}

extension ByteLayer {
    public func takeOrdinary(_ bytes: Span<UInt8>, from direction: Direction, into made: inout ByteBuffer) -> OrdinaryUnit? { nil }
    public func awaitedByteCount(from direction: Direction) -> Int { 0 }
    public func conclude(from direction: Direction) -> Bool { false }
    public func noteOverflow(_ count: UInt64, from direction: Direction, into output: inout LayerOutput) {
        noteGap(.exact(count), from: direction, into: &output)
    }
    public func isHeldUp(from direction: Direction) -> Bool { false }
}

/// A whole unit of a layer that has nothing but content of one stream.
public struct OrdinaryUnit: Equatable, Sendable {
    /// The number of bytes that it has, its header among them.
    public var byteCount: Int
    /// Where its content stands in the bytes that were given; nil where it was made of them.
    public var content: Range<Int>?
    public var stream: UInt64?

    @inlinable
    public init(byteCount: Int, content: Range<Int>? = nil, stream: UInt64? = nil) {
        self.byteCount = byteCount
        self.content = content
        self.stream = stream
    }
}

/// What a layer knows about the connection that it reads.
public struct LayerFacts: Sendable {
    /// How the connection is secured; nil if this layer secures nothing.
    public var security: Security?
    /// Why nothing, or not everything, of what it carries can be read; nil if all can.
    public var opacity: Opacity?
    /// The client's direction, where the layer has found out.
    public var client: Direction?
    /// It waits for what may come late, and not for more bytes.
    public var isWaiting = false
    /// A direction of which nothing can be read, although the other one can.
    public var unread: Direction?
    /// Directions of which some was read, and what comes next cannot be.
    public var stopped = (fromLow: false, fromHigh: false)
    /// The first bytes of what it carries were captured.
    public var isFromBeginning = true
    /// Heads of its streams come by themselves (`LayerOutput.head`), and not as bytes.
    public var hasHeads = false

    public init() {}

    /// What comes next in a direction cannot be read.
    public func isUnread(_ direction: Direction) -> Bool {
        unread == direction || (direction == .fromLow ? stopped.fromLow : stopped.fromHigh)
    }
}

/// Recognises a layer by its first bytes and makes it.
public protocol LayerFactory: Sendable {
    /// Whether the first bytes of one direction of a channel belong to this layer.
    func recognize(_ bytes: Span<UInt8>, fromServer: Bool) -> Recognition

    /// Whether bytes of a channel whose beginning was not captured belong to this layer. They begin where a packet does.
    func recognize(midway bytes: Span<UInt8>) -> Recognition

    /// - Parameter isFromBeginning: false if the first bytes were not captured.
    func makeLayer(isFromBeginning: Bool) -> any ByteLayer

    /// Makes the layer that an upgrade of HTTP/1.1 to this protocol leads to, where the request becomes stream 1; nil if it is another.
    ///
    /// - Parameters:
    ///   - name: as in the field Upgrade of the answer.
    ///   - client: the direction that asked.
    func makeLayer(upgradedTo name: String, askedBy client: Direction) -> (any ByteLayer)?

    /// The name of a channel on this layer, given the name of the one below: `tls` on `tcp`, for example.
    func transport(over transport: String) -> String
}

extension LayerFactory {
    public func recognize(midway bytes: Span<UInt8>) -> Recognition { .no }
    public func makeLayer(upgradedTo name: String, askedBy client: Direction) -> (any ByteLayer)? { nil }
}

/// Whether first bytes belong to a layer.
public enum Recognition: Sendable {
    case yes
    case no
    /// All bytes so far match, but there are too few of them.
    case needsMore
}
