/// A header drawn as in RFC 6455 §5.2: 32 bits a row, two columns a bit, what the bits are beneath them.
enum BitRuler {
    /// `|0 1|` and so on: 65 columns.
    static let width = 65

    static func lineCount(_ header: [UInt8]) -> Int { 1 + 2 * ((header.count + 3) / 4) }

    /// The lines, and in each the columns that belong to the selected field.
    static func lines(_ header: [UInt8], _ fields: [HeaderField], selected: Int) -> [(line: Line, selected: Range<Int>?)] {
        let bitCount = min(header.count * 8, 32)
        let numbers = (0..<bitCount).map { String($0 % 10) }.joined(separator: " ")
        var lines: [(line: Line, selected: Range<Int>?)] = [(Line(" " + numbers, .dim), nil)]
        for start in stride(from: 0, to: header.count * 8, by: 32) {
            let end = min(start + 32, header.count * 8)
            let inside = fields.indices.filter { fields[$0].bits.overlaps(start..<end) }
            var bits = Line("|", .dim)
            var names = Line("|", .dim)
            var marked: Range<Int>?
            for index in inside {
                let part = fields[index].bits.clamped(to: start..<end)
                let room = part.count * 2 - 1
                if index == selected { marked = bits.width..<bits.width + room }
                let digits = part.map { header[$0 / 8] >> UInt8(7 - $0 % 8) & 1 == 1 ? "1" : "0" }
                bits.add(digits.joined(separator: " "), .plain)
                let isFirst = part.lowerBound == fields[index].bits.lowerBound
                names.add(centred(isFirst ? fields[index].label : "", room), .label)
                bits.add("|", .dim)
                names.add("|", .dim)
            }
            lines.append((bits, marked))
            lines.append((names, marked))
        }
        return lines
    }

    private static func centred(_ text: String, _ room: Int) -> String {
        let shown = String(text.prefix(room))
        let blanks = room - shown.count
        return String(repeating: " ", count: blanks / 2) + shown + String(repeating: " ", count: blanks - blanks / 2)
    }
}
