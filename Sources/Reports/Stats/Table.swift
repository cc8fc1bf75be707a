import Bytes
import Text

/// Rows of cells in columns that fit a terminal: where there is no room, columns that matter less are left out.
struct Table {
    struct Column {
        var title: String
        var isLeft = false
        /// The higher, the sooner it is left out; 0 stays.
        var rank = 0
        /// It may be cut down to `leastWidth`.
        var isFlexible = false
        var ink = Ink.plain
        /// The row's ink goes before the column's.
        var takesRowInk = false
    }

    private static let gap = 2
    private static let leastWidth = 12
    /// What a flexible column should have before others are left out for it.
    private static let usefulWidth = 20
    /// Columns of this rank go before the tail does.
    private static let tailRank = 5
    /// Columns of a flexible cell where no terminal limits it.
    private static let mostWidth = 80

    private let columns: [Column]
    private var rows: [[String]] = []
    private var inks: [Ink?] = []
    /// Columns at the left edge that stay empty.
    private let indent = 1

    init(_ columns: [Column]) { self.columns = columns }

    mutating func add(_ cells: [String], _ ink: Ink? = nil) {
        rows.append(cells)
        inks.append(ink)
    }

    /// Writes the titles, then each row.
    /// - Parameters:
    ///   - tailWidth: columns that should stay free behind the cells.
    ///   - tail: writes behind the cells of a row, within the room that it is given.
    /// - Returns: whether there was room for the tail.
    @discardableResult
    func write(
        to output: inout ByteBuffer, _ palette: Palette, width: Int?, tailWidth: Int = 0,
        tail: (inout ByteBuffer, Int, Int) -> Void = { _, _, _ in }
    ) -> Bool {
        var widths = columns.indices.map { column in
            max(columns[column].title.count, rows.map { Self.width($0[column], palette) }.max() ?? 0)
        }
        for column in columns.indices where columns[column].isFlexible { widths[column] = min(widths[column], Self.mostWidth) }
        var shown = Set(columns.indices)
        func total() -> Int { indent + shown.reduce(0) { $0 + widths[$1] + Self.gap } - Self.gap }
        var room = tailWidth
        if let width {
            // Room for a flexible column of some use; beside that the tail matters less than columns of a low rank.
            let flexible = columns.firstIndex { $0.isFlexible }
            let slack = flexible.map { max(0, widths[$0] - Self.usefulWidth) } ?? 0
            func isTooWide() -> Bool { total() - slack + (room > 0 ? room + Self.gap : 0) > width }
            while isTooWide(), let least = leastOf(shown) {
                if room > 0, columns[least].rank < Self.tailRank { room = 0 } else { shown.remove(least) }
            }
            if isTooWide() { room = 0 }
            let needed = room > 0 ? room + Self.gap : 0
            if let flexible { widths[flexible] = max(Self.leastWidth, widths[flexible] - max(0, total() + needed - width)) }
            if room > 0 { room = max(room, min(2 * tailWidth, width - total() - Self.gap)) }
        }
        let order = columns.indices.filter { shown.contains($0) }
        writeRow(columns.map(\.title), order, widths, titleInk: .dim, nil, to: &output, palette)
        output.append("\n")
        for (index, row) in rows.enumerated() {
            writeRow(row, order, widths, titleInk: nil, inks[index], to: &output, palette)
            if room > 0 {
                output.append("  ")
                tail(&output, index, room)
            }
            output.append("\n")
        }
        return room > 0
    }

    /// The column that is left out next.
    private func leastOf(_ shown: Set<Int>) -> Int? {
        shown.filter { columns[$0].rank > 0 }.max { (columns[$0].rank, $0) < (columns[$1].rank, $1) }
    }

    private func writeRow(
        _ cells: [String], _ order: [Int], _ widths: [Int], titleInk: Ink?, _ rowInk: Ink?, to output: inout ByteBuffer, _ palette: Palette
    ) {
        // Blanks are owed until something follows them: lines do not end in blanks.
        var blanks = indent
        for (place, column) in order.enumerated() {
            if place > 0 { blanks += Self.gap }
            var cell = ByteBuffer()
            let used = TimelineReport.appendCut(palette.spelled(cells[column]), to: &cell, limit: widths[column], palette)
            let ink = titleInk ?? (columns[column].takesRowInk ? rowInk : nil) ?? columns[column].ink
            guard used > 0 else {
                blanks += widths[column]
                continue
            }
            if !columns[column].isLeft { blanks += widths[column] - used }
            Self.pad(blanks, &output)
            blanks = 0
            palette.begin(ink, in: &output)
            output.append(contentsOf: cell)
            palette.end(ink, in: &output)
            if columns[column].isLeft { blanks = widths[column] - used }
        }
    }

    static func pad(_ count: Int, _ output: inout ByteBuffer) {
        for _ in 0..<max(0, count) { output.append(UInt8(ascii: " ")) }
    }

    private static func width(_ text: String, _ palette: Palette) -> Int {
        var safe = SafeText(isASCII: palette.isASCII)
        var scratch = ByteBuffer()
        safe.append(palette.spelled(text), to: &scratch)
        return safe.columns
    }
}
