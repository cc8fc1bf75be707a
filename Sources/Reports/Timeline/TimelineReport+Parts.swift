import Bytes
import Text

/// A few words of a row that stay together where they can.
struct Part {
    var text: String
    var ink: Ink

    init(_ text: String, _ ink: Ink = .plain) {
        self.text = text
        self.ink = ink
    }
}

extension TimelineReport {
    /// Columns of one word where no terminal limits them: a word from the wire can be very long.
    private static let wordWidth = 400

    /// Writes parts with separators between, going on in the next line, at `indent`, where the terminal ends.
    ///
    /// - Parameter isGoingOn: others stand before them.
    mutating func writeParts(_ parts: [Part], indent: Int, isGoingOn: Bool = false) {
        for (index, part) in parts.enumerated() {
            if index > 0 || isGoingOn {
                if columns + 3 + width(of: part.text) <= layout.width ?? .max {
                    write(palette.separator, columns: 3, .dim)
                } else {
                    breakRow(indent)
                }
            }
            writeWords(part, indent: indent)
        }
    }

    /// Writes our own words, and what they quote from the wire made safe, broken at blanks where the terminal ends.
    mutating func writeWords(_ part: Part, indent: Int) {
        palette.begin(part.ink, in: &output)
        let text = palette.spelled(part.text)
        let bytes = text.utf8.span
        var start = 0
        while start <= bytes.count {
            let end = bytes.endOfWord(from: start)
            writeWord(bytes.extracting(start..<end), isFirst: start == 0, part.ink, indent: indent)
            start = end + 1
        }
        palette.end(part.ink, in: &output)
    }

    private mutating func writeWord(_ word: Span<UInt8>, isFirst: Bool, _ ink: Ink, indent: Int) {
        field.removeAll()
        let room = layout.width.map { max(8, $0 - indent) } ?? Self.wordWidth
        let needed = Self.appendCut(word, to: &field, limit: room, palette)
        if !isFirst, columns + 1 + needed <= layout.width ?? .max {
            write(" ")
        } else if !isFirst || columns + needed > layout.width ?? .max, columns > indent {
            palette.end(ink, in: &output)
            breakRow(indent)
            palette.begin(ink, in: &output)
        }
        output.append(contentsOf: field)
        columns += needed
    }

    private mutating func breakRow(_ indent: Int) {
        endRow()
        pad(to: indent)
    }

    private func width(of text: String) -> Int {
        var safe = SafeText(isASCII: palette.isASCII)
        var scratch = ByteBuffer()
        safe.append(palette.spelled(text), to: &scratch)
        return safe.columns
    }

    /// Appends text made safe, with an ellipsis where it is cut; the columns that it takes.
    static func appendCut(_ text: String, to buffer: inout ByteBuffer, limit: Int, _ palette: Palette) -> Int {
        appendCut(text.utf8.span, to: &buffer, limit: limit, palette)
    }

    static func appendCut(_ text: Span<UInt8>, to buffer: inout ByteBuffer, limit: Int, _ palette: Palette) -> Int {
        let start = buffer.count
        var safe = SafeText(limit: limit, isASCII: palette.isASCII)
        if safe.append(text, to: &buffer) { return safe.columns }
        buffer.truncate(to: start)
        safe = SafeText(limit: limit - 1, isASCII: palette.isASCII)
        safe.append(text, to: &buffer)
        buffer.append(palette.ellipsis)
        return safe.columns + 1
    }
}
