import Bytes

/// What a layer reports about what it took, in order.
public struct LayerOutput: ~Copyable {
    public enum Action: Sendable {
        /// The next bytes of a stream.
        /// - Parameter isInput: `range` refers to the bytes that were taken; otherwise to `bytes`.
        case deliver(Range<Int>, isInput: Bool, from: Source, stream: UInt64?, Direction)
        /// Bytes of a stream that will never come.
        case gap(Gap, stream: UInt64?, Direction)
        /// A head, or trailers, of a stream of which the layer keeps heads and content apart.
        case head(FieldSection, from: Source, stream: UInt64, Direction)
        /// One direction of a stream has ended. When both have, the stream is over, and what comes for its number is another one.
        /// - Parameters:
        ///   - abort: why, if its sender gave up.
        ///   - mark: the packet that said so; nil if it is the one that is being taken.
        case end(stream: UInt64?, Direction, abort: StreamAbort?, at: PacketMark?)
        /// The other direction of a stream was given up, and this one may still bring what was on its way.
        case drain(stream: UInt64, Direction)
        /// A sender said why it gives up, which ends no stream by itself: all of them, if none is named.
        case warn(StreamAbort, stream: UInt64?, Direction)
        /// The receiver lets the sender of this direction send no more on a stream, or on all of them; or it does again.
        case stall(Bool, stream: UInt64?, Direction)
        /// What the sender must not do.
        case oddity(StreamOddity, stream: UInt64, Direction)
        /// Where a part of its units stands, if it was asked to say so.
        case part(UnitPart, Direction)
        /// Bytes of this direction that were left waiting can be taken now.
        case resume(Direction)
        /// Nothing more can be read.
        case giveUp
    }

    /// What brought something that is handed on.
    public enum Source: Sendable {
        /// A range of the bytes that were taken.
        case input(Range<Int>)
        /// Packets, which may have come earlier.
        /// - Parameter end: how far the stream's own bytes in the layer below have come with it, what frames it there included.
        case packets(Origin, end: UInt64)
    }

    /// Bytes of a stream that were made here, all of which one packet brought.
    public struct Content: Sendable {
        /// Which of `bytes` they are.
        public var range: Range<Int>
        public var mark: PacketMark
        /// How far the stream's own bytes in the layer below have come with them.
        public var end: UInt64
        public var stream: UInt64
        public var direction: Direction
    }

    /// A receiver acknowledged something.
    public struct Acknowledgement: Sendable {
        /// So long after its packet, in nanoseconds at the capture point.
        public var time: Int64
        /// That of what is acknowledged.
        public var direction: Direction
    }

    /// Content that came before anything else: nearly always all there is, and apart because copying it counts no references. The room is
    /// kept from use to use.
    private var contentRoom: [Content] = []
    private var contentRange = 0..<0
    /// What was reported after that.
    public private(set) var others: [Action] = []
    /// Their order among all the rest does not matter.
    public private(set) var acknowledgements: [Acknowledgement] = []
    /// False where nobody asks for acknowledgements, so that they need not be noted.
    public var wantsAcknowledgements = true
    /// What is delivered and was made here, all together.
    public var bytes = ByteBuffer()

    /// Content that room is kept for between two uses.
    private static let keptContentCount = 64

    public init() {}

    public var isEmpty: Bool { contentRange.isEmpty && others.isEmpty && acknowledgements.isEmpty }

    /// Content that came before anything else, as far as it was not taken.
    public var contents: ArraySlice<Content> { contentRoom[contentRange] }

    /// The first of it.
    public var nextContent: Content? { contentRange.isEmpty ? nil : contentRoom[contentRange.lowerBound] }

    /// Takes bytes of that, and all of it where there are no more.
    public mutating func takeContent(_ count: Int) {
        let index = contentRange.lowerBound
        let range = contentRoom[index].range
        if count < range.count {
            contentRoom[index].range = range.lowerBound + count..<range.upperBound
        } else {
            contentRange = index + 1..<contentRange.upperBound
        }
    }

    /// Everything but acknowledgements.
    public var actions: [Action] {
        contents.map { content in
            .deliver(
                content.range, isInput: false, from: .packets(Origin(content.mark), end: content.end), stream: content.stream,
                content.direction)
        } + others
    }

