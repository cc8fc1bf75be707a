import Bytes
import Rules
import Text

/// What is said of one row, before it is known where that fits. Kept between rows, so that a row costs no allocation.
struct Remarks: ~Copyable {
    struct Mark {
        /// Where its bytes end.
        var end: Int
        var columns: Int
        var ink: Ink
    }

    private(set) var bytes = ByteBuffer()
    private(set) var marks: [Mark] = []
    var isEmpty: Bool { marks.isEmpty }

    /// Adds our own words, and what they quote from the wire made safe.
    mutating func add(_ text: String, _ ink: Ink, _ palette: Palette) {
        let columns = TimelineReport.appendCut(palette.spelled(text), to: &bytes, limit: 400, palette)
        note(columns, ink)
    }

    /// Adds `deflated 41 B`: by far the most frequent remark.
    mutating func addDeflated(_ wireLength: UInt64) {
        let start = bytes.count
        bytes.append("deflated ")
        Quantity.append(size: wireLength, to: &bytes)
        note(bytes.count - start, .dim)
    }

    private mutating func note(_ columns: Int, _ ink: Ink) {
        marks.append(Mark(end: bytes.count, columns: columns, ink: ink))
    }

    /// How many of them, from the first, fit into so many columns with two blanks between.
    func count(fitting room: Int) -> Int {
        var used = 0
        for (index, mark) in marks.enumerated() {
            used += mark.columns + (index > 0 ? 2 : 0)
            if used > room { return index }
        }
        return marks.count
    }

    /// Columns of the first so many of them.
    func columns(of count: Int) -> Int {
        marks.prefix(count).reduce(max(0, count - 1) * 2) { $0 + $1.columns }
    }

    mutating func removeAll() {
        bytes.removeAll()
        marks.removeAll(keepingCapacity: true)
    }
}

extension Ink {
    init(_ severity: Severity) {
        self =
            switch severity {
            case .violation: .violation
            case .warning: .warning
            case .note: .note
            }
    }
}
