import Bytes
import Chains
import Digests
import Inspection
import Rules
import Subprotocols
import WebSocket

/// Writes what an inspection tells as JSON Lines, format `wsray/1`: one object a line, each with its `type`.
///
/// Lines go straight into `output`, which the caller empties whenever it likes; it never holds part of a line. Nothing is
/// kept from event to event but which connections were lost, and a frame without findings costs no allocation.
public struct JSONLinesReport: CountingSink, ~Copyable {
    /// How payloads are shown.
    public enum PayloadMode: String, CaseIterable, Sendable {
        /// As `text` or `base64`.
        case full
        /// Not at all; a Close frame's `close` stays.
        case none
        /// As `sha256` of the application bytes.
        case digest
    }

    public struct Options: Sendable {
        public var payload = PayloadMode.full
        /// Bytes of a payload that are shown at most, nil for all; a digest is always of the whole.
        public var payloadLimit: Int?
        /// `message` lines in place of `frame` lines.
        public var messages = false
        /// The member `handshake` of `connection` lines.
        public var handshake = false
        /// `finding` lines only, those of frames among them, between the first line and the last.
        public var findingsOnly = false
        /// One array of the objects in place of lines.
        public var isArray = false
        /// Connections say which lost one they follow.
        var tellsReconnects = true
        /// Of an array, the last part leaves the closing bracket to whoever joins them.
        public var part: OutputPart?

        public init() {}

        /// What to ask of an inspector, as its `keptByteCount`.
        ///
        /// One more byte than is shown, so that the cut is seen; and never less than a Close frame, for its `close`.
        public var keptByteCount: Int {
            switch payload {
            case .full: payloadLimit.map { max(min($0, .max - 1) + 1, 125) } ?? .max
            case .none: 125
            case .digest: .max
            }
        }

        /// What to ask of an inspector, as its `keepsWireBytes`: only `frame` lines show compressed bytes.
        public var keepsWireBytes: Bool { payload == .full && !messages }
    }

    public let options: Options
    /// Whole lines.
    public var output = ByteBuffer()
    /// Frames told of so far.
    public internal(set) var shownCount: UInt64 = 0
    /// Frames after which it has enough.
    public var frameLimit = UInt64.max
    private var hasBegun: Bool
    /// Plain frames have lines, and nothing else stands in them or before them.
    let writesPlainFrames: Bool
    var time = TimeText()
    /// Nil where these are not told.
    var reconnects: ReconnectLog?
    /// One context for all digests, made when the first is wanted.
    var digest: SHA256?

    public init(_ options: Options = Options()) {
        self.options = options
        writesPlainFrames =
            !options.messages && !options.findingsOnly && !options.isArray && options.payload == .full && options.payloadLimit == nil
        reconnects = options.tellsReconnects ? ReconnectLog() : nil
        hasBegun = options.part.map { !$0.isFirst } ?? false
    }

    // MARK: First and last line

    /// Writes the `capture` line.
    /// - Parameter sources: the inputs as they were named; one is written as a string, several as an array.
    public mutating func begin(sources: [String], tool: String, version: String) {
        beginLine()
        output.append(json: #"{"type":"capture","schema":"wsray/1","source":"#)
        output.append(sources: sources, tool: tool, version: version)
        output.append(json: "}\n")
    }

    /// Writes the `summary` line.
    /// - Parameter reason: why the input could not be read to its end; nil when it could.
    public mutating func finish(_ summary: Summary, brokenOff reason: String? = nil) {
        beginLine()
        output.append(#"{"type":"summary","packets":"#, summary.packets)
        output.append(#","connections":"#, summary.connections)
        output.append(#","frames":"#, summary.frames)
        output.append(#","messages":"#, summary.messages)
        output.append(#","bytes":"#, summary.bytes)
        output.append(#","findings":{"note":"#, summary.findings[Severity.note.rawValue])
        output.append(#","warning":"#, summary.findings[Severity.warning.rawValue])
        output.append(#","violation":"#, summary.findings[Severity.violation.rawValue])
        output.append(#"},"complete":"#, reason == nil)
        if let reason { output.append(#","reason":"#, string: reason) }
        if let dropped = summary.dropped { output.append(#","dropped":"#, dropped) }
        output.append(json: "}\n")
        if options.isArray, options.part == nil { output.append(json: "]\n") }
    }

    /// Writes what stands before an object: of an array the bracket or a comma.
    @inline(__always)
    mutating func beginLine() {
        guard options.isArray else { return }
        output.append(hasBegun ? UInt8(ascii: ",") : UInt8(ascii: "["))
        hasBegun = true
    }

    // MARK: Events

    /// Says that what follows is a capture of its own, whose clients follow nobody before.
    public mutating func beginAnew() { reconnects?.beginAnew() }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        shownCount += 1
        if connection.isRecorded, let message, !options.findingsOnly {
            append(recorded: message, content, endedBy: frame, of: connection)
        } else if !options.messages && !options.findingsOnly {
            append(frame, payload, ending: message, content, of: connection)
        } else if let message, !options.findingsOnly {
            append(message, content, endedBy: frame, of: connection)
        } else {
            // Its message has no line yet, and the findings of frames are not kept.
            for finding in frame.findings {
                append(finding, from: frame.from, in: connection, at: frame.time, frame: frame)
            }
        }
    }

    public mutating func note(_ event: Event) {
        switch event {
        case .spoke(let note, let connection, let time): if !options.findingsOnly { append(note, of: connection, at: time) }
        case .opened(let connection): if !options.findingsOnly { append(opening: connection) }
        case .abandoned(let message, let content, let connection):
            if options.messages { append(unended: message, content.span, of: connection) }
        case .found(let finding, let side, let connection, let time): append(finding, from: side, in: connection, at: time)
        case .ended(let end): if !options.findingsOnly { append(end) }
        case .encrypted(let connection): if !options.findingsOnly { append(connection) }
        case .attempted(let attempt): if !options.findingsOnly { append(attempt, reconnects?.take(attempt)) }
        case .exchanged, .polled, .shared, .located: break
        }
    }

    /// What is shown may follow it.
    public mutating func noteOmitted(_ event: Event) {
        if !options.findingsOnly { reconnects?.take(omitted: event) }
    }
}
