/// Numbers as ranges in order, of which the lowest are forgotten where there are too many.
struct NumberSet {
    /// None touches another.
    private(set) var ranges: [Range<UInt64>] = []
    private let limit: Int
    /// What was said of numbers below may be forgotten.
    private(set) var floor: UInt64 = 0

    init(limit: Int) { self.limit = limit }

    var last: UInt64? { ranges.last.map { $0.upperBound - 1 } }

    /// The index of the first range that ends after `number`.
    @inline(__always)
    private func index(endingAfter number: UInt64) -> Int {
        // Nearly all questions are about the highest numbers.
        guard let last = ranges.last, last.upperBound > number else { return ranges.count }
        if last.lowerBound <= number { return ranges.count &- 1 }
        var search = 0..<ranges.count
        while !search.isEmpty {
            let middle = search.lowerBound + search.count / 2
            search = ranges[middle].upperBound > number ? search.lowerBound..<middle : middle + 1..<search.upperBound
        }
        return search.lowerBound
    }

    @inline(__always)
    func contains(_ number: UInt64) -> Bool {
        let index = index(endingAfter: number)
        return index < ranges.count && ranges[index].lowerBound <= number
    }

    /// Adds a range, which is not empty, and visits the parts of it that are new.
    @inline(__always)
    mutating func insert(_ range: Range<UInt64>, _ visit: (Range<UInt64>) -> Void = { _ in }) {
        guard let new = addition(of: range) else { return insertAnywhere(range, visit) }
        if new.isEmpty { return }
        let index = ranges.count &- 1
        ranges[index] = ranges[index].lowerBound..<new.upperBound
        visit(new)
    }

    /// What a range adds to the highest one, where it begins in it or right after it; nil where it begins elsewhere.
    @inline(__always)
    func addition(of range: Range<UInt64>) -> Range<UInt64>? {
        guard let last = ranges.last, last.lowerBound <= range.lowerBound, range.lowerBound <= last.upperBound else { return nil }
        return last.upperBound..<max(last.upperBound, range.upperBound)
    }

    private mutating func insertAnywhere(_ range: Range<UInt64>, _ visit: (Range<UInt64>) -> Void) {
        // A range that ends where the new one begins is joined with it.
        let first = range.lowerBound == 0 ? 0 : index(endingAfter: range.lowerBound - 1)
        var end = first
        var start = range.lowerBound
        var joined = range
        while end < ranges.count, ranges[end].lowerBound <= range.upperBound {
            if ranges[end].lowerBound > start { visit(start..<ranges[end].lowerBound) }
            start = max(start, ranges[end].upperBound)
            joined = min(joined.lowerBound, ranges[end].lowerBound)..<max(joined.upperBound, ranges[end].upperBound)
            end += 1
        }
        if start < range.upperBound { visit(start..<range.upperBound) }
        if end == first + 1 {
            ranges[first] = joined
        } else {
            ranges.replaceSubrange(first..<end, with: CollectionOfOne(joined))
        }
        if ranges.count > limit { floor = ranges.removeFirst().upperBound }
    }

    /// Visits the parts of a range that are not in the set.
    func forEachGap(in range: Range<UInt64>, _ visit: (Range<UInt64>) -> Void) {
        var start = range.lowerBound
        var index = index(endingAfter: start)
        while index < ranges.count, ranges[index].lowerBound < range.upperBound {
            if ranges[index].lowerBound > start { visit(start..<ranges[index].lowerBound) }
            start = ranges[index].upperBound
            index += 1
        }
        if start < range.upperBound { visit(start..<range.upperBound) }
    }

    /// How many numbers of a range are in the set.
    func count(in range: Range<UInt64>) -> UInt64 {
        var count = UInt64(range.upperBound - range.lowerBound)
        forEachGap(in: range) { count -= $0.upperBound - $0.lowerBound }
        return count
    }

    /// Forgets that a range is in it which begins at or before `number`, and returns where that ends.
    mutating func takeFirst(reaching number: UInt64) -> UInt64? {
        guard let first = ranges.first, first.lowerBound <= number else { return nil }
        ranges.removeFirst()
        return first.upperBound
    }
}
