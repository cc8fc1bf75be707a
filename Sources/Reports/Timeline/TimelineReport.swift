import Bytes
import Chains
import HTTP
import Inspection
import Rules
import Text
import WebSocket

/// The annotated timeline: one row per frame, for reading.
///
/// A row is `connection  time  direction  what  size  payload  remarks`. Remarks never give way: where they do not fit behind
/// the payload, its preview is cut, and where that is not enough they stand beneath. Nothing is wider than the terminal.
public struct TimelineReport: CountingSink, ~Copyable {
    public enum PayloadMode: Sendable {
        case preview
        case full
        /// As full, with JSON in lines of its own, indented.
        case pretty
        case none
    }

    public enum Clock: String, Sendable, CaseIterable {
        /// Seconds since the first row.
        case relative
        /// Time of day, UTC.
        case absolute
        /// Time of day in the zone of this machine.
        case local
        /// Seconds since the row before.
        case delta
    }

    public struct Options: Sendable {
        public var palette = Palette()
        /// Columns of the terminal; nil when rows need not fit one.
        public var width: Int?
        public var payload = PayloadMode.preview
        public var clock = Clock.relative
        /// Seconds that local time is ahead of UTC at a second since 1970.
        public var zone: (@Sendable (Int64) -> Int64)?
        /// All that is shown is of one connection, so rows need not say of which, nor is there a total.
        public var isAboutOne = false
        /// Packet numbers and masking keys too.
        public var isVerbose = false
        /// The handshake requirement by requirement, and what came with a refusal.
        public var showsHandshake = false
        public var part: OutputPart?

        public init() {}

        /// All of a payload is shown.
        public var showsWholePayload: Bool { payload == .full || payload == .pretty }
    }

    /// Bytes of a payload that a preview can need: four for each column of a very wide terminal.
    public static let previewByteCount = 4 * 1_024

    public var output = ByteBuffer(capacity: 128 << 10)
    /// Frames shown so far.
    public internal(set) var shownCount: UInt64 = 0
    /// Frames after which it has enough.
    public var frameLimit = UInt64.max
    let options: Options
    let palette: Palette
    let layout: Layout
    /// The time that relative times count from, and that of the row before.
    var zero: Timestamp?
    var previous: Timestamp?
    /// Something was written that a title stands apart from.
    var hasRows = false
    /// Columns written in the current row.
    var columns = 0
    /// The remarks of the current row.
    var remarks = Remarks()
    var field = ByteBuffer()
    var time = TimeText()
    private var reconnects = ReconnectLog()

    public init(_ options: Options) {
        self.options = options
        palette = options.palette
        time = TimeText(zone: options.clock == .local ? options.zone : nil)
        layout = Layout(width: options.width, hasGutter: !options.isAboutOne)
    }

    /// Writes the heading that a part has.
    public mutating func begin() {
        if let part = options.part { writeHeading(part) }
    }

    /// Says that what follows is a capture of its own, with its own beginning and its own clients.
    public mutating func beginAnew() {
        reconnects.beginAnew()
        zero = nil
        previous = nil
    }

    // MARK: Events

    private mutating func write(opening connection: Connection) {
        let reconnect = reconnects.take(opened: connection)
        writeTitle(connection)
        let (what, ink): (StaticString, Ink) =
            switch connection.status {
            case .open: ("upgrade", .good)
            case .refused: ("refused", .warning)
            case .unanswered: ("upgrade", .warning)
            case .inferred: ("joined", .note)
            }
        beginRow(connection, at: connection.time)
        write(palette.handshake, columns: 1, ink)
        write(" ")
        writePadded(what, to: Layout.kindWidth, ink)
        writeParts(handshakeParts(connection) + parts(of: reconnect), indent: columns)
        endRow()
        if options.showsHandshake {
            writeHandshake(connection)
        } else if let body = connection.refusalBody {
            writeBodyRow(body)
        }
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        shownCount += 1
        let isMessage = message.map { $0.frameCount == 1 } ?? false
        // What is given up is given up now, whenever it began.
        let moment = frame.isComplete ? frame.time : max(frame.time, previous ?? frame.time)
        writeFront(frame, at: moment, size: isMessage && frame.isCompressed ? message?.length ?? 0 : frame.header.length, of: connection)
        collectRemarks(frame, message, connection)
        // A compressed message can be read only when its last frame is there; of others each frame shows its part.
        let showsContent = isMessage || (frame.isCompressed && message != nil)
        let body = showsContent ? content : payload
        let form = form(of: frame, message, body)
        let needsBlock = writePayload(body, form, of: frame)
        writeRemarks()
        endRow()
        if needsBlock { writeBlock(body, form) }
    }

    public mutating func frame(plain frame: PlainFrame, payload: Span<UInt8>, of connection: Connection) {
        // With what stands in a row that has no remarks.
        guard frame.isValidText, !payload.isEmpty, options.payload != .none, !options.isVerbose else {
            return self.frame(spelledOut: frame, payload: payload, of: connection)
        }
        shownCount += 1
        writeFront(plain: frame, of: connection)
        let needsBlock = writeTextPreview(payload, hasUnknownBytes: false)
        endRow()
        if needsBlock { writeBlock(payload, .text) }
    }

    public mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection): write(opening: connection)
        case .abandoned(let message, _, let connection): write(abandoned: message, of: connection)
        case .found(let finding, let side, let connection, let time): write(finding, from: side, in: connection, at: time)
        case .ended(let end):
            let verdict = end.verdict
            reconnects.take(end, verdict)
            write(end, verdict)
        case .encrypted(let connection): write(connection)
        case .attempted(let attempt): write(attempt, reconnects.take(attempt))
        case .spoke(let note, let connection, let time): write(note, of: connection, at: time)
        case .exchanged, .polled, .shared, .located: break
        }
    }

    /// What is shown may follow it.
    public mutating func noteOmitted(_ event: Event) { reconnects.take(omitted: event) }

    private mutating func write(abandoned message: Message, of connection: Connection) {
        guard message.frameCount > 0 else { return }
        beginRow(connection, at: max(message.endTime, previous ?? message.endTime))
        write(arrow(message.from), columns: 1, .dim)
        write(" ")
        writePadded(message.opcode.name, to: Layout.kindWidth, .dim)
        writeSize(message.length)
        write("  ")
        writeParts([Part("never finished, \(Quantity.counted(message.frameCount, "frame")) of it seen", .note)], indent: columns)
        endRow()
    }

    private mutating func write(_ finding: Finding, from side: Side?, in connection: Connection?, at time: Timestamp) {
        // It stands in the list of requirements already.
        if let connection, options.showsHandshake, connection.handshakeFindings.contains(finding, of: side) { return }
        beginRow(connection, at: time)
        if let side { write(arrow(side), columns: 1, .dim) } else { write(" ") }
        write(" ")
        let (text, ink) = words(for: finding)
        writeParts([Part(text, ink)], indent: columns + 2)
        endRow()
    }

    /// The last line: what there was in all.
    public mutating func finish(_ summary: Summary) {
        guard summary.connections > 0, !options.isAboutOne else { return }
        output.append("\n")
        var parts = [
            Part(Quantity.counted(summary.connections, "connection")),
            Part("\(summary.traffic), \(Quantity.size(summary.bytes))"),
        ]
        for (severity, count) in zip(Severity.allCases, summary.findings).reversed() where count > 0 {
            parts.append(Part(Quantity.counted(count, "\(severity.name)"), Ink(severity)))
        }
        writeParts(parts, indent: 0)
        endRow()
    }

    func arrow(_ side: Side) -> StaticString { side == .client ? palette.toServer : palette.toClient }
}
