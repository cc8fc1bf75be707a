import Bytes
import Chains
import Inspection
import Rules
import Statistics
import Subprotocols
import Verdicts
import WebSocket

/// Writes one HTML document that needs nothing but a browser: verdicts to be read without a script, and all else as data for the script in it.
///
/// Nothing is written before the end. Until then what is shown of connections waits as JSON, within a limit (`HTMLReport+Size.swift`).
public struct HTMLReport: CountingSink, ~Copyable {
    public struct Options: Sendable {
        /// What stands above all; nil for the names of the inputs.
        public var title: String?
        /// Bytes of the document, at most.
        public var byteCount = 20 << 20
        /// Bytes of a payload that are shown at most.
        public var payloadLimit = 64 << 10
        /// What was asked for of the input, to be said in the document.
        public var selection: String?
        /// Secrets have been removed, which the document says.
        public var isRedacted = false
        /// Takes away what has been written of the document; without it, all of it gathers in `output`.
        public var drain: (@Sendable (inout ByteBuffer) -> Void)?

        public init() {}

        /// Bytes that a document has in any case: script, style and tables.
        public static let leastByteCount = 512 << 10

        /// What to ask of an inspector, as its `keptByteCount`: one byte more than is shown, so that the cut is seen.
        public var keptByteCount: Int { max(min(payloadLimit, .max - 1) + 1, 125) }
    }

    let options: Options
    public var output = ByteBuffer()
    public private(set) var shownCount: UInt64 = 0
    /// Frames after which it has enough.
    public var frameLimit = UInt64.max

    // What is shown of all connections.
    var groups = SummaryGroups(limit: groupLimit)
    var chains = ChainLog(limit: chainLimit)
    /// Connections and attempts that reconnects are looked for among.
    private static let chainLimit = 100_000
    /// What a verdict says of the first connection of each group, by the group's index.
    var sentences: [Int: String] = [:]
    var findings = FindingTally()
    var operations = OperationTable(limit: operationLimit)
    var figures = FrameFigures()
    var latencies = PlotPoints()
    var roundTrips = PlotPoints()
    var span: (first: Timestamp, last: Timestamp)?
    var fractionDigits: UInt8 = 6

    // What is shown of each.
    var open = ConnectionTable<HTMLConnection>()
    /// Those that have ended.
    var ended: [HTMLConnection] = []
    var size: HTMLSize
    /// Connections of which there is nothing but their part in the tables.
    var omittedConnectionCount: UInt64 = 0
    /// Frames of which there is nothing but their part in the figures.
    var omittedFrameCount: UInt64 = 0
    var scratch = ByteBuffer()
    private var drainedByteCount: UInt64 = 0
    var time = TimeText()
    var sources: [String] = []

    static let groupLimit = 10_000
    static let operationLimit = 2_000

    public init(_ options: Options = Options()) {
        self.options = options
        size = HTMLSize(limit: max(0, options.byteCount - Options.leastByteCount))
    }

    public mutating func begin(sources: [String]) { self.sources = sources }

    // MARK: Frames

    /// Says that what follows is a capture of its own, whose clients follow nobody before.
    public mutating func beginAnew() { chains.beginAnew() }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        guard let entry = begin(frame, ending: message, of: connection) else { return }
        guard let message, beginMessage(message, content, endedBy: frame, entry) else { return }
        endMessage(entry)
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        operations.take(meaning, from: frame.from)
        note(latenciesOf: meaning, frame, connection)
        guard let entry = begin(frame, ending: message, of: connection),
            beginMessage(message, content, endedBy: frame, hasMore: true, entry)
        else { return }
        scratch.append(json: #","operations":"#)
        scratch.append(operationsOf: meaning)
        endMessage(entry)
    }

