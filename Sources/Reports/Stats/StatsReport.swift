import Bytes
import Inspection
import Packets
import Redaction
import Rules
import WebSocket

/// What traffic costs and how it beats: bytes by what they are for, pings and pongs, and polling beside WebSockets.
///
/// Counts while packets come and writes everything at the end, as tables for people or as one JSON object.
public struct StatsReport: CountingSink, ~Copyable {
    public struct Options: Sendable {
        public var palette = Palette()
        /// Columns of the terminal; nil when rows need not fit one.
        public var width: Int?
        /// Only this connection.
        public var only: UInt64?
        /// Show only so many connections, those with most bytes on the wire.
        public var top: Int?
        public var isJSON = false
        public var limits = Limits()
        /// Names that tell secrets, which are not to be shown; nil where everything is.
        public var secretNames: SecretNames?

        public init() {}
    }

    /// Bytes of a message that are kept, to be compressed once more; what to ask of an inspector.
    ///
    /// Longer messages are left out of the estimate: they fill a window of 32 KB by themselves many times over.
    public static let comparedByteCount = 1 << 20

    public var output = ByteBuffer()
    public private(set) var shownCount: UInt64 = 0
    /// Frames after which it has enough.
    public var frameLimit = UInt64.max
    /// What was not shown; nil before the end, and where everything is shown.
    public private(set) var removed: Removed?
    let options: Options
    /// Those that are over and shown, in the order of their numbers but for the last few.
    var rows: [ConnectionFigures] = []
    /// What came beyond the limit on rows.
    var beyond = (connections: UInt64(0), client: SideCost(), server: SideCost())
    var polls: PollTable
    var time = TimeText()
    var sources: [String] = []
    private var open = ConnectionTable<ConnectionFigures>()
    private var sampling = MessageSampling()
    private var deflaters: [LoneDeflaterBox?] = Array(repeating: nil, count: 16)

    public init(_ options: Options) {
        self.options = options
        polls = PollTable(limit: options.limits.pollTargetCount)
    }

    public mutating func begin(sources: [String]) { self.sources = sources }

    // MARK: Events

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        guard let figures = open[connection] else { return }
        shownCount += 1
        figures.change(frame.from) {
            $0.take(frame)
            if let message { $0.take(message) }
        }
        if let roundTrip = frame.roundTrip { figures.takePong(from: frame.from, roundTrip: roundTrip) }
        if let message, message.isCompressed, message.isComplete { compare(message, content, connection, figures) }
    }

    public mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection):
            guard options.only.map({ $0 == connection.number }) ?? true else { return }
            open[connection] = ConnectionFigures(connection)
        case .abandoned(let message, _, let connection): open[connection]?.change(message.from) { $0.take(message) }
        case .encrypted: break
        case .exchanged(let exchange): polls.take(exchange)
        case .ended(let end): take(end)
        case .found: break
        }
    }

    private mutating func take(_ end: ConnectionEnd) {
        guard let figures = open[end.connection] else { return }
        open[end.connection] = nil
        figures.end(end)
        if rows.count < options.limits.rowCount { return rows.append(figures) }
        // Packets that follow are not waited for.
        figures.close(end.trafficByNow)
        beyond.connections += 1
        beyond.client = beyond.client + figures.fromClient
        beyond.server = beyond.server + figures.fromServer
    }

    // MARK: Compression

    /// Compresses a message of the sample by itself, where it could have used the context of those before it.
    private mutating func compare(_ message: Message, _ content: Span<UInt8>, _ connection: Connection, _ figures: ConnectionFigures) {
        let agreed = message.from == .client ? connection.deflate?.client : connection.deflate?.server
        if agreed?.resetsContext ?? false { return }
        guard UInt64(content.count) == message.length, message.unknownByteCount == 0 else {
            return figures.change(message.from) { $0.compressed.context.left += 1 }
        }
        let isSampled = sampling.takes(message.length)
        let alone = isSampled ? byteCount(alone: content, windowBits: agreed?.windowBits ?? 15) : nil
        figures.change(message.from) {
            $0.compressed.context.take(applicationBytes: message.length, wireBytes: message.wireLength)
            if let alone { $0.compressed.context.sample(applicationBytes: message.length, aloneBytes: alone) }
        }
    }

    private mutating func byteCount(alone content: Span<UInt8>, windowBits bits: Int) -> UInt64 {
        let deflater = deflaters[bits] ?? LoneDeflaterBox(windowBits: bits)
        deflaters[bits] = deflater
        return deflater.deflater.byteCount(of: content)
    }

    /// Where nothing was sampled of a side, it is taken to be like the others.
    private func completeEstimates() {
        let sum = rows.reduce(beyond.client.compressed.context + beyond.server.compressed.context) { $0 + $1.both.compressed.context }
        guard !sum.isExact, let share = sum.aloneShare else { return }
        for row in rows {
            row.fromClient.compressed.context.assume(aloneShare: share)
            row.fromServer.compressed.context.assume(aloneShare: share)
        }
    }

    // MARK: The end

    public mutating func finish(_ summary: Summary, failure: String?, tool: String, version: String) {
        rows.sort { $0.number < $1.number }
        for row in rows { row.close() }
        completeEstimates()
        var figures = Figures(rows, beyond, polls.found, options, overlooked: polls.overlooked)
        if let names = options.secretNames { removed = figures.conceal(names) }
        if options.isJSON {
            write(figures, summary, failure: failure, tool: tool, version: version)
        } else {
            write(figures, summary)
        }
    }
}

/// Where a deflater is kept in an array: it cannot be copied.
private final class LoneDeflaterBox {
    var deflater: LoneDeflater
    init(windowBits: Int) { deflater = LoneDeflater(windowBits: windowBits) }
}
