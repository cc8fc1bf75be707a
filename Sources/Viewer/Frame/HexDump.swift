/// Lines of a hex dump: offset, bytes in groups of eight, characters.
enum HexDump {
    /// Columns of a line with so many bytes.
    static func width(_ bytesPerLine: Int) -> Int { offsetWidth + bytesPerLine * 3 + bytesPerLine / 8 + 1 + bytesPerLine }

    static let offsetWidth = 8

    /// Bytes of a line that uses the columns there are, eight at least.
    static func bytesPerLine(_ columns: Int) -> Int { [64, 32, 16].first { width($0) <= columns } ?? 8 }

    /// The column of a byte's two digits.
    static func column(_ index: Int) -> Int { offsetWidth + index * 3 + index / 8 }

    /// The byte at a column, if digits of one stand there.
    static func index(at column: Int, bytesPerLine: Int) -> Int? {
        (0..<bytesPerLine).first { (self.column($0)...self.column($0) + 1).contains(column) }
    }

    /// - Parameters:
    ///   - header: bytes at the beginning that belong to the frame's header.
    ///   - matches: bytes of the line that were searched for.
    static func line(
        _ bytes: [UInt8], from start: Int, _ bytesPerLine: Int, header: Int, matches: [Range<Int>] = [], _ ink: Ink = .match
    ) -> Line {
        let end = min(bytes.count, start + bytesPerLine)
        var line = Line(hex(UInt64(start), 6), .dim)
        for index in start..<end {
            line.pad(to: column(index - start))
            let isMatch = matches.contains { $0.contains(index - start) }
            line.add(hex(UInt64(bytes[index]), 2), isMatch ? ink : index < header ? .dim : .plain)
        }
        line.pad(to: column(bytesPerLine) + 1)
        for (part, isMatch) in Line.parts(of: end - start, matches) {
            line.add(characters(bytes.span.extracting(start + part.lowerBound..<start + part.upperBound)), isMatch ? ink : .plain)
        }
        return line
    }

    /// A character a byte, a full stop for what ASCII does not print.
    static func characters(_ bytes: Span<UInt8>) -> String {
        var characters = ""
        for index in 0..<bytes.count {
            characters.unicodeScalars.append((0x20..<0x7F).contains(bytes[index]) ? Unicode.Scalar(bytes[index]) : ".")
        }
        return characters
    }

    static func hex(_ number: UInt64, _ digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
