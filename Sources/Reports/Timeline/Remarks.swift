import Bytes
import Rules

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
    /// Columns of all of them in one line, two blanks between.
    private(set) var columns = 0

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
        self.columns += columns + (marks.isEmpty ? 0 : 2)
        marks.append(Mark(end: bytes.count, columns: columns, ink: ink))
    }

    mutating func removeAll() {
        bytes.removeAll()
        marks.removeAll(keepingCapacity: true)
        columns = 0
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
