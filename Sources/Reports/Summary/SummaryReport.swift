import Channels
import Bytes
import Chains
import Filter
import HTTP
import Inspection
import Packets
import Verdicts
import WebSocket

/// What became of each connection: rows of those that ended alike for people, or a row a connection for programs.
public struct SummaryReport: CountingSink, ~Copyable {
    public enum Form: Sendable {
        case table
        case tabs
        case csv
        /// JSON Lines.
        case json
    }

    public enum Order: String, CaseIterable, Sendable {
        case worst
        case time
        case bytes
        case duration
        case state
    }

    public struct Options: Sendable {
        public var palette = Palette()
        /// Columns of the terminal; nil where rows need not fit one.
        public var width: Int?
        public var form = Form.table
        /// Nil: the worst first in the table, and as they end in the other forms, which then keep no rows.
        public var order: Order?
        /// Columns; nil: every field of connections.
        public var fields: [FieldReference]?
        /// A row for each connection in the table, too.
        public var showsAll = false
        /// Rows that are kept until the end.
        public var rowLimit = 100_000
        /// What to type to see one connection, and all of them.
        public var advice: [(command: String, purpose: String)] = []

        public init() {}
    }

    public var output: ByteBuffer {
        _read { yield rows.output }
        _modify { yield &rows.output }
    }
    /// Frames that were counted; where nothing limits them, not all are handed over.
    public private(set) var shownCount: UInt64 = 0
    public var frameLimit = UInt64.max
    public let options: Options
    let fields: [FieldReference]
    private(set) var table: SummaryGroups
    var rows: RowWriter
    private var sorted = SortedRows()
    private let asksForText: Bool
    var chains: ChainLog

    public init(_ options: Options) {
        self.options = options
        fields = options.fields ?? FieldReference.allOfConnections
        table = SummaryGroups(limit: options.rowLimit, isOneEach: options.showsAll)
        chains = ChainLog(limit: options.rowLimit)
        asksForText = fields.contains { $0.field == .verdictText }
        rows =
            switch options.form {
            case .table, .tabs: RowWriter(.tabs)
            case .csv: RowWriter(.commas)
            case .json: RowWriter(.json)
            }
    }

    /// Writes the header, which only RFC 4180 has.
    public mutating func begin() {
        guard options.form == .csv else { return }
        for field in fields { rows.writeColumn(field.written) { $0.write(name: field.written) } }
        rows.endRow()
    }

    /// Says that what follows is a capture of its own, whose clients follow nobody before.
    public mutating func beginAnew() { chains.beginAnew() }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        shownCount += 1
    }

    public mutating func note(_ event: Event) {
        if case .attempted(let attempt) = event, options.form == .table {
            table.add(attempt)
            chains.take(attempt)
        }
        guard case .ended(let end) = event else { return }
        guard options.form == .table else { return write(end, asksForText ? end.verdict : end.outline) }
        let outline = end.outline
        table.add(end, outline)
        chains.take(end.connection, outline)
    }

    /// Writes what has waited for the end.
    public mutating func finish(_ summary: Summary) {
        if options.form == .table { return writeTable(summary) }
        sorted.write(to: &rows.output)
    }

    /// Connections that have no row, because too many were kept.
    public var omittedCount: UInt64 { options.form == .table ? table.totals.omittedCount : sorted.omittedCount }

    // MARK: For programs

    private mutating func write(_ end: ConnectionEnd, _ verdict: Verdict) {
        let fields = fields
        let begin = rows.output.count
        rows.fractionDigits = Int(end.connection.fractionDigits)
        for field in fields {
            rows.writeColumn(field.written, isMultiple: field.field.isMultiple) { field.write(end, verdict, into: &$0) }
        }
        rows.endRow()
        guard let order = options.order else { return }
        sorted.take(from: begin, of: &rows.output, key: order.key(of: end, verdict), limit: options.rowLimit)
    }
}

extension SummaryReport.Order {
    /// The least key is shown first.
    fileprivate func key(of end: ConnectionEnd, _ verdict: Verdict) -> Int64 {
        switch self {
        case .worst, .state: -Int64(verdict.standing.rawValue)
        case .time: Int64(clamping: end.connection.number)
        case .bytes: -Int64(clamping: end.byteCount)
        case .duration: -verdict.time.nanoseconds(since: end.connection.time)
        }
    }
}
