import Bytes
import Filter
import Packets
import Text

/// Writes rows of fields: between tabs for shells, as RFC 4180, or as an object of JSON.
///
/// Between tabs and commas, text from the wire is made safe as in the timeline, so that a row is always one line. What is not there
/// is an empty column, or no member; of several values each follows a comma, or they are an array.
struct RowWriter: ~Copyable {
    enum Form: Sendable {
        case tabs
        case commas
        case json
    }

    /// Whole rows.
    var output = ByteBuffer()
    let form: Form
    /// Digits after the decimal point of instants: 6 or 9.
    var fractionDigits = 6
    private var time = TimeText()
    /// The column in the making.
    private var column = ByteBuffer()
    private var valueCount = 0
    private var columnCount = 0

    init(_ form: Form) { self.form = form }

    /// Writes one column: `values` writes what is in it.
    mutating func writeColumn(_ name: String, isMultiple: Bool = false, _ values: (inout RowWriter) -> Void) {
        column.removeAll()
        valueCount = 0
        values(&self)
        switch form {
        case .tabs:
            if columnCount > 0 { output.append("\t") }
            output.append(contentsOf: column)
        case .commas:
            if columnCount > 0 { output.append(",") }
            appendQuoted()
        case .json:
            guard valueCount > 0 else { return }
            output.append(columnCount > 0 ? UInt8(ascii: ",") : UInt8(ascii: "{"))
            output.append(jsonString: name)
            output.append(isMultiple ? ":[" : ":")
            output.append(contentsOf: column)
            if isMultiple { output.append("]") }
        }
        columnCount += 1
    }

    mutating func endRow() {
        switch form {
        case .tabs: output.append("\n")
        case .commas: output.endRow()
        case .json: output.append(columnCount > 0 ? "}\n" : "{}\n")
        }
        columnCount = 0
    }

    private mutating func appendQuoted() {
        guard needsQuotes else { return output.append(contentsOf: column) }
        var written = ByteBuffer()
        swap(&written, &column)
        output.append("\"")
        output.append(quoted: written.span)
        output.append("\"")
        swap(&written, &column)
    }

    private var needsQuotes: Bool {
        let span = column.span
        for index in span.indices where span[index] == UInt8(ascii: ",") || span[index] == UInt8(ascii: "\"") { return true }
        return false
    }

    // MARK: Values

    private mutating func beginValue() {
        if valueCount > 0 { column.append(",") }
        valueCount += 1
    }

    private mutating func quote() { if form == .json { column.append("\"") } }
}

extension RowWriter: FieldWriter {
    mutating func write(number: Int128) {
        beginValue()
        if number < 0 { column.append("-") }
        column.append(decimal: UInt64(clamping: number.magnitude))
    }

    mutating func write(flag: Bool) {
        beginValue()
        if flag { column.append("true") } else { column.append("false") }
    }

    /// Seconds.
    mutating func write(duration: Int128) {
        beginValue()
        TimeText.appendSeconds(Int64(clamping: duration), to: &column)
    }

    mutating func write(time moment: Timestamp) {
        beginValue()
        quote()
        time.append(moment, digits: fractionDigits, to: &column)
        quote()
    }

    mutating func write(name: String) {
        beginValue()
        if form == .json { column.append(jsonString: name) } else { column.append(string: name) }
    }

    mutating func write(text: Span<UInt8>) {
        beginValue()
        guard form != .json else {
            column.append("\"")
            column.append(escaping: text)
            return column.append("\"")
        }
        var safe = SafeText()
        safe.append(text, to: &column)
    }

    /// Hexadecimal digits.
    mutating func write(bytes: Span<UInt8>) {
        beginValue()
        quote()
        for index in bytes.indices { column.append(hex: UInt64(bytes[index]), digits: 2) }
        quote()
    }

    mutating func write(address: IPAddress) { write(name: address.description) }

    mutating func write(json: Span<UInt8>) {
        guard form == .json else { return write(text: json) }
        beginValue()
        column.append(json)
    }
}
