import Bytes
import Channels

/// One connection of HTTP/3: bytes of its streams in, heads and content of its requests out (RFC 9114, RFC 9220).
///
/// Reads what the two ends say and takes part in nothing. DATA is handed on as it comes. A head whose fields refer
/// to a table's entries that have not come waits for them, and with it what follows on its stream.
// Invariant where accesses are not checked for exclusiveness, here and in `StreamReader`: one thread reaches them, and what changes one in
// place calls nothing that reaches the same one.
public final class HTTP3Session: StreamLayer {
    let limits: HTTP3Limits
    /// The direction of the client; nil while that is not known.
    var client: Direction?
    let isFromBeginning: Bool
    /// Those that are known, by stream and direction.
    @safe @exclusivity(unchecked) private var readers: [Key: StreamReader] = [:]
    /// Of each direction the one that was asked for last.
    @safe @exclusivity(unchecked) private var latest = Pair<StreamReader?>(fromLow: nil, fromHigh: nil)
    let decoders: Pair<SectionDecoder>
    /// What each end announced, if that is known.
    var settings = Pair<Settings?>(fromLow: nil, fromHigh: nil)
    private var hasControl = Pair<Bool>(fromLow: false, fromHigh: false)
    private var hasEncoder = Pair<Bool>(fromLow: false, fromHigh: false)
    private var hasDecoder = Pair<Bool>(fromLow: false, fromHigh: false)
    private let tallies = Pair(fromLow: FrameTally(), fromHigh: FrameTally())
    /// Streams that wait for entries of the table of each direction, or for settings.
    var blocked = Pair<[StreamReader]>(fromLow: [], fromHigh: [])
    /// Bytes that wait, of all streams.
    @safe @exclusivity(unchecked) var heldByteCount = 0
    /// How often requests were given up by GOAWAY.
    var goAwayCount = 0
    /// Nothing more comes.
    var isFinished = false

    private struct Key: Hashable {
        var stream: UInt64
        var direction: Direction
    }

    /// - Parameters:
    ///   - client: the direction of the client, if it is known.
    ///   - isFromBeginning: false if packets from before the first one may carry streams of this connection.
    public init(_ limits: HTTP3Limits = HTTP3Limits(), client: Direction? = nil, isFromBeginning: Bool = true) {
        self.limits = limits
        self.client = client
        self.isFromBeginning = isFromBeginning
        decoders = Pair(fromLow: SectionDecoder(limit: limits.headByteCount), fromHigh: SectionDecoder(limit: limits.headByteCount))
        guard !isFromBeginning else { return }
        for direction in Direction.allCases { loseUnidentified(direction) }
    }

    public var waitingByteCount: Int { heldByteCount }

    public func name(ofError code: UInt64) -> String { ErrorCode(rawValue: code).name }

    public func framing(of direction: Direction) -> Framing? { tallies[direction].framing }

    // MARK: Taking

    public func take(
        _ bytes: Span<UInt8>, of stream: UInt64, from direction: Direction, at offset: UInt64, _ mark: PacketMark,
        into output: inout LayerOutput
    ) {
        // No bytes show no stream.
        if bytes.isEmpty { return }
        if takeContent(bytes, of: stream, from: direction, at: offset, mark, &output) == bytes.count { return }
        guard let reader = reader(of: stream, direction), !reader.isOver else { return }
        var start = 0
        if offset > reader.offset {
            noteGap(offset - reader.offset, of: stream, from: direction, at: mark, into: &output)
        } else {
            start = Int(min(reader.offset - offset, UInt64(bytes.count)))
        }
        if reader.isAtFrame { start = takeContent(bytes, start, mark, reader, &output) }
        guard start < bytes.count else { return }
        let origin = Origin(mark)
        let position = reader.offset
        reader.offset = position + UInt64(bytes.count - start)
        let end = takeUp(bytes, start, at: position, origin, reader, &output)
        if end < bytes.count {
            hold(bytes.extracting(end..<bytes.count), at: reader.offset - UInt64(bytes.count - end), origin, reader, &output)
        }
    }

    /// Takes content of the stream that was asked for last, if nothing but that comes next; the number of bytes taken. Nothing is noted of
    /// others, which come again.
    @inline(__always)
    private func takeContent(
        _ bytes: Span<UInt8>, of stream: UInt64, from direction: Direction, at offset: UInt64, _ mark: PacketMark,
        _ output: inout LayerOutput
    ) -> Int {
        guard let reader = unsafe latestReader(of: stream, direction) else { return 0 }
        // Invariant: the session keeps the reader, and whole frames of content do not change that.
        return unsafe reader._withUnsafeGuaranteedRef { reader in
            guard !reader.isOver, reader.offset == offset, reader.isAtFrame else { return 0 }
            return takeContent(bytes, 0, mark, reader, &output)
        }
    }

    /// The reader that was asked for last, if it is that of this stream; counts no references.
    @inline(__always)
    private func latestReader(of stream: UInt64, _ direction: Direction) -> Unmanaged<StreamReader>? {
        guard let reader = direction == .fromLow ? latest.fromLow : latest.fromHigh, reader.stream == stream else { return nil }
        return unsafe .passUnretained(reader)
    }

