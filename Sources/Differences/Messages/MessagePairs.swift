import WebSocket

/// Which messages of one side in A are which in B.
struct MessagePairs {
    struct Pair: Equatable {
        var a: Int
        var b: Int
        /// Others stand before it, or after it, in B.
        var isMoved = false
    }

    /// In the order of A, but for those that have moved.
    private(set) var pairs: [Pair] = []
    private(set) var missing: [Int] = []
    private(set) var added: [Int] = []

    /// Messages between two that are paired.
    private struct Gap {
        var a: [Int]
        var b: [Int]
    }

    /// What messages are paired by first.
    private enum Beginning {
        case exact
        case meaning
        case masked
    }

    /// - Parameters:
    ///   - areRuns: what differs by nature between two runs does not tell messages apart.
    ///   - isCounted: whether a message is compared at all.
    init(
        _ a: ContiguousArray<ComparedMessage>, in captureA: ComparedCapture, _ b: ContiguousArray<ComparedMessage>,
        in captureB: ComparedCapture, areRuns: Bool, isCounted: (ComparedMessage) -> Bool
    ) {
        let whole = Gap(a: a.indices.filter { isCounted(a[$0]) }, b: b.indices.filter { isCounted(b[$0]) })
        let sides = Sides(a: a, captureA: captureA, b: b, captureB: captureB)
        self = MessagePairs(whole, sides, from: areRuns ? .meaning : .exact)
        // Numbers that vary may be the same by chance, and lead astray: then what they stand in tells more.
        guard areRuns, strayCount > 0 else { return }
        let other = MessagePairs(whole, sides, from: .masked)
        if other.strayCount < strayCount { self = other }
    }

    private init(_ whole: Gap, _ sides: Sides, from beginning: Beginning) {
        let (meaning, masked, form) = (sides.keys(MessageKeys.meaning), sides.keys(MessageKeys.masked), sides.keys(MessageKeys.form))
        var gaps = [whole]
        switch beginning {
        case .exact:
            gaps = refine(gaps, sides.exactA, sides.exactB)
            gaps = takeMoved(gaps, sides.exactA, sides.exactB)
            gaps = pairSimilar(gaps, sides.similarityA, sides.similarityB)
        case .meaning:
            gaps = refine(gaps, meaning.a, meaning.b)
            gaps = pairSimilar(gaps, sides.similarityA, sides.similarityB)
        case .masked: break
        }
        gaps = refine(gaps, masked.a, masked.b)
        gaps = refine(gaps, form.a, form.b)
        gaps = pairEqualCounts(gaps, sides.a, sides.b)
        if beginning != .exact { gaps = takeMoved(gaps, meaning.a, meaning.b) }
        missing = gaps.flatMap(\.a).sorted()
        added = gaps.flatMap(\.b).sorted()
        pairs.sort { $0.a < $1.a }
    }

    /// Messages that are not where they are expected.
    private var strayCount: Int { missing.count + added.count + pairs.count { $0.isMoved } }

    /// The messages, and what is asked of them.
    private struct Sides {
        let a: ContiguousArray<ComparedMessage>
        let captureA: ComparedCapture
        let b: ContiguousArray<ComparedMessage>
        let captureB: ComparedCapture

        func exactA(_ index: Int) -> UInt64 { Self.exact(a[index]) }
        func exactB(_ index: Int) -> UInt64 { Self.exact(b[index]) }

        private static func exact(_ message: ComparedMessage) -> UInt64 {
            message.opcode.isControl ? message.digest &+ UInt64(message.opcode.rawValue) : message.digest
        }

        func keys(_ key: @escaping ([UInt8], ComparedMessage, UInt64) -> UInt64) -> (a: (Int) -> UInt64, b: (Int) -> UInt64) {
            (
                { key(captureA.content(of: a[$0]), a[$0], captureA.operationDigest(of: a[$0])) },
                { key(captureB.content(of: b[$0]), b[$0], captureB.operationDigest(of: b[$0])) }
            )
        }

        func similarityA(_ index: Int) -> Similarity { Similarity(a[index], in: captureA) }
        func similarityB(_ index: Int) -> Similarity { Similarity(b[index], in: captureB) }
    }