    /// Takes all of a frame but what it carries.
    private mutating func begin(_ frame: Frame, ending message: Message?, of connection: Connection) -> HTMLConnection? {
        shownCount += 1
        extend(to: frame.endTime)
        figures.add(frame.header.opcode, from: frame.from, length: frame.capturedLength, at: frame.time)
        if let roundTrip = frame.roundTrip {
            roundTrips.add(PlotPoint(time: frame.endTime, value: roundTrip, connection: connection.number, frame: frame.number))
        }
        let entry = open[connection]
        if !frame.isUnremarkable {
            for finding in frame.findings {
                findings.add(finding, in: connection.number, frame: frame.number)
                if let entry, !size.isExceeded { append(finding, from: frame.from, at: frame.time, frame: frame.number, entry) }
            }
        }
        guard let entry else {
            omittedFrameCount += 1
            return nil
        }
        if size.isExceeded {
            entry.skippedFrameCount += 1
            return nil
        }
        append(frame, endsMessage: message != nil, entry)
        return entry
    }

    private mutating func note(latenciesOf meaning: borrowing Meaning, _ frame: Frame, _ connection: Connection) {
        for operation in meaning.operations where operation.role != .heartbeat && operation.isFirstAnswer {
            guard let latency = operation.latency else { continue }
            latencies.add(PlotPoint(time: frame.endTime, value: latency, connection: connection.number, frame: frame.number))
        }
    }

    // MARK: Events

    public mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection):
            fractionDigits = max(fractionDigits, connection.fractionDigits)
            extend(to: connection.time)
            if !size.isExceeded { open[connection] = HTMLConnection(connection) }
        case .abandoned(let message, let content, let connection):
            if let entry = open[connection], !size.isExceeded { append(abandoned: message, content.span, entry) }
        case .found(let finding, let side, let connection, let time):
            findings.add(finding, in: connection?.number, frame: nil)
            guard let connection, let entry = open[connection], !size.isExceeded else { return }
            append(finding, from: side, at: time, frame: nil, entry)
        case .spoke(let note, let connection, _): take(note, of: connection)
        case .attempted(let attempt):
            chains.take(attempt)
            let place = groups.add(attempt)
            if let place, sentences[place] == nil, sentences.count < Self.sentenceLimit { sentences[place] = attempt.text }
        case .ended(let end): take(end)
        case .encrypted, .exchanged, .polled, .shared, .located: break
        }
    }

    /// Groups of which a sentence is kept.
    private static let sentenceLimit = 2_000

    private mutating func take(_ note: ProtocolNote, of connection: Connection) {
        switch note {
        case .recognised(let name, _): open[connection]?.protocolName = name
        case .abandoned: break
        case .polled(_, let session):
            for packet in session.packets { operations.take(packet.meaning, from: packet.from) }
        case .unanswered(let name, let requests):
            operations.take(requests, name)
            open[connection]?.unansweredCount += UInt64(requests.named.count)
        }
    }

    private mutating func take(_ end: ConnectionEnd) {
        let verdict = end.verdict
        extend(to: verdict.time)
        chains.take(end.connection, verdict)
        let place = groups.add(end, verdict)
        if let place, sentences[place] == nil, sentences.count < Self.sentenceLimit { sentences[place] = verdict.text }
        guard let entry = open[end.connection] else {
            omittedConnectionCount += 1
            return
        }
        open[end.connection] = nil
        close(entry, end, verdict)
    }

    private mutating func extend(to time: Timestamp) {
        guard let known = span else { return span = (time, time) }
        if time.nanoseconds < known.first.nanoseconds { span?.first = time }
        if time.nanoseconds > known.last.nanoseconds { span?.last = time }
    }

    // MARK: The limit

    /// Bytes of the document, once it is finished.
    public var byteCount: UInt64 { drainedByteCount + UInt64(output.count) }

    mutating func drain() {
        guard let drain = options.drain else { return }
        let before = output.count
        drain(&output)
        drainedByteCount += UInt64(before - output.count)
    }

    /// Says what was left out; nil where nothing was.
    public var omission: String? { omissionWords }
}
