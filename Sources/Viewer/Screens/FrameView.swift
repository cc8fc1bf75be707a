import JSON
import Bytes
import Inspection
import Reports
import Rules
import Terminal
import Text
import WebSocket

/// One frame: its header bit by bit, what is to be said of it, and its payload.
enum FrameView {
    /// Findings that have a line of their own; the list of findings has them all.
    private static let findingLimit = 3

    /// Rows from which on the bits of the header and the payload both have room.
    private static let rowsForBits = 30

    /// The header is one line, so that the payload has the room; unless the bits were asked for.
    static func foldsHeader(_ state: State) -> Bool { state.foldsHeader ?? (state.size.rows < rowsForBits) }

    /// Below the bits so much is left at least that a payload can be read.
    private static func showsRuler(_ state: State) -> Bool { !foldsHeader(state) && state.size.rows >= 14 }

    /// Rows above the payload.
    static func fixedRowCount(_ state: State, _ place: FramePlace) -> Int {
        let header = state.transcript.rows[Int(place.row)].header
        let findings = min(findingLimit, state.transcript.findings(of: place.row).count) * (foldsHeader(state) ? 1 : 2)
        let ruler = showsRuler(state) ? BitRuler.lineCount(header.bytes, width: state.size.columns) : 0
        return 1 + ruler + 1 + findings + 1 + packetLines(state, place).count + 1
    }

    private static func packetLines(_ state: State, _ place: FramePlace) -> [Line] {
        foldsHeader(state) ? [] : PacketLines.lines(state, place)
    }

    static func draw(_ state: State, _ place: FramePlace, on canvas: inout Canvas, _ rows: Range<Int>) {
        let frame = state.transcript.rows[Int(place.row)]
        let header = frame.fullHeader(state.transcript.length(of: place.row))
        let fields = state.fields(of: place.row)
        var row = rows.lowerBound
        canvas.draw(title(state, place.row, frame).fitted(canvas.size.columns, state.look), row: row)
        row += 1
        let ruler = showsRuler(state) ? BitRuler.lines(header.bytes, fields, selected: place.field, width: canvas.size.columns) : []
        for (line, selected) in ruler {
            canvas.draw(line, row: row, column: 2)
            if let selected { canvas.select(row: row, selected.lowerBound + 2..<selected.upperBound + 2) }
            row += 1
        }
        canvas.draw(meaning(state, place, fields), row: row)
        row += 1
        for index in state.transcript.findings(of: place.row).prefix(findingLimit) {
            let finding = state.transcript.findings[index].finding
            let ink = Ink(finding.rule.severity)
            let room = canvas.size.columns - 5
            canvas.draw(
                Line(
                    "  \(state.look.sign(finding.rule.severity)) \(state.look.fitted(state.look.spelled(FindingsView.words(finding)), room))",
                    ink), row: row)
            row += 1
            if foldsHeader(state) { continue }
            canvas.draw(Line("    " + state.look.fitted(state.look.spelled("\(finding.rule.entry.advice)"), room), .dim), row: row)
            row += 1
        }
        canvas.draw(provenance(state, place, frame), row: row)
        row += 1
        for line in packetLines(state, place) {
            canvas.draw(line, row: row)
            row += 1
        }
        canvas.draw(heading(state, place, frame), row: row)
        drawPayload(state, place, fields, on: &canvas, row + 1..<max(row + 1, rows.upperBound))
    }

    // MARK: Above the payload

    static func title(_ state: State, _ row: UInt32, _ frame: FrameRow) -> Line {
        let look = state.look
        let connection = state.transcript.connections[Int(frame.connection)]
        var line = Line(" #\(connection.number) frame \(frame.number)  ", .strong)
        line.add("\(frame.from == .client ? look.toServer : look.toClient) from the \(frame.from.name)  ", Ink(frame.from))
        var time = TimeText(zone: state.clock == .local ? state.zone : nil)
        var text = ByteBuffer()
        time.appendReadable(frame.time, digits: 6, to: &text)
        line.add(String(decoding: text.span.copied(), as: UTF8.self) + (state.clock == .local ? " local" : " UTC"), .dim)
        let since = TimelineRow.time(frame.time, state, zero: connection.time, previous: nil)
        if state.clock == .relative, line.width + since.count + 6 <= state.size.columns { line.add("  +\(since)", .dim) }
        return line
    }

    private static func meaning(_ state: State, _ place: FramePlace, _ fields: [HeaderField]) -> Line {
        var line = Line("  ")
        if !showsRuler(state) {
            let words = HeaderField.words(fields, state.transcript.length(of: place.row)).joined(separator: " · ")
            line.add(state.look.fitted(state.look.spelled(words), state.size.columns - 3), .strong)
        } else if place.field < fields.count {
            line.add(state.look.fitted(state.look.spelled(fields[place.field].meaning), state.size.columns - 3), .strong)
        } else {
            line.add("payload: \(Quantity.counted(state.transcript.length(of: place.row), "byte"))", .strong)
        }
        return line
    }

