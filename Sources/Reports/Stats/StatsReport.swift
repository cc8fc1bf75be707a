import Bytes
import Chains
import Inspection
import Packets
import Redaction
import Rules
import Statistics
import Subprotocols
import Waits
import WebSocket

/// What `TrafficCount` counted, written at the end, as tables for people or as one JSON object.
public struct StatsReport: CountingSink, ~Copyable {
    public struct Options: Sendable {
        public var palette = Palette()
        /// Columns of the terminal; nil when rows need not fit one.
        public var width: Int?
        /// Only this connection.
        public var only: Set<UInt64>?
        /// Show only so many connections, those with most bytes on the wire.
        public var top: Int?
        public var isJSON = false
        public var limits = Limits()
        /// Names that tell secrets, which are not to be shown; nil where everything is.
        public var secretNames: SecretNames?

        public init() {}
    }

    public var output = ByteBuffer()
    public var shownCount: UInt64 { count.frameCount }
    /// Frames after which it has enough.
    public var frameLimit = UInt64.max
    /// What was not shown; nil before the end, and where everything is shown.
    public private(set) var removed: Removed?
    let options: Options
    private var count: TrafficCount
    private var chains: ChainLog
    var time = TimeText()
    var sources: [String] = []

    public init(_ options: Options) {
        self.options = options
        count = TrafficCount(only: options.only, limits: options.limits)
        chains = ChainLog(limit: options.limits.rowCount)
    }

    public mutating func begin(sources: [String]) { self.sources = sources }

    // MARK: Events

    /// Says that what follows is a capture of its own, whose clients follow nobody before.
    public mutating func beginAnew() { chains.beginAnew() }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        count.frame(frame, ending: message, content: content, of: connection)
        // What a server counts tells what was lost between connections.
        guard frame.from == .server, let message, message.opcode == .text, message.isComplete else { return }
        chains.take(message: content, of: connection)
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        count.frame(frame, ending: message, content: content, of: connection)
        count.take(meaning, from: frame.from, of: connection)
        chains.take(meaning, from: frame.from, of: connection)
    }

    public mutating func note(_ event: Event) {
        count.note(event)
        switch event {
        case .attempted(let attempt): chains.take(attempt)
        case .ended(let end): chains.take(end.connection, end.outline)
        case .spoke(.polled(_, let session), let connection, _):
            for packet in session.packets { chains.take(packet.meaning, from: packet.from, of: connection) }
        default: break
        }
    }

    public mutating func transport(_ mark: TransportMark) { count.take(mark) }

    // MARK: The end

    public mutating func finish(_ summary: Summary, failure: String?, tool: String, version: String) {
        var figures = count.figures(top: options.top)
        var chains = chains.found()
        if let only = options.only { chains = chains.about(only) }
        if let names = options.secretNames { removed = figures.conceal(&chains, names) }
        if options.isJSON {
            write(figures, chains, summary, failure: failure, tool: tool, version: version)
        } else {
            write(figures, chains, summary)
        }
    }
}
