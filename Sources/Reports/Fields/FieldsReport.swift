import Bytes
import Filter
import Inspection
import Packets
import Rules
import Text
import WebSocket

/// Writes chosen fields, a row a frame: between tabs for shells, or as RFC 4180 with a header.
///
/// Text from the wire is made safe as in the timeline, so that a row is always one line. What is not there is an empty column; of
/// several values each stands behind a comma.
public struct FieldsReport: CountingSink, ~Copyable {
    public enum Form: Sendable {
        case tabs
        case commas
    }

    /// Whole rows.
    public var output = ByteBuffer()
    public private(set) var shownCount: UInt64 = 0
    /// Frames after which it has enough.
    public var frameLimit = UInt64.max
    private let fields: [FieldReference]
    private let form: Form
    private let part: OutputPart?
    private var time = TimeText()
    private var fractionDigits = 6
    /// The column in the making.
    private var column = ByteBuffer()
    private var valueCount = 0

    /// - Parameter part: of several captures, this one's; its source is then the last column.
    public init(_ fields: [FieldReference], form: Form, part: OutputPart? = nil) {
        self.fields = fields
        self.form = form
        self.part = part
    }

    /// What to ask of an inspector, as its `keptByteCount`.
    public static func keptByteCount(for fields: [FieldReference]) -> Int { fields.map(\.field.keptByteCount).max() ?? 0 }

    /// Writes the header, which only RFC 4180 has, unless a part before this one did.
    public mutating func begin() {
        guard form == .commas, part?.isFirst != false else { return }
        for (place, field) in fields.enumerated() {
            beginColumn()
            column.append(string: field.written)
            endColumn(place)
        }
        if part != nil { output.append(",source") }
        output.endRow()
    }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        shownCount += 1
        fractionDigits = Int(connection.fractionDigits)
        let fields = fields
        for (place, field) in fields.enumerated() {
            beginColumn()
            field.write(frame, ending: message, content: content, of: connection, into: &self)
            endColumn(place)
        }
        if let part {
            beginColumn()
            var safe = SafeText()
            safe.append(part.source, to: &column)
            endColumn(fields.count)
        }
        if form == .commas { output.endRow() } else { output.append("\n") }
    }

    public mutating func note(_ event: Event) {}
    // MARK: Columns

    private mutating func beginColumn() {
        column.removeAll()
        valueCount = 0
    }

    private mutating func endColumn(_ place: Int) {
        switch form {
        case .tabs:
            if place > 0 { output.append("\t") }
            output.append(contentsOf: column)
        case .commas:
            if place > 0 { output.append(",") }
            guard needsQuotes else { return output.append(contentsOf: column) }
            var written = ByteBuffer()
            swap(&written, &column)
            output.append("\"")
            output.append(quoted: written.span)
            output.append("\"")
            swap(&written, &column)
        }
    }

    private var needsQuotes: Bool {
        let span = column.span
        for index in span.indices where span[index] == UInt8(ascii: ",") || span[index] == UInt8(ascii: "\"") { return true }
        return false
    }

    private mutating func beginValue() {
        if valueCount > 0 { column.append(",") }
        valueCount += 1
    }
}

extension FieldsReport: FieldWriter {
    public mutating func write(number: Int128) {
        beginValue()
        if number < 0 { column.append("-") }
        column.append(decimal: UInt64(clamping: number.magnitude))
    }

    public mutating func write(flag: Bool) {
        beginValue()
        if flag { column.append("true") } else { column.append("false") }
    }

    /// Seconds.
    public mutating func write(duration: Int128) {
        beginValue()
        TimeText.appendSeconds(Int64(clamping: duration), to: &column)
    }

    public mutating func write(time moment: Timestamp) {
        beginValue()
        time.append(moment, digits: fractionDigits, to: &column)
    }

    public mutating func write(name: String) {
        beginValue()
        column.append(string: name)
    }

    public mutating func write(text: Span<UInt8>) {
        beginValue()
        var safe = SafeText()
        safe.append(text, to: &column)
    }

    /// Hexadecimal digits.
    public mutating func write(bytes: Span<UInt8>) {
        beginValue()
        for index in bytes.indices { column.append(hex: UInt64(bytes[index]), digits: 2) }
    }

    public mutating func write(address: IPAddress) {
        beginValue()
        column.append(string: address.description)
    }

    public mutating func write(json: Span<UInt8>) { write(text: json) }
}
