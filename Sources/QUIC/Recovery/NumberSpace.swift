/// The packet numbers that one end has used, of one kind of protection (RFC 9000 §12.3).
struct NumberSpace {
    private(set) var captured = NumberSet(limit: NumberSpace.rangeLimit)
    private(set) var acknowledged = NumberSet(limit: NumberSpace.rangeLimit)
    /// Packets that were acknowledged and not captured.
    private(set) var missingCount: UInt64 = 0

    private static let rangeLimit = 512
    /// An acknowledgement of packets that lie further ahead is not believed.
    private static let furthest: UInt64 = 1 << 24

    /// The number after the highest one that was captured.
    @inline(__always) var expected: UInt64 { captured.ranges.last?.upperBound ?? 0 }
    /// The number after the highest one that was acknowledged.
    var acknowledgedEnd: UInt64 { acknowledged.ranges.last?.upperBound ?? 0 }

    /// Notes a packet; false if it was captured before.
    @inline(__always)
    mutating func capture(_ number: UInt64) -> Bool {
        if number == expected, number >= acknowledgedEnd {
            captured.insert(number..<number &+ 1)
            return true
        }
        if captured.contains(number) { return false }
        if acknowledged.contains(number), missingCount > 0 { missingCount -= 1 }
        captured.insert(number..<number &+ 1)
        return true
    }

    /// Notes an acknowledgement, and visits the numbers in it that were not acknowledged before.
    @inline(__always)
    mutating func acknowledge(_ range: Range<UInt64>, _ visit: (Range<UInt64>) -> Void) {
        let start = max(range.lowerBound, acknowledged.floor)
        guard start < range.upperBound, range.upperBound <= expected &+ Self.furthest else { return }
        // Nearly always it goes on where the one before ended, or repeats it.
        if let new = acknowledged.addition(of: start..<range.upperBound) {
            guard !new.isEmpty else { return }
            acknowledged.insert(new)
            missingCount &+= new.upperBound &- new.lowerBound &- captured.count(in: new)
            return visit(new)
        }
        let captured = captured
        var missing: UInt64 = 0
        acknowledged.insert(start..<range.upperBound) { new in
            missing &+= new.upperBound &- new.lowerBound &- captured.count(in: new)
            visit(new)
        }
        missingCount &+= missing
    }

    /// What became of the packets of a range: whether any was acknowledged and not captured, and whether all of them are accounted for.
    func fate(of range: Range<UInt64>) -> (hasMissing: Bool, isKnown: Bool) {
        var answer = (hasMissing: false, isKnown: true)
        captured.forEachGap(in: range) { gap in
            let count = acknowledged.count(in: gap)
            if count > 0 { answer.hasMissing = true }
            if count < gap.upperBound - gap.lowerBound { answer.isKnown = false }
        }
        return answer
    }
}
