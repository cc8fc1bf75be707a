/// What a message carries in A and in B, as far as it was kept, and where the two differ.
public struct MarkedContents: Sendable {
    public struct Mark: Sendable, Equatable {
        /// Bytes of the content.
        public var range: Range<Int>
        /// It is no difference that counts: an id or a time, which differ between runs, or what is not to be compared.
        public var isNatural: Bool
    }

    /// nil where there is no message.
    public var a: [UInt8]?
    public var b: [UInt8]?
    /// In order, and apart from each other.
    public private(set) var marksA: [Mark] = []
    public private(set) var marksB: [Mark] = []
    /// Differences beyond those that have marks.
    public private(set) var omittedCount = 0

    init(a: [UInt8]?, b: [UInt8]?) {
        self.a = a
        self.b = b
    }

    mutating func mark(isText: Bool, where counts: (ContentChange.Part) -> Bool) {
        guard let a, let b else { return }
        let change = ContentChange(a, b, isText: isText)
        for part in change.parts { add(part, isNatural: !counts(part), isText: isText, a, b) }
        omittedCount = change.omittedCount
        marksA = Self.ordered(marksA)
        marksB = Self.ordered(marksB)
    }

    /// Values that are longer are compared word by word.
    private static let wordLimit = 16

    private mutating func add(_ part: ContentChange.Part, isNatural: Bool, isText: Bool, _ a: [UInt8], _ b: [UInt8]) {
        if let one = part.rangeA, let other = part.rangeB, isText, !isNatural, min(one.count, other.count) > Self.wordLimit {
            let words = Difference.words(a[one], b[other])
            marksA += words.a.map { Mark(range: one.lowerBound + $0.lowerBound..<one.lowerBound + $0.upperBound, isNatural: false) }
            marksB += words.b.map { Mark(range: other.lowerBound + $0.lowerBound..<other.lowerBound + $0.upperBound, isNatural: false) }
            return
        }
        if let one = part.rangeA { marksA.append(Mark(range: one, isNatural: isNatural)) }
        if let other = part.rangeB { marksB.append(Mark(range: other, isNatural: isNatural)) }
    }

    /// Without what lies inside of what comes before it.
    private static func ordered(_ marks: [Mark]) -> [Mark] {
        var ordered: [Mark] = []
        for mark in marks.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) where !mark.range.isEmpty {
            guard mark.range.lowerBound >= ordered.last?.range.upperBound ?? 0 else { continue }
            ordered.append(mark)
        }
        return ordered
    }
}
