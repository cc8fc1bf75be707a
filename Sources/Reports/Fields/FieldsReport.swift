import Bytes
import Filter
import Inspection
import Packets
import Rules
import Subprotocols
import Text
import WebSocket

/// Writes chosen fields, a row a frame: between tabs for shells, or as RFC 4180 with a header.
public struct FieldsReport: CountingSink, ~Copyable {
    public enum Form: Sendable {
        case tabs
        case commas
    }

    /// Whole rows.
    public var output: ByteBuffer {
        _read { yield rows.output }
        _modify { yield &rows.output }
    }
    public private(set) var shownCount: UInt64 = 0
    /// Frames after which it has enough.
    public var frameLimit = UInt64.max
    private let fields: [FieldReference]
    private let part: OutputPart?
    private var rows: RowWriter

    /// - Parameter part: of several captures, this one's; its source is then the last column.
    public init(_ fields: [FieldReference], form: Form, part: OutputPart? = nil) {
        self.fields = fields
        self.part = part
        rows = RowWriter(form == .commas ? .commas : .tabs)
    }

    /// What to ask of an inspector, as its `keptByteCount`.
    public static func keptByteCount(for fields: [FieldReference]) -> Int { fields.map(\.field.keptByteCount).max() ?? 0 }

    /// Writes the header, which only RFC 4180 has, unless a part before this one did.
    public mutating func begin() {
        guard rows.form == .commas, part?.isFirst != false else { return }
        for field in fields { rows.writeColumn(field.written) { $0.write(name: field.written) } }
        if part != nil { rows.writeColumn("source") { $0.write(name: "source") } }
        rows.endRow()
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        shownCount += 1
        rows.fractionDigits = Int(connection.fractionDigits)
        let fields = fields
        for field in fields {
            rows.writeColumn(field.written) { field.write(frame, ending: message, content: content, of: connection, into: &$0) }
        }
        if let part { rows.writeColumn("source") { $0.write(text: Array(part.source.utf8).span) } }
        rows.endRow()
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        shownCount += 1
        rows.fractionDigits = Int(connection.fractionDigits)
        let fields = fields
        for field in fields {
            rows.writeColumn(field.written) {
                field.write(frame, ending: message, content: content, of: connection, into: &$0)
                if field.isAboutOperations { field.write(meaning, into: &$0) }
            }
        }
        if let part { rows.writeColumn("source") { $0.write(text: Array(part.source.utf8).span) } }
        rows.endRow()
    }

    public mutating func note(_ event: Event) {}
}
