import Bytes
import Inspection
import Text
import WebSocket

extension TimelineReport {
    // MARK: The front of a row

    /// What the front of a row takes at most: 21 bytes of gutter, 32 of time, 3 of arrow, 17 of kind, 24 of size, up to 56 blanks,
    /// and colours.
    private static let frontByteCount = 320

    mutating func writeGutter(_ connection: Connection?) {
        // Invariant: see `frontByteCount`.
        var row = unsafe output.writer(upTo: Self.frontByteCount)
        columns = writeGutter(connection?.number, to: &row)
        output.commit(row)
    }

    mutating func beginRow(_ connection: Connection?, at moment: Timestamp) {
        // Invariant: see `frontByteCount`.
        var row = unsafe output.writer(upTo: Self.frontByteCount)
        columns = beginRow(connection?.number, at: moment, to: &row)
        output.commit(row)
    }

    /// Writes what stands before the payload of a frame.
    mutating func writeFront(_ frame: Frame, at moment: Timestamp, size: UInt64, of connection: Connection) {
        // Invariant: see `frontByteCount`.
        var row = unsafe output.writer(upTo: Self.frontByteCount)
        let (start, ink) = beginRow(connection.number, at: moment, from: frame.from, to: &row)
        let end = layout.kindStart + Layout.kindWidth
        let kindEnd =
            frame.header.first & 0x8F == 0x81
            ? Self.writeText(ink, palette, from: start, upTo: end, to: &row)
            : Self.writeKind(frame, ink, palette, from: start, upTo: end, to: &row)
        columns = writeSize(size, from: kindEnd, to: &row)
        output.commit(row)
    }

    /// The same of a plain frame of text.
    mutating func writeFront(plain frame: PlainFrame, of connection: Connection) {
        // Invariant: see `frontByteCount`.
        var row = unsafe output.writer(upTo: Self.frontByteCount)
        let (start, ink) = beginRow(connection.number, at: frame.time, from: frame.from, to: &row)
        let kindEnd = Self.writeText(ink, palette, from: start, upTo: layout.kindStart + Layout.kindWidth, to: &row)
        columns = writeSize(frame.header.length, from: kindEnd, to: &row)
        output.commit(row)
    }

    /// The same of a packet that came by polling.
    mutating func writeFront(_ packet: PolledPacket, of connection: Connection) {
        // Invariant: see `frontByteCount`.
        var row = unsafe output.writer(upTo: Self.frontByteCount)
        let (start, ink) = beginRow(connection.number, at: packet.time, from: packet.from, to: &row)
        palette.begin(ink, in: &row)
        row.append("polled")
        palette.end(ink, in: &row)
        row.append(UInt8(ascii: " "))
        let end = max(layout.kindStart + Layout.kindWidth, start + 7)
        row.append(blanks: end - start - 7)
        columns = writeSize(UInt64(packet.byteCount), from: end, to: &row)
        output.commit(row)
    }

    /// A size, to the byte where that has room.
    mutating func writeSize(_ bytes: UInt64) {
        // Invariant: see `frontByteCount`.
        var row = unsafe output.writer(upTo: Self.frontByteCount)
        columns = writeSize(bytes, from: columns, to: &row)
        output.commit(row)
    }

    // MARK: Its parts, each of which tells the column that it ends in

    @inline(__always)
    private func writeGutter(_ number: UInt64?, to row: inout LineWriter) -> Int {
        guard !options.isAboutOne else {
            row.append(UInt8(ascii: " "))
            return 1
        }
        palette.begin(.dim, in: &row)
        var columns = 0
        if let number {
            row.append(UInt8(ascii: "#"))
            let before = row.room
            row.append(decimal: number)
            columns = 1 + before - row.room
        }
        row.append(blanks: Layout.gutterWidth - columns)
        palette.end(.dim, in: &row)
        return max(columns, Layout.gutterWidth)
    }

    @inline(__always)
    private mutating func beginRow(_ number: UInt64?, at moment: Timestamp, to row: inout LineWriter) -> Int {
        let gutter = writeGutter(number, to: &row)
        palette.begin(.dim, in: &row)
        let start = zero ?? moment
        zero = start
        hasRows = true
        let width: Int
        switch options.clock {
        case .absolute, .local:
            let before = row.room
            time.appendTimeOfDay(moment, digits: 6, to: &row)
            width = before - row.room
        case .relative: width = Self.writeElapsed(moment.nanoseconds(since: start), to: &row)
        case .delta: width = Self.writeElapsed(moment.nanoseconds(since: previous ?? moment), to: &row)
        }
        previous = moment
        palette.end(.dim, in: &row)
        row.append("  ")
        return gutter + width + 2
    }

