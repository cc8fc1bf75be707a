/// What two sequences have in common, in order: the longest such part where both are short enough to look for it.
enum Difference {
    /// Pairs of elements that are looked at, at most; beyond it only equal beginnings and ends are found.
    private static let pairLimit = 4_000_000

    /// Indexes of equal elements, in order.
    static func common<Element: Equatable>(_ a: [Element], _ b: [Element]) -> [(Int, Int)] {
        var start = 0
        while start < min(a.count, b.count), a[start] == b[start] { start += 1 }
        var end = 0
        while end < min(a.count, b.count) - start, a[a.count - 1 - end] == b[b.count - 1 - end] { end += 1 }
        var pairs = (0..<start).map { ($0, $0) }
        pairs += middle(a, start..<a.count - end, b, start..<b.count - end)
        return pairs + (0..<end).reversed().map { (a.count - 1 - $0, b.count - 1 - $0) }
    }

    private static func middle<Element: Equatable>(
        _ a: [Element], _ inA: Range<Int>, _ b: [Element], _ inB: Range<Int>
    ) -> [(Int, Int)] {
        guard !inA.isEmpty, !inB.isEmpty, inA.count <= pairLimit / inB.count else { return [] }
        // The length of the longest common part from each pair of places on.
        let width = inB.count + 1
        var lengths = [UInt32](repeating: 0, count: (inA.count + 1) * width)
        for i in (0..<inA.count).reversed() {
            for j in (0..<inB.count).reversed() {
                let isSame = a[inA.lowerBound + i] == b[inB.lowerBound + j]
                lengths[i * width + j] =
                    isSame ? lengths[(i + 1) * width + j + 1] + 1 : max(lengths[(i + 1) * width + j], lengths[i * width + j + 1])
            }
        }
        var pairs: [(Int, Int)] = []
        var (i, j) = (0, 0)
        while i < inA.count, j < inB.count {
            if a[inA.lowerBound + i] == b[inB.lowerBound + j] {
                pairs.append((inA.lowerBound + i, inB.lowerBound + j))
                i += 1
                j += 1
            } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
                i += 1
            } else {
                j += 1
            }
        }
        return pairs
    }

    /// A text in words: runs of letters, digits and what numbers are written with, and each other byte alone.
    static func words(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        func isOfWord(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"), 0x80...:
                true
            default: false
            }
        }
        var words: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        while start < bytes.endIndex {
            var end = start + 1
            if isOfWord(bytes[start]) { while end < bytes.endIndex, isOfWord(bytes[end]) { end += 1 } }
            words.append(bytes[start..<end])
            start = end
        }
        return words
    }

    /// The bytes of either text that are not in the other, as ranges of its words from the beginning of the text.
    static func words(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> (a: [Range<Int>], b: [Range<Int>]) {
        let (left, right) = (words(a), words(b))
        let common = common(left, right)
        return (
            ranges(left, without: Set(common.map(\.0)), from: a.startIndex),
            ranges(right, without: Set(common.map(\.1)), from: b.startIndex)
        )
    }

    private static func ranges(_ words: [ArraySlice<UInt8>], without common: Set<Int>, from start: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        for (index, word) in words.enumerated() where !common.contains(index) {
            let range = word.startIndex - start..<word.endIndex - start
            if let last = ranges.last, last.upperBound == range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else {
                ranges.append(range)
            }
        }
        return ranges
    }
}
