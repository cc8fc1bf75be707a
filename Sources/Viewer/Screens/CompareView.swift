import Terminal
import Text
import WebSocket

/// Two frames side by side, the lines that differ marked.
enum CompareView {
    static let fixedRowCount = 3

    static func draw(_ state: State, _ place: ComparePlace, on canvas: inout Canvas, _ rows: Range<Int>) {
        guard place.documents.count == 2 else { return }
        let half = (canvas.size.columns - 3) / 2
        let starts = [0, half + 3]
        for (start, document) in zip(starts, place.documents) {
            let frame = state.transcript.rows[Int(document.request.row)]
            var line = Line(" #\(state.transcript.connections[Int(frame.connection)].number) frame \(frame.number)  ", .strong)
            line.add("\(frame.from == .client ? state.look.toServer : state.look.toClient) \(frame.messageOpcode.name)", Ink(frame.from))
            line.add("  \(Quantity.size(UInt64(document.bytes.count - document.headerCount)))", .dim)
            canvas.draw(line, row: rows.lowerBound, column: start, limit: half)
            if let remark = document.remark { canvas.draw(Line(" " + remark, .dim), row: rows.lowerBound + 1, column: start, limit: half) }
        }
        canvas.draw(Line(String(repeating: "\(state.look.horizontal)", count: canvas.size.columns), .dim), row: rows.lowerBound + 2)
        for row in rows.dropFirst(fixedRowCount) {
            let index = place.list.top + row - rows.lowerBound - fixedRowCount
            let lines = place.documents.map { FrameView.line($0, index, state.look, half) }
            for (start, line) in zip(starts, lines) { if let line { canvas.draw(line, row: row, column: start + 1, limit: half - 1) } }
            let texts = lines.map { $0?.parts.map(\.text).joined() }
            let isSame = texts[0] == texts[1]
            canvas.draw(Line(isSame ? "\(state.look.vertical)" : "!", isSame ? .dim : .warning), row: row, column: half + 1)
        }
    }
}
