import Bytes
import Differences
import Text

/// Writes a content with marks; of long stretches without any, only what is around the marks.
struct ExcerptWriter {
    let bytes: [UInt8]
    /// Other bytes stand as hexadecimal numbers.
    let isText: Bool

    /// Bytes shown beside a mark, and of a content without any.
    private var margin: Int { isText ? 120 : 16 }
    /// Bytes of a mark that are shown.
    private var markLimit: Int { isText ? 2_000 : 64 }
    /// Marks of a content that are shown.
    private static let countLimit = 64

    func write(_ marks: [MarkedContents.Mark], to output: inout ByteBuffer) {
        var end = 0
        for mark in marks.prefix(Self.countLimit) {
            writeBetween(end..<mark.range.lowerBound, isFirst: end == 0, isLast: false, to: &output)
            output.append(html: mark.isNatural ? "<mark class=\"natural\">" : "<mark>")
            write(mark.range, most: markLimit, to: &output)
            output.append(html: "</mark>")
            end = mark.range.upperBound
        }
        writeBetween(end..<bytes.count, isFirst: end == 0, isLast: true, to: &output)
    }

    /// Writes what has no mark: its beginning after a mark, its end before one.
    private func writeBetween(_ range: Range<Int>, isFirst: Bool, isLast: Bool, to output: inout ByteBuffer) {
        let (head, tail) = isFirst && isLast ? (2 * margin, 0) : (isFirst ? 0 : margin, isLast ? 0 : margin)
        // What is left out is to be more than the words about it.
        guard range.count > head + tail + 40 else { return write(range, most: .max, to: &output) }
        let (first, last) = (boundary(range.lowerBound + head), boundary(range.upperBound - tail))
        write(range.lowerBound..<first, most: .max, to: &output)
        writeGap(last - first, to: &output)
        write(last..<range.upperBound, most: .max, to: &output)
    }

    private func write(_ range: Range<Int>, most: Int, to output: inout ByteBuffer) {
        let end = range.count > most ? boundary(range.lowerBound + most) : range.upperBound
        if isText {
            output.append(textOf: bytes.span.extracting(range.lowerBound..<end))
        } else {
            for index in range.lowerBound..<end {
                output.append(hex: UInt64(bytes[index]), digits: 2)
                output.append(" ")
            }
        }
        if end < range.upperBound { writeGap(range.upperBound - end, to: &output) }
    }

    private func writeGap(_ count: Int, to output: inout ByteBuffer) {
        output.append(" <span class=\"gap\">", text: "… \(Quantity.counted(count, "byte")) …", "</span> ")
    }

    /// Where a character begins, at `index` or before it.
    private func boundary(_ index: Int) -> Int {
        guard isText, index < bytes.count else { return index }
        var start = index
        while start > max(0, index - 3), bytes[start] & 0xC0 == 0x80 { start -= 1 }
        return start
    }
}