    /// Which message, which packets, and what else is known.
    private static func provenance(_ state: State, _ place: FramePlace, _ frame: FrameRow) -> Line {
        let row = place.row
        let details = state.transcript.details(of: row)
        var parts: [String] = []
        if packetLines(state, place).isEmpty {
            if let packets = details?.packets, packets.first > 0 {
                parts.append("packets \(self.packets(packets))")
            } else {
                parts.append("packet \(frame.packet)")
            }
        }
        if frame.isFragment {
            let frames = state.transcript.frames(ofMessageOf: row)
            let place = (frames.firstIndex(of: row) ?? 0) + 1
            parts.append("fragment \(place) of \(frames.count) of message \(frame.message)")
        } else {
            parts.append("message \(frame.message)")
        }
        if let message = details?.message, frame.isCompressed || message.frameCount > 1 {
            parts.append("\(Quantity.size(message.length)) in \(Quantity.counted(message.frameCount, "frame"))")
        }
        if let end = details?.endTime { parts.append("took \(Quantity.duration(end.nanoseconds(since: frame.time)))") }
        if let roundTrip = details?.roundTrip { parts.append("round trip \(Quantity.duration(roundTrip))") }
        if let captured = details?.capturedLength {
            parts.append("only \(Quantity.size(captured)) of \(Quantity.size(state.transcript.length(of: row))) captured")
        }
        if let acknowledgement = place.packets?.acknowledgement {
            let last = place.packets?.packets.last { !$0.isRepetition }?.time ?? frame.time
            let elapsed = Quantity.duration(acknowledgement.time.nanoseconds(since: last))
            parts.append("acknowledged in packet \(acknowledgement.packet), \(elapsed) later")
        }
        return Line("  " + state.look.fitted(state.look.spelled(parts.joined(separator: " · ")), state.size.columns - 3), .dim)
    }

    static func packets(_ packets: PacketList) -> String {
        let count = UInt64(packets.rest.count) + 1 + packets.omittedCount
        if count <= 6 { return ([packets.first] + packets.rest).map(String.init).joined(separator: ", ") }
        return "\(packets.first) to \(packets.last) (\(Quantity.count(count)))"
    }

    private static func heading(_ state: State, _ place: FramePlace, _ frame: FrameRow) -> Line {
        guard let document = place.document else { return Line() }
        return heading(document, state.look, state.size.columns)
    }

    static func heading(_ document: FrameDocument, _ look: Look, _ width: Int) -> Line {
        let size = Quantity.size(UInt64(document.bytes.count - document.headerCount))
        var title = document.request.kind == .message ? "message" : "payload"
        if !document.isUnkept { title += " \(size), \(document.form.name)" }
        if let remark = document.remark { title += ": \(remark)" }
        return HandshakeView.heading(look.fitted(look.spelled(title), width - 8), look, width, .strong)
    }

    // MARK: The payload

    private static func drawPayload(
        _ state: State, _ place: FramePlace, _ fields: [HeaderField], on canvas: inout Canvas, _ rows: Range<Int>
    ) {
        guard let document = place.document else { return }
        if document.lineCount == 0 {
            let words = document.isUnkept ? "not kept on the disk; 4 says why" : document.bytes.isEmpty ? "nothing" : "no reason"
            return canvas.draw(Line("  " + words, .dim), row: rows.lowerBound)
        }
        let marked = document.form == .hex ? markedBytes(place, fields, document) : nil
        for row in rows {
            let index = place.list.top + row - rows.lowerBound
            guard let line = line(document, index, state.look, canvas.size.columns - 2) else { break }
            canvas.draw(line, row: row, column: 1)
            if document.form == .json, index == place.list.selected { canvas.select(row: row) }
            guard let marked else { continue }
            let start = index * document.bytesPerLine
            for byte in marked.clamped(to: start..<start + document.bytesPerLine) {
                let column = 1 + HexDump.column(byte - start)
                canvas.select(row: row, column..<column + 2)
            }
        }
    }

    /// The bytes of the selected field.
    private static func markedBytes(_ place: FramePlace, _ fields: [HeaderField], _ document: FrameDocument) -> Range<Int>? {
        guard document.headerCount > 0 else { return nil }
        guard place.field < fields.count else { return document.headerCount..<document.bytes.count }
        let bits = fields[place.field].bits
        return bits.lowerBound / 8..<(bits.upperBound + 7) / 8
    }

    /// A line of a document; nil behind its end.
    static func line(_ document: FrameDocument, _ index: Int, _ look: Look, _ width: Int) -> Line? {
        guard index >= 0, index < document.lineCount else { return nil }
        switch document.form {
        case .text:
            let range = document.range(ofLine: index)
            return look.line(
                document.bytes.span.extracting(range), width, matches: document.matches(in: range),
                hasUnknownBytes: document.hasUnknownBytes)
        case .hex:
            let start = index * document.bytesPerLine
            let matches = document.matches(in: start..<start + document.bytesPerLine)
            return HexDump.line(document.bytes, from: start, document.bytesPerLine, header: document.headerCount, matches: matches)
        case .json: return treeLine(document, index, look, width)
        }
    }

    private static func treeLine(_ document: FrameDocument, _ index: Int, _ look: Look, _ width: Int) -> Line? {
        guard let tree = document.tree else { return nil }
        let number = document.treeRow(index)
        let row = tree.rows[number]
        let bytes = document.bytes.span
        let isFolded = document.request.folded.contains(number)
        var line = Line(String(repeating: "  ", count: min(row.depth, 40)))
        line.add(row.isContainer ? "\(isFolded ? look.folded : look.unfolded) " : "  ", .dim)
        if let name = row.name {
            line.add(
                look.line(bytes.extracting(name), max(width / 2, width - line.width - 24), .label, matches: document.matches(in: name)))
            line.add(": ", .dim)
        }
        let first = bytes[row.value.lowerBound]
        let ink: Ink =
            row.isContainer || first == UInt8(ascii: "}") || first == UInt8(ascii: "]")
            ? .dim : first == UInt8(ascii: "\"") ? .good : .client
        line.add(look.line(bytes.extracting(row.value), width - line.width, ink, matches: document.matches(in: row.value)))
        if isFolded {
            let closing = first == UInt8(ascii: "{") ? "}" : "]"
            line.add(
                " \(look.ellipsis) \(closing)  \(Quantity.counted(UInt64(row.childCount), first == UInt8(ascii: "{") ? "member" : "element"))",
                .dim)
        }
        return line
    }
}
