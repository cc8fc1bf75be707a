/// A header drawn as in RFC 6455 §5.2: 32 bits a row, or 16 where there is no room, two columns a bit, what the bits are beneath them.
enum BitRuler {
    /// Two columns a bit, the last line, and what stands around.
    private static func bitsPerRow(_ width: Int) -> Int { width < 2 * 32 + 3 ? 16 : 32 }

    static func lineCount(_ header: [UInt8], width: Int) -> Int {
        let byteCount = bitsPerRow(width) / 8
        return 1 + 2 * ((header.count + byteCount - 1) / byteCount)
    }

    /// The lines, and in each the columns that belong to the selected field.
    static func lines(_ header: [UInt8], _ fields: [HeaderField], selected: Int, width: Int) -> [(line: Line, selected: Range<Int>?)] {
        let bitsPerRow = bitsPerRow(width)
        let bitCount = min(header.count * 8, bitsPerRow)
        let numbers = (0..<bitCount).map { String($0 % 10) }.joined(separator: " ")
        var lines: [(line: Line, selected: Range<Int>?)] = [(Line(" " + numbers, .dim), nil)]
        for start in stride(from: 0, to: header.count * 8, by: bitsPerRow) {
            let end = min(start + bitsPerRow, header.count * 8)
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