    /// The beginning of a frame's row, with its arrow.
    @inline(__always)
    private mutating func beginRow(
        _ number: UInt64, at moment: Timestamp, from side: Side, to row: inout LineWriter
    ) -> (columns: Int, ink: Ink) {
        let columns = beginRow(number, at: moment, to: &row)
        let ink: Ink = side == .client ? .client : .server
        palette.begin(ink, in: &row)
        if palette.isASCII {
            row.append(side == .client ? UInt8(ascii: ">") : UInt8(ascii: "<"))
        } else {
            // The UTF-8 of the arrows U+2192 and U+2190, as a word.
            row.append(side == .client ? 0x92_86E2 : 0x90_86E2, count: 3)
        }
        palette.end(ink, in: &row)
        row.append(UInt8(ascii: " "))
        return (columns + 2, ink)
    }

    /// A time, right-aligned; its width.
    @inline(__always)
    private static func writeElapsed(_ nanoseconds: Int64, to row: inout LineWriter) -> Int {
        let (seconds, micros) = TimeText.elapsed(nanoseconds)
        let width = LineWriter.digitCount(seconds) + 8 + (nanoseconds < 0 ? 1 : 0)
        row.append(blanks: Layout.timeWidth - width)
        if nanoseconds < 0 { row.append(UInt8(ascii: "-")) }
        row.append(decimal: seconds)
        TimeText.append(micros: micros, to: &row)
        return max(width, Layout.timeWidth)
    }

    /// The kind of a whole text message, which nearly all frames are.
    @inline(__always)
    private static func writeText(_ side: Ink, _ palette: Palette, from column: Int, upTo end: Int, to row: inout LineWriter) -> Int {
        palette.begin(side, in: &row)
        row.append("text")
        palette.end(side, in: &row)
        row.append(UInt8(ascii: " "))
        row.append(blanks: end - column - 5)
        return max(end, column + 5)
    }

    /// The kind, and where in a fragmented message the frame stands.
    private static func writeKind(
        _ frame: Frame, _ side: Ink, _ palette: Palette, from column: Int, upTo end: Int, to row: inout LineWriter
    ) -> Int {
        let opcode = frame.header.opcode
        let isStray = opcode == .continuation && frame.messageOpcode == .continuation
        let kind = opcode == .continuation && !isStray ? frame.messageOpcode.name : opcode.name
        let ink: Ink =
            switch opcode {
            case .ping, .pong: .dim
            case .close: .strong
            default: side
            }
        var column = column + kind.utf8CodeUnitCount + 1
        palette.begin(ink, in: &row)
        row.append(kind)
        let isWhole = opcode.isControl || isStray || (frame.header.isFinal && opcode != .continuation)
        if !isWhole {
            row.append(UInt8(ascii: " "))
            row.append(
                opcode != .continuation ? palette.fragmentFirst : frame.header.isFinal ? palette.fragmentLast : palette.fragmentNext)
            column += 2
        }
        palette.end(ink, in: &row)
        row.append(UInt8(ascii: " "))
        row.append(blanks: end - column)
        return max(end, column)
    }

    @inline(__always)
    private mutating func writeSize(_ bytes: UInt64, from column: Int, to row: inout LineWriter) -> Int {
        // A long kind takes its columns from the blanks in front of the size.
        let end = max(column, layout.payloadStart - 2)
        if bytes < 1_000, end - column >= 5 {
            row.append(blanks: end - column - 5)
            row.append(rightAligned: UInt32(truncatingIfNeeded: bytes))
            row.append(" B")
            return end
        }
        if bytes < 1_000 {
            let width = LineWriter.digitCount(bytes) + 2
            row.append(blanks: end - width - column)
            row.append(decimal: bytes)
            row.append(" B")
            return max(end, column + width)
        }
        field.removeAll()
        Quantity.append(size: bytes, to: &field)
        row.append(blanks: end - field.count - column)
        row.append(field.span)
        return max(end, column + field.count)
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