    /// Reads bytes as long as nothing must be waited for; where it stops.
    ///
    /// - Parameters:
    ///   - start: the index of the first one.
    ///   - offset: the offset of that one in the stream.
    func takeUp(
        _ bytes: Span<UInt8>, _ start: Int, at offset: UInt64, _ origin: Origin, _ reader: StreamReader,
        _ output: inout LayerOutput
    ) -> Int {
        if reader.wait != nil { return start }
        var chunk = Chunk(position: start, base: offset &- UInt64(start), origin: origin)
        if reader.isCollecting { reader.frameOrigin?.append(origin) }
        while chunk.position < bytes.count, reader.wait == nil {
            switch reader.stage {
            case .type: takeType(bytes, &chunk, reader)
            case .request, .control: takeFrames(bytes, &chunk, reader, &output)
            case .encoder:
                let rest = bytes.extracting(chunk.position..<bytes.count)
                let count = decoders[reader.direction].takeInstructions(rest, until: fewestAwaited(reader.direction))
                reader.tally.framing.headByteCount += UInt64(count)
                chunk.position += count
                releaseBlocked(reader.direction, &output)
            case .decoder:
                let rest = bytes.extracting(chunk.position..<bytes.count)
                decoders[reader.direction.opposite].takeAcknowledgments(rest)
                reader.tally.framing.controlByteCount += UInt64(rest.count)
                chunk.position = bytes.count
                releaseBlocked(reader.direction.opposite, &output)
            case .searching: search(bytes, &chunk, reader, &output)
            case .skipping:
                reader.tally.framing.controlByteCount += UInt64(bytes.count - chunk.position)
                chunk.position = bytes.count
            }
        }
        if reader.isCollecting, reader.frameOrigin == nil { reader.frameOrigin = origin }
        return chunk.position
    }

    /// Bytes that came together, and how far they were read.
    struct Chunk {
        var position: Int
        /// The offset of the first of them in the stream.
        var base: UInt64
        var origin: Origin

        var offset: UInt64 { base &+ UInt64(position) }
    }

    /// What a stream of one direction is for.
    private func takeType(_ bytes: Span<UInt8>, _ chunk: inout Chunk, _ reader: StreamReader) {
        while chunk.position < bytes.count {
            reader.header.append(bytes[chunk.position])
            chunk.position += 1
            reader.tally.framing.controlByteCount += 1
            guard let type = reader.header.span.variableInteger(at: 0) else { continue }
            reader.header = []
            reader.stage = begin(type.value, reader.direction)
            return
        }
    }

    /// A stream of one direction shows its type. Of a type that there is once, others are not read.
    private func begin(_ type: UInt64, _ direction: Direction) -> StreamReader.Stage {
        switch type {
        case StreamType.control where !hasControl[direction]:
            hasControl[direction] = true
            if decoders[direction.opposite].capacity == .unknown { decoders[direction.opposite].capacity = .awaited }
            return .control
        case StreamType.encoder where !hasEncoder[direction]:
            hasEncoder[direction] = true
            decoders[direction].beginInstructions()
            return .encoder
        case StreamType.decoder where !hasDecoder[direction]:
            hasDecoder[direction] = true
            decoders[direction.opposite].beginAcknowledgments()
            return .decoder
        default: return .skipping
        }
    }

    // MARK: Streams

    /// The reader of one direction of a stream, made when it is first heard of; nil where there are too many.
    func reader(of stream: UInt64, _ direction: Direction) -> StreamReader? {
        if let latest = latest[direction], latest.stream == stream { return latest }
        let key = Key(stream: stream, direction: direction)
        if let known = readers[key] {
            latest[direction] = known
            return known
        }
        guard readers.count < 2 * limits.streamCount else { return nil }
        var stage = StreamReader.Stage.skipping
        var isRequest = false
        switch StreamKind(stream) {
        case .request: (stage, isRequest) = (.request, true)
        case .oneWay(let byClient):
            if client == nil { client = byClient ? direction : direction.opposite }
            if byClient == (direction == client) { stage = .type }
        case .other: break
        }
        let reader = StreamReader(stream, direction, isRequest: isRequest, stage: stage, tally: tallies[direction])
        if !isRequest || readers[Key(stream: stream, direction: direction.opposite)] == nil { reader.tally.framing.streamCount += 1 }
        readers[key] = reader
        latest[direction] = reader
        return reader
    }

    var readerCount: Int { readers.count }

    func known(_ stream: UInt64, _ direction: Direction) -> StreamReader? { readers[Key(stream: stream, direction: direction)] }

    /// Requests that are open, in order.
    func requests(from first: UInt64) -> [UInt64] {
        Set(readers.values.lazy.filter { $0.isRequest && $0.stream >= first }.map(\.stream)).sorted()
    }

    func forget(_ reader: StreamReader) {
        readers[Key(stream: reader.stream, direction: reader.direction)] = nil
        if latest[reader.direction] === reader { latest[reader.direction] = nil }
    }

    func forgetAll() {
        for reader in readers.values { drop(reader) }
        readers = [:]
        latest = Pair(fromLow: nil, fromHigh: nil)
    }

    /// What is sent on streams whose purpose is not known may be what is needed of them.
    func loseUnidentified(_ direction: Direction) {
        if !hasEncoder[direction] { decoders[direction].loseInstructions(nil) }
        if !hasDecoder[direction] { decoders[direction.opposite].loseAcknowledgments() }
        if !hasControl[direction] { decoders[direction.opposite].capacity = .unknown }
    }
}
