import Bytes
import HTTP
import Inspection
import Rules
import WebSocket

/// The annotated timeline: one row per frame, for reading.
///
/// A row is `connection  time  direction  what  size  payload  remarks`. Remarks never give way; the payload's preview does.
public struct TimelineReport: EventSink, ~Copyable {
    public enum PayloadMode: Sendable {
        case preview
        case full
        case none
    }

    public enum Clock: String, Sendable, CaseIterable {
        /// Seconds since the first row.
        case relative
        /// Time of day, UTC.
        case absolute
        /// Seconds since the row before.
        case delta
    }

    public struct Options: Sendable {
        public var palette = Palette()
        /// Columns of the terminal; nil when rows need not fit one.
        public var width: Int?
        public var payload = PayloadMode.preview
        public var clock = Clock.relative
        /// Show only this connection.
        public var only: UInt64?
        /// Packet numbers and masking keys too.
        public var isVerbose = false

        public init() {}
    }

    /// Columns of a preview where no terminal limits them.
    public static let previewColumns = 120
    /// Bytes of a payload that a preview can need: four for each column.
    public static let previewByteCount = 4 * 1_024

    public var output = ByteBuffer(capacity: 128 << 10)
    /// Frames shown so far.
    public private(set) var shownCount: UInt64 = 0
    let options: Options
    let palette: Palette
    var zero: Timestamp?
    var previous: Timestamp?
    /// Columns written in the current row.
    var columns = 0
    /// The remarks of the current row and their columns.
    var remarks = ByteBuffer()
    var remarkColumns = 0
    private var field = ByteBuffer()
    private var time = TimeText()

    public init(_ options: Options) {
        self.options = options
        palette = options.palette
    }

    // MARK: Events

    public mutating func opened(_ connection: Connection) {
        guard isWanted(connection) else { return }
        writeTitle(connection)
        let (sign, what, ink): (StaticString, StaticString, Ink) =
            switch connection.status {
            case .open: (palette.handshake, "upgrade", .good)
            case .refused: (palette.handshake, "refused", .warning)
            case .unanswered: (palette.handshake, "upgrade", .warning)
            case .inferred: (palette.handshake, "joined", .note)
            }
        beginRow(connection, at: connection.time)
        write(sign, columns: 1, ink)
        write(" ")
        writePadded(what, to: 10, ink)
        write(handshakeSummary(connection))
        endRow()
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        guard isWanted(connection) else { return }
        shownCount += 1
        beginRow(connection, at: frame.time)
        let ink: Ink = frame.from == .client ? .client : .server
        write(frame.from == .client ? palette.toServer : palette.toClient, columns: 1, ink)
        write(" ")
        writeKind(frame, message, ink)
        writeSize(message?.isCompressed == true ? message?.length ?? 0 : frame.header.length)
        write("  ")
        collectRemarks(frame, message, connection)
        let isMessage = message.map { $0.isCompressed || $0.frameCount == 1 } ?? false
        let isText = frame.messageOpcode == .text
        switch frame.header.opcode {
        case .close: writeClose(CloseBody(payload))
        case _ where frame.isCompressed && message == nil: writePreview(payload, isText: false, of: frame)
        case _ where isMessage: writePreview(content, isText: isText, of: frame)
        default: writePreview(payload, isText: isText, of: frame)
        }
        writeRemarks()
        endRow()
        if options.payload == .full {
            writeBlock(isMessage ? content : payload, isText: isText && (isMessage || !frame.isCompressed), frame)
        }
    }

    public mutating func abandoned(_ message: Message, content: Span<UInt8>, of connection: Connection) {
        guard isWanted(connection), message.frameCount > 0 else { return }
        beginRow(connection, at: message.endTime)
        write(message.from == .client ? palette.toServer : palette.toClient, columns: 1, .dim)
        write(" ")
        writePadded(message.opcode.name, to: 8, .dim)
        writeSize(message.length)
        write("  ")
        write("message never finished, \(Quantity.counted(message.frameCount, "frame")) of it seen", .dim)
        endRow()
    }

    public mutating func found(_ finding: Finding, from side: Side?, in connection: Connection?, at time: Timestamp) {
        if let connection, !isWanted(connection) { return }
        beginRow(connection, at: time)
        switch side {
        case .client: write(palette.toServer, columns: 1, .dim)
        case .server: write(palette.toClient, columns: 1, .dim)
        case nil: write(" ")
        }
        write(" ")
        remark(finding)
        output.append(contentsOf: remarks)
        clearRemarks()
        endRow()
    }

    public mutating func ended(_ connection: Connection) {
        guard isWanted(connection), let ending = connection.ending else { return }
        writeGutter(connection)
        write("  end  ", .strong)
        write(Quantity.duration(max(0, ending.time.nanoseconds(since: connection.time))))
        let ink: Ink =
            switch ending.manner {
            case .clean: .good
            case .stillOpen, .notUpgraded, .forgotten: .plain
            default: .warning
            }
        write(palette.separator, columns: 3, .dim)
        write(ending.text, ink)
        for side in Side.allCases {
            let totals = connection.totals(of: side)
            guard totals.frames > 0 else { continue }
            write(palette.separator, columns: 3, .dim)
            write(side == .client ? palette.toServer : palette.toClient, columns: 1, side == .client ? .client : .server)
            write(" \(Quantity.counted(totals.frames, "frame")) \(Quantity.size(totals.bytes))")
        }
        endRow()
    }

