import Bytes
import Reports

extension Output {
    /// Appends a sentence or more, broken at blanks where it is for a terminal.
    static func append(prose: String, to text: inout ByteBuffer) { append(columns: [], prose: prose, to: &text) }

    /// Appends a row of a list: cells of fixed widths, then prose, which goes on below itself where that has room.
    static func append(columns cells: [(text: String, width: Int)], prose: String, to text: inout ByteBuffer) {
        let start = cells.reduce(0) { $0 + $1.width }
        let width = proseWidth.map { min($0, WrappedLine.proseWidth) }
        let indent = cells.isEmpty ? 0 : start + 24 <= width ?? .max ? start : 4
        var line = WrappedLine(Palette(), width: width)
        var column = 0
        for cell in cells {
            line.add(cell.text, indent: 0)
            column += cell.width
            line.pad(to: column)
        }
        line.add(prose, indent: indent)
        line.end(in: &text)
    }
}
