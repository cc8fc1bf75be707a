import Bytes
import Inspection
import Text
import WebSocket

extension TimelineReport {
    // MARK: The front of a row

    mutating func writeGutter(_ connection: Connection?) {
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
        pad(to: Layout.gutterWidth)
        palette.end(.dim, in: &output)
    }

    mutating func beginRow(_ connection: Connection?, at moment: Timestamp) {
        writeGutter(connection)
        palette.begin(.dim, in: &output)
        field.removeAll()
        let start = zero ?? moment
        zero = start
        hasRows = true
        switch options.clock {
        case .absolute: time.appendTimeOfDay(moment, digits: 6, to: &field)
        case .relative: TimeText.appendElapsed(moment.nanoseconds(since: start), to: &field)
        case .delta: TimeText.appendElapsed(moment.nanoseconds(since: previous ?? moment), to: &field)
        }
        previous = moment
        pad(to: columns + Layout.timeWidth - field.count)
        output.append(contentsOf: field)
        columns += field.count
        palette.end(.dim, in: &output)
        write("  ")
    }

    /// The kind, and where in a fragmented message the frame stands.
    mutating func writeKind(_ frame: Frame, _ side: Ink) {
        let opcode = frame.header.opcode
        let isStray = opcode == .continuation && frame.messageOpcode == .continuation
        let kind = opcode == .continuation && !isStray ? frame.messageOpcode.name : opcode.name
        let ink: Ink =
            switch opcode {
            case .ping, .pong: .dim
            case .close: .strong
            default: side
            }
        palette.begin(ink, in: &output)
        output.append(kind)
        columns += kind.utf8CodeUnitCount
        let isWhole = opcode.isControl || isStray || (frame.header.isFinal && opcode != .continuation)
        if !isWhole {
            output.append(" ")
            output.append(
                opcode != .continuation ? palette.fragmentFirst : frame.header.isFinal ? palette.fragmentLast : palette.fragmentNext)
            columns += 2
        }
        palette.end(ink, in: &output)
        write(" ")
        pad(to: layout.kindStart + Layout.kindWidth)
    }

    /// A size, to the byte where that has room.
    mutating func writeSize(_ bytes: UInt64) {
        field.removeAll()
        Quantity.append(size: bytes, to: &field)
        // A long kind takes its columns from the blanks in front of the size.
        pad(to: max(columns, layout.payloadStart - 2) - field.count)
        output.append(contentsOf: field)
        columns += field.count
    }

    // MARK: Writing

    @inline(__always)
    mutating func write(_ text: StaticString) {
        output.append(text)
        columns += text.utf8CodeUnitCount
    }

    mutating func write(_ text: StaticString, _ ink: Ink) {
        write(text, columns: text.utf8CodeUnitCount, ink)
    }

    mutating func write(_ text: StaticString, columns count: Int, _ ink: Ink) {
        palette.begin(ink, in: &output)
        output.append(text)
        columns += count
        palette.end(ink, in: &output)
    }

    mutating func writePadded(_ text: StaticString, to width: Int, _ ink: Ink) {
        let start = columns
        write(text, ink)
        pad(to: start + width)
    }

    /// Blanks up to a column; none where the row is already there.
    @inline(__always)
    mutating func pad(to column: Int) {
        while columns < column {
            output.append(UInt8(ascii: " "))
            columns += 1
        }
    }

    mutating func endRow() {
        output.append(UInt8(ascii: "\n"))
        columns = 0
    }
}