    /// The last line: what there was in all.
    public mutating func finish(_ summary: Summary) {
        guard summary.connections > 0, options.only == nil else { return }
        output.append("\n")
        var parts = [
            Quantity.counted(summary.connections, "connection"),
            "\(Quantity.counted(summary.frames, "frame")) \(Quantity.size(summary.bytes))",
        ]
        parts += zip(Severity.allCases, summary.findings).reversed().filter { $1 > 0 }.map { Quantity.counted($1, "\($0.name)") }
        write(parts.joined(separator: "\(palette.separator)"))
        endRow()
    }

    func isWanted(_ connection: Connection) -> Bool { options.only.map { $0 == connection.number } ?? true }

    // MARK: Parts of a row

    private mutating func writeTitle(_ connection: Connection) {
        if !output.isEmpty || previous != nil { output.append(UInt8(ascii: "\n")) }
        write("#\(connection.number)", .strong)
        write("  \(connection.client) \(palette.toServer) \(connection.server)", .strong)
        if let url = connection.url {
            write("   ")
            var safe = SafeText(limit: 200)
            palette.begin(.good, in: &output)
            safe.append(url, to: &output)
            palette.end(.good, in: &output)
        }
        write("   ")
        palette.begin(.dim, in: &output)
        time.appendReadable(connection.time, digits: 3, to: &output)
        output.append(" UTC")
        palette.end(.dim, in: &output)
        endRow()
    }

    private mutating func writeGutter(_ connection: Connection?) {
        columns = 0
        guard options.only == nil else { return write(" ") }
        field.removeAll()
        if let connection {
            field.append(UInt8(ascii: "#"))
            field.append(decimal: connection.number)
        }
        palette.begin(.dim, in: &output)
        output.append(contentsOf: field)
        columns = field.count
        while columns < 4 { write(" ") }
        palette.end(.dim, in: &output)
    }

    private mutating func beginRow(_ connection: Connection?, at moment: Timestamp) {
        writeGutter(connection)
        palette.begin(.dim, in: &output)
        field.removeAll()
        let start = zero ?? moment
        zero = start
        switch options.clock {
        case .absolute: time.appendTimeOfDay(moment, digits: 6, to: &field)
        case .relative: appendSeconds(moment.nanoseconds(since: start))
        case .delta: appendSeconds(moment.nanoseconds(since: previous ?? moment))
        }
        previous = moment
        for _ in field.count..<max(field.count, 11) { write(" ") }
        output.append(contentsOf: field)
        columns += field.count
        palette.end(.dim, in: &output)
        write("  ")
    }

    /// `1.200 400`: seconds, then milliseconds and microseconds apart.
    private mutating func appendSeconds(_ nanoseconds: Int64) {
        if nanoseconds < 0 { field.append(UInt8(ascii: "-")) }
        let micros = nanoseconds.magnitude / 1_000
        field.append(decimal: micros / 1_000_000)
        field.append(UInt8(ascii: "."))
        field.append(decimal: micros / 1_000 % 1_000, width: 3)
        field.append(UInt8(ascii: " "))
        field.append(decimal: micros % 1_000, width: 3)
    }

    /// The kind, and where in a fragmented message the frame stands.
    private mutating func writeKind(_ frame: Frame, _ message: Message?, _ ink: Ink) {
        let opcode = frame.header.opcode
        let isStray = opcode == .continuation && frame.messageOpcode == .continuation
        let kind = opcode == .continuation && !isStray ? frame.messageOpcode.name : opcode.name
        palette.begin(opcode.isControl ? .control : ink, in: &output)
        output.append(kind)
        columns += kind.utf8CodeUnitCount
        let isWhole = opcode.isControl || isStray || (frame.header.isFinal && opcode != .continuation)
        if !isWhole {
            output.append(" ")
            let sign = opcode != .continuation ? palette.fragmentFirst : frame.header.isFinal ? palette.fragmentLast : palette.fragmentNext
            output.append(sign)
            columns += 2
        }
        palette.end(opcode.isControl ? .control : ink, in: &output)
        let width = opcode.isReserved ? 12 : isStray ? 13 : 9
        while columns < kindStart + width { write(" ") }
    }

    /// The column in which the kind begins.
    private var kindStart: Int { (options.only == nil ? 4 : 1) + 11 + 4 }

    private mutating func writeSize(_ bytes: UInt64) {
        field.removeAll()
        if bytes < 1_000 {
            field.append(decimal: bytes)
            field.append(" B")
        } else {
            field.append(string: Quantity.size(bytes))
        }
        for _ in field.count..<max(field.count, 8) { write(" ") }
        output.append(contentsOf: field)
        columns += field.count
    }

    // MARK: Writing

    mutating func write(_ text: StaticString) {
        output.append(text)
        columns += text.utf8CodeUnitCount
    }

    mutating func write(_ text: StaticString, columns count: Int, _ ink: Ink) {
        palette.begin(ink, in: &output)
        output.append(text)
        columns += count
        palette.end(ink, in: &output)
    }

    /// Writes our own words with what they quote from the wire made safe.
    mutating func write(_ text: String, _ ink: Ink = .plain) {
        palette.begin(ink, in: &output)
        var safe = SafeText()
        safe.append(text, to: &output)
        columns += safe.columns
        palette.end(ink, in: &output)
    }

    mutating func writePadded(_ text: StaticString, to width: Int, _ ink: Ink) {
        write(text, columns: text.utf8CodeUnitCount, ink)
        for _ in text.utf8CodeUnitCount..<max(width, text.utf8CodeUnitCount) { write(" ") }
    }

    mutating func endRow() {
        output.append(UInt8(ascii: "\n"))
        columns = 0
    }
}
