/// What two sequences, or two texts, have in common and what not.
public enum Difference {
    /// Indexes of equal elements, in order: the longest such part where they differ little, and else a long one.
    public static func common<Element: Hashable>(_ a: [Element], _ b: [Element]) -> [(Int, Int)] {
        var numbers: [Element: UInt64] = [:]
        func numbered(_ elements: [Element]) -> [UInt64] {
            elements.map { element in
                if let known = numbers[element] { return known }
                let number = UInt64(numbers.count)
                numbers[element] = number
                return number
            }
        }
        let (left, right) = (numbered(a), numbered(b))
        return Alignment.common(left, right)
    }

    /// A text in words: runs of letters, digits and what numbers are written with, and each other byte alone.
    public static func words(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
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

    /// A byte of a word that may have several.
    static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "-"), 0x80...:
            true
        default: false
        }
    }

    /// The bytes of either text that are not in the other, as ranges of its words from the beginning of the text.
    public static func words(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> (a: [Range<Int>], b: [Range<Int>]) {
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

    /// Texts that stand in each other's place: the words between those that are in both, in order.
    public static func replacements(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> [(a: ArraySlice<UInt8>, b: ArraySlice<UInt8>)] {
        let (left, right) = (words(a), words(b))
        var replaced: [(a: ArraySlice<UInt8>, b: ArraySlice<UInt8>)] = []
        var (i, j) = (0, 0)
        for (nextA, nextB) in common(left, right) + [(left.count, right.count)] {
            if i < nextA || j < nextB {
                replaced.append((part(of: a, left, i..<nextA), part(of: b, right, j..<nextB)))
            }
            (i, j) = (nextA + 1, nextB + 1)
        }
        return replaced
    }

    private static func part(of text: ArraySlice<UInt8>, _ words: [ArraySlice<UInt8>], _ range: Range<Int>) -> ArraySlice<UInt8> {
        guard let first = words[range].first, let last = words[range].last else { return [] }
        return text[first.startIndex..<last.endIndex]
    }
}
