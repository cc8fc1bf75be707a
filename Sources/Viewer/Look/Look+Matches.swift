import Bytes
import Text

extension Look {
    /// Text from the wire in a line, cut with an ellipsis where it has no room.
    /// - Parameters:
    ///   - matches: parts that stand out, in order, by `matchInk`.
    ///   - hasUnknownBytes: FF stands for what nobody can know.
    ///   - isCut: there is more of it than these bytes.
    func line(
        _ bytes: Span<UInt8>, _ room: Int, _ ink: Ink = .plain, matches: [Range<Int>], _ matchInk: Ink = .match,
        hasUnknownBytes: Bool = false, isCut: Bool = false
    ) -> Line {
        guard !matches.isEmpty, room > 0 else {
            return Line(fitted(bytes, room, hasUnknownBytes: hasUnknownBytes, isCut: isCut), ink)
        }
        var scratch = ByteBuffer()
        var whole = Self.safeText(room, isASCII: isASCII, hasUnknownBytes)
        let isWhole = whole.append(bytes, to: &scratch) && !isCut
        let limit = isWhole ? room : room - 1
        var line = Line()
        for (part, isMatch) in Line.parts(of: bytes.count, matches.map { Self.characters($0, bytes) }) {
            scratch.removeAll()
            var safe = Self.safeText(limit - line.width, isASCII: isASCII, hasUnknownBytes)
            let hasRoom = safe.append(bytes.extracting(part), to: &scratch)
            line.add(String(decoding: scratch.span.copied(), as: UTF8.self), isMatch ? matchInk : ink)
            if !hasRoom { break }
        }
        if !isWhole { line.add(ellipsis, ink) }
        return line
    }

    /// A range that neither begins nor ends inside a character of UTF-8.
    private static func characters(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Range<Int> {
        func isInside(_ index: Int) -> Bool { index > 0 && index < bytes.count && bytes[index] & 0xC0 == 0x80 }
        var (lower, upper) = (range.lowerBound, range.upperBound)
        while isInside(lower), range.lowerBound - lower < 3 { lower -= 1 }
        while isInside(upper), upper - range.upperBound < 3 { upper += 1 }
        return lower..<upper
    }
}

extension Line {
    /// So many places in parts, those of some ranges apart from the others.
    static func parts(of count: Int, _ ranges: [Range<Int>]) -> [(part: Range<Int>, isMatch: Bool)] {
        var parts: [(part: Range<Int>, isMatch: Bool)] = []
        var at = 0
        for range in ranges where range.upperBound > at && range.lowerBound < count {
            let inside = max(at, range.lowerBound)..<min(count, range.upperBound)
            if inside.lowerBound > at { parts.append((at..<inside.lowerBound, false)) }
            if !inside.isEmpty { parts.append((inside, true)) }
            at = inside.upperBound
        }
        if at < count { parts.append((at..<count, false)) }
        return parts
    }
}
