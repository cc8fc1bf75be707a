import Bytes
import Text

/// A line of prose, broken at blanks where the terminal ends; in one piece where there is no terminal.
public struct WrappedLine: ~Copyable {
    /// Columns of the row that is being written.
    private(set) var columns = 0
    private let palette: Palette
    private let width: Int
    /// Columns of a word where no terminal limits it; nil to show words whole, also where the terminal then breaks them.
    private let wordWidth: Int?
    private var text = ByteBuffer()

    /// Columns that are pleasant to read.
    public static let proseWidth = 100

    /// - Parameters:
    ///   - width: columns of the terminal, nil where there is none.
    ///   - indent: where the line begins.
    ///   - columns: columns that are taken already, by what was written before.
    ///   - wordWidth: a word from the wire can be very long: it is cut to the terminal's width, or to this where there is none.
    public init(_ palette: Palette, width: Int?, indent: Int = 0, after columns: Int = 0, wordWidth: Int? = nil) {
        self.palette = palette
        self.width = width ?? .max
        self.wordWidth = wordWidth
        self.columns = columns
        pad(to: indent)
    }

    /// Writes blanks up to a column.
    public mutating func pad(to column: Int) {
        while columns < column {
            text.append(" ")
            columns += 1
        }
    }

    /// Adds words, our own or from the wire, which are made safe.
    /// - Parameter indent: where they go on in the next row.
    public mutating func add(_ words: String, indent: Int) { add(words, .plain, indent: indent) }

    mutating func add(_ words: String, _ ink: Ink, indent: Int) {
        palette.begin(ink, in: &text)
        let limit = wordWidth.map { width == .max ? $0 : max(8, width - indent) } ?? .max
        var isFirst = true
        for word in palette.spelled(words).split(separator: " ", omittingEmptySubsequences: false) {
            var safe = ByteBuffer()
            let taken = TimelineReport.appendCut(String(word), to: &safe, limit: limit, palette)
            // The first word stands right after what came before.
            if columns + (isFirst ? 0 : 1) + taken > width, columns > indent {
                palette.end(ink, in: &text)
                text.append("\n")
                columns = 0
                pad(to: indent)
                palette.begin(ink, in: &text)
            } else if !isFirst {
                text.append(" ")
                columns += 1
            }
            isFirst = false
            text.append(contentsOf: safe)
            columns += taken
        }
        palette.end(ink, in: &text)
    }

    /// Writes the line without its end.
    func write(to output: inout ByteBuffer) { output.append(contentsOf: text) }

    public func end(in output: inout ByteBuffer) {
        write(to: &output)
        output.append("\n")
    }
}