    /// Pairs what has the same key, in order, and leaves what is between.
    private mutating func refine(_ gaps: [Gap], _ keyA: (Int) -> UInt64, _ keyB: (Int) -> UInt64) -> [Gap] {
        var left: [Gap] = []
        for gap in gaps {
            guard !gap.a.isEmpty, !gap.b.isEmpty else {
                left.append(gap)
                continue
            }
            var (i, j) = (0, 0)
            for (nextA, nextB) in Alignment.common(gap.a.map(keyA), gap.b.map(keyB)) {
                if i < nextA || j < nextB { left.append(Gap(a: Array(gap.a[i..<nextA]), b: Array(gap.b[j..<nextB]))) }
                pairs.append(Pair(a: gap.a[nextA], b: gap.b[nextB]))
                (i, j) = (nextA + 1, nextB + 1)
            }
            if i < gap.a.count || j < gap.b.count { left.append(Gap(a: Array(gap.a[i...]), b: Array(gap.b[j...]))) }
        }
        return left
    }

    /// Pairs what has the same key wherever it stands.
    private mutating func takeMoved(_ gaps: [Gap], _ keyA: (Int) -> UInt64, _ keyB: (Int) -> UInt64) -> [Gap] {
        var places: [UInt64: (next: Int, all: [Int])] = [:]
        for gap in gaps { for j in gap.b { places[keyB(j), default: (0, [])].all.append(j) } }
        guard !places.isEmpty else { return gaps }
        var taken: (a: Set<Int>, b: Set<Int>) = ([], [])
        for gap in gaps {
            for i in gap.a {
                guard let index = places.index(forKey: keyA(i)), places.values[index].next < places.values[index].all.count else {
                    continue
                }
                let j = places.values[index].all[places.values[index].next]
                places.values[index].next += 1
                pairs.append(Pair(a: i, b: j, isMoved: true))
                taken.a.insert(i)
                taken.b.insert(j)
            }
        }
        guard !taken.a.isEmpty else { return gaps }
        return gaps.map { gap in Gap(a: gap.a.filter { !taken.a.contains($0) }, b: gap.b.filter { !taken.b.contains($0) }) }
    }

    /// Messages of a gap that are compared each with each, and such comparisons of all gaps together.
    private static let similarityLimit = (gap: 2_500, all: 25_000)

    /// Pairs what shares most words, in order, where few messages are in question.
    private mutating func pairSimilar(_ gaps: [Gap], _ ofA: (Int) -> Similarity, _ ofB: (Int) -> Similarity) -> [Gap] {
        var left: [Gap] = []
        var budget = Self.similarityLimit.all
        for gap in gaps {
            let (product, overflowed) = gap.a.count.multipliedReportingOverflow(by: gap.b.count)
            guard product > 0, !overflowed, product <= min(budget, Self.similarityLimit.gap) else {
                left.append(gap)
                continue
            }
            budget -= product
            var (i, j) = (0, 0)
            for (nextA, nextB) in Similarity.best(gap.a.map(ofA), gap.b.map(ofB)) {
                if i < nextA || j < nextB { left.append(Gap(a: Array(gap.a[i..<nextA]), b: Array(gap.b[j..<nextB]))) }
                pairs.append(Pair(a: gap.a[nextA], b: gap.b[nextB]))
                (i, j) = (nextA + 1, nextB + 1)
            }
            if i < gap.a.count || j < gap.b.count { left.append(Gap(a: Array(gap.a[i...]), b: Array(gap.b[j...]))) }
        }
        return left
    }

    /// Where as many were exchanged for as many, the first stands for the first.
    private mutating func pairEqualCounts(
        _ gaps: [Gap], _ a: ContiguousArray<ComparedMessage>, _ b: ContiguousArray<ComparedMessage>
    ) -> [Gap] {
        gaps.filter { gap in
            guard gap.a.count == gap.b.count, zip(gap.a, gap.b).allSatisfy({ a[$0].opcode == b[$1].opcode }) else { return true }
            for (i, j) in zip(gap.a, gap.b) { pairs.append(Pair(a: i, b: j)) }
            return false
        }
    }
}
