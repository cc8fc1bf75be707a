import Bytes

extension Span where Element == UInt8 {
    /// Where the word that begins at an offset ends: at the next blank, or at the end. Of UTF-8.
    ///
    /// A blank with a combining character is no blank.
    public func endOfWord(from start: Int) -> Int {
        var end = start
        while end < count, self[end] != UInt8(ascii: " ") || isCombined(after: end) { end += 1 }
        return end
    }

    /// What follows a character belongs to it.
    private func isCombined(after offset: Int) -> Bool {
        let next = offset + 1
        guard next < count, self[next] >= 0x80 else { return false }
        return extracting(next..<Swift.min(next + 4, count)).firstScalar.map { displayWidth($0) == 0 } ?? false
    }

    private var firstScalar: Unicode.Scalar? { String(decoding: copied(), as: UTF8.self).unicodeScalars.first }
}