    /// Passes on a range of the bytes taken, unchanged.
    public mutating func deliver(_ range: Range<Int>, to stream: UInt64? = nil, _ direction: Direction) {
        others.append(.deliver(range, isInput: true, from: .input(range), stream: stream, direction))
    }

    /// Passes on bytes made from a range of those taken.
    public mutating func deliver(_ made: Span<UInt8>, from source: Range<Int>, to stream: UInt64? = nil, _ direction: Direction) {
        let start = bytes.count
        bytes.append(made)
        others.append(.deliver(start..<bytes.count, isInput: false, from: .input(source), stream: stream, direction))
    }

    /// Passes on bytes that were made from a range of those taken, and appended to `bytes` already.
    public mutating func deliver(made range: Range<Int>, from source: Range<Int>, to stream: UInt64? = nil, _ direction: Direction) {
        others.append(.deliver(range, isInput: false, from: .input(source), stream: stream, direction))
    }

    /// Passes on bytes that these packets brought, not all of which need be the one that is being taken.
    ///
    /// - Parameter end: how far the stream's own bytes in the layer below have come with them.
    public mutating func deliver(_ bytes: Span<UInt8>, of origin: Origin, end: UInt64, to stream: UInt64, _ direction: Direction) {
        let start = self.bytes.count
        self.bytes.append(bytes)
        others.append(.deliver(start..<self.bytes.count, isInput: false, from: .packets(origin, end: end), stream: stream, direction))
    }

    /// The same for bytes of one packet.
    @inline(__always)
    public mutating func deliver(_ bytes: Span<UInt8>, of mark: PacketMark, end: UInt64, to stream: UInt64, _ direction: Direction) {
        guard others.isEmpty else { return deliver(bytes, of: Origin(mark), end: end, to: stream, direction) }
        let start = self.bytes.count
        self.bytes.append(bytes)
        let content = Content(range: start..<self.bytes.count, mark: mark, end: end, stream: stream, direction: direction)
        let index = contentRange.upperBound
        if index < contentRoom.count { contentRoom[index] = content } else { contentRoom.append(content) }
        contentRange = contentRange.lowerBound..<index &+ 1
    }

    public mutating func noteGap(_ gap: Gap, of stream: UInt64? = nil, _ direction: Direction) {
        others.append(.gap(gap, stream: stream, direction))
    }

    public mutating func end(_ stream: UInt64? = nil, _ direction: Direction, abort: StreamAbort? = nil, at mark: PacketMark? = nil) {
        others.append(.end(stream: stream, direction, abort: abort, at: mark))
    }

    public mutating func head(_ section: FieldSection, from source: Range<Int>, of stream: UInt64, _ direction: Direction) {
        others.append(.head(section, from: .input(source), stream: stream, direction))
    }

    public mutating func head(_ section: FieldSection, of origin: Origin, end: UInt64, of stream: UInt64, _ direction: Direction) {
        others.append(.head(section, from: .packets(origin, end: end), stream: stream, direction))
    }

    public mutating func drain(_ stream: UInt64, _ direction: Direction) { others.append(.drain(stream: stream, direction)) }

    public mutating func warn(_ abort: StreamAbort, of stream: UInt64? = nil, _ direction: Direction) {
        others.append(.warn(abort, stream: stream, direction))
    }

    public mutating func stall(_ isStalled: Bool, of stream: UInt64? = nil, _ direction: Direction) {
        others.append(.stall(isStalled, stream: stream, direction))
    }

    public mutating func note(_ oddity: StreamOddity, of stream: UInt64, _ direction: Direction) {
        others.append(.oddity(oddity, stream: stream, direction))
    }

    public mutating func acknowledge(after time: Int64, _ direction: Direction) {
        guard wantsAcknowledgements else { return }
        acknowledgements.append(Acknowledgement(time: time, direction: direction))
    }

    public mutating func locate(_ part: UnitPart, _ direction: Direction) { others.append(.part(part, direction)) }

    public mutating func resume(_ direction: Direction) { others.append(.resume(direction)) }

    public mutating func giveUp() { others.append(.giveUp) }

    public mutating func removeAll() {
        contentRange = 0..<0
        if contentRoom.count > Self.keptContentCount { contentRoom = [] }
        if !others.isEmpty { others.removeAll(keepingCapacity: true) }
        if !acknowledgements.isEmpty { acknowledgements.removeAll(keepingCapacity: true) }
        bytes.removeAll(keepingAtMost: 1 << 16)
    }
}
