import Terminal
import Text
import WebSocket

/// Two frames side by side, with what differs marked.
enum CompareView {
    static let fixedRowCount = 3

    static func draw(_ state: State, _ place: ComparePlace, on canvas: inout Canvas, _ rows: Range<Int>) {
        guard let comparison = place.comparison else { return }
        let look = state.look
        let half = (canvas.size.columns - 3) / 2
        let starts = [0, half + 3]
        for (start, document) in zip(starts, comparison.documents) {
            canvas.draw(title(state, document).fitted(half, look), row: rows.lowerBound, column: start)
            let remark = Line(" " + (document.remark ?? ""), .dim)
            canvas.draw(remark.fitted(half, look), row: rows.lowerBound + 1, column: start)
        }
        canvas.draw(Line(String(repeating: "\(look.horizontal)", count: canvas.size.columns), .dim), row: rows.lowerBound + 2)
        for row in rows.dropFirst(fixedRowCount) {
            let index = place.list.top + row - rows.lowerBound - fixedRowCount
            let isThere = index < comparison.lines.count
            let isSame = !isThere || comparison.lines[index].isSame
            canvas.draw(Line(isSame ? "\(look.vertical)" : "!", isSame ? .dim : .warning), row: row, column: half + 1)
            guard isThere else { continue }
            let line = comparison.lines[index]
            for (side, part) in [line.left, line.right].enumerated() {
                guard let part else { continue }
                let drawn = self.line(part, comparison.documents[side], look, Comparison.columns(canvas.size.columns))
                canvas.draw(drawn, row: row, column: starts[side] + 1)
            }
        }
    }

    private static func title(_ state: State, _ document: FrameDocument) -> Line {
        let frame = state.transcript.rows[Int(document.request.row)]
        var line = Line(" #\(state.transcript.connections[Int(frame.connection)].number) frame \(frame.number)  ", .strong)
        line.add("\(frame.from == .client ? state.look.toServer : state.look.toClient) \(frame.messageOpcode.name)", Ink(frame.from))
        line.add("  \(Quantity.size(UInt64(document.bytes.count - document.headerCount))), \(document.form.name)", .dim)
        return line
    }

    private static func line(_ part: Comparison.Part, _ document: FrameDocument, _ look: Look, _ columns: Int) -> Line {
        if part.isHex {
            return HexDump.line(
                document.bytes, from: part.range.lowerBound, document.bytesPerLine, header: document.headerCount,
                matches: part.differences, .difference)
        }
        var line = Line()
        line.pad(to: part.indent)
        line.add(
            look.line(
                document.bytes.span.extracting(part.range), columns - part.indent, matches: part.differences, .difference,
                hasUnknownBytes: document.hasUnknownBytes))
        return line
    }
}
