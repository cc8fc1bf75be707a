/// What two sequences of numbers have in common, in order, found in nearly linear time whatever the sequences are.
///
/// Equal beginnings and ends first. What is between them is compared as Myers does (An O(ND) Difference Algorithm, 1986), which finds the
/// longest common part, as long as the steps suffice. Where they do not, it is cut at elements that each side has once (patience), and what
/// has no such element is paired by the order of occurrence.
struct Alignment {
    private let a: [UInt64]
    private let b: [UInt64]
    private var pairs: [(Int, Int)] = []
    /// Comparisons of elements and look-ups, to be bounded and tested.
    private(set) var stepCount = 0
    private let stepLimit: Int

    /// Steps for each element of either sequence, beside those that any comparison may take.
    static let stepsPerElement = 32
    static let leastStepCount = 200_000
    /// Elements that differ, up to which the longest common part is looked for.
    private static let distanceLimit = 1_500
    private static let depthLimit = 8

    static func common(_ a: [UInt64], _ b: [UInt64]) -> [(Int, Int)] {
        var alignment = Alignment(a, b)
        return alignment.run()
    }

    init(_ a: [UInt64], _ b: [UInt64]) {
        self.a = a
        self.b = b
        stepLimit = Self.leastStepCount + Self.stepsPerElement * (a.count + b.count)
    }

    mutating func run() -> [(Int, Int)] {
        align(0..<a.count, 0..<b.count, depth: 0)
        return pairs
    }

    private mutating func align(_ inA: Range<Int>, _ inB: Range<Int>, depth: Int) {
        var (inA, inB) = (inA, inB)
        while let i = inA.first, let j = inB.first, a[i] == b[j] {
            pairs.append((i, j))
            (inA, inB) = (i + 1..<inA.upperBound, j + 1..<inB.upperBound)
            stepCount += 1
        }
        var tail: [(Int, Int)] = []
        while let i = inA.last, let j = inB.last, a[i] == b[j] {
            tail.append((i, j))
            (inA, inB) = (inA.lowerBound..<i, inB.lowerBound..<j)
            stepCount += 1
        }
        alignMiddle(inA, inB, depth: depth)
        pairs += tail.reversed()
    }

    private mutating func alignMiddle(_ inA: Range<Int>, _ inB: Range<Int>, depth: Int) {
        guard !inA.isEmpty, !inB.isEmpty else { return }
        if let found = longest(inA, inB) {
            pairs += found
            return
        }
        let anchors = depth < Self.depthLimit ? unique(inA, inB) : []
        guard !anchors.isEmpty else {
            pairs += byOccurrence(inA, inB)
            return
        }
        var (i, j) = (inA.lowerBound, inB.lowerBound)
        for (nextA, nextB) in anchors {
            align(i..<nextA, j..<nextB, depth: depth + 1)
            pairs.append((nextA, nextB))
            (i, j) = (nextA + 1, nextB + 1)
        }
        align(i..<inA.upperBound, j..<inB.upperBound, depth: depth + 1)
    }

    // MARK: Myers

    /// The longest common part; nil if it would take too many steps.
    private mutating func longest(_ inA: Range<Int>, _ inB: Range<Int>) -> [(Int, Int)]? {
        let (n, m) = (inA.count, inB.count)
        // No more than a share of all steps for one try, since many may follow.
        let most = min(stepLimit, stepCount + 8 * (n + m) + Self.leastStepCount / 4)
        let limit = min(n + m, Self.distanceLimit)
        var reached = [Int32](repeating: 0, count: 2 * limit + 3)
        let middle = limit + 1
        var trace: [[Int32]] = []
        for distance in 0...limit {
            trace.append(Array(reached[middle - distance...middle + distance]))
            for diagonal in stride(from: -distance, through: distance, by: 2) {
                let comesFromB =
                    diagonal == -distance
                    || (diagonal != distance && reached[middle + diagonal - 1] < reached[middle + diagonal + 1])
                var x = Int(comesFromB ? reached[middle + diagonal + 1] : reached[middle + diagonal - 1] + 1)
                var y = x - diagonal
                while x < n, y < m, a[inA.lowerBound + x] == b[inB.lowerBound + y] { (x, y, stepCount) = (x + 1, y + 1, stepCount + 1) }
                reached[middle + diagonal] = Int32(x)
                stepCount += 1
                if x >= n, y >= m { return path(trace, inA, inB) }
            }
            if stepCount > most { return nil }
        }
        return nil
    }

    /// The way back through what was reached with each number of differences.
    private func path(_ trace: [[Int32]], _ inA: Range<Int>, _ inB: Range<Int>) -> [(Int, Int)] {
        var found: [(Int, Int)] = []
        var (x, y) = (inA.count, inB.count)
        for distance in (0..<trace.count).reversed() {
            let diagonal = x - y
            func reached(_ diagonal: Int) -> Int { abs(diagonal) <= distance ? Int(trace[distance][distance + diagonal]) : 0 }
            let comesFromB = diagonal == -distance || (diagonal != distance && reached(diagonal - 1) < reached(diagonal + 1))
            let before = comesFromB ? diagonal + 1 : diagonal - 1
            let beforeX = distance == 0 ? 0 : reached(before)
            let beforeY = distance == 0 ? 0 : beforeX - before
            while x > beforeX, y > beforeY {
                (x, y) = (x - 1, y - 1)
                found.append((inA.lowerBound + x, inB.lowerBound + y))
            }
            (x, y) = (beforeX, beforeY)
        }
        return found.reversed()
    }

    // MARK: Without the longest part

    /// Elements that either side has once: the longest part of them that has the same order on both.
    private mutating func unique(_ inA: Range<Int>, _ inB: Range<Int>) -> [(Int, Int)] {
        var places: [UInt64: (a: Int, b: Int)] = [:]
        // -1 for not seen, -2 for seen more than once.
        for i in inA {
            let known = places[a[i]]
            places[a[i]] = (known == nil ? i : -2, -1)
        }
        for j in inB {
            guard let known = places[b[j]] else { continue }
            places[b[j]] = (known.a, known.b == -1 ? j : -2)
        }
        stepCount += inA.count + inB.count
        let found = inA.compactMap { i -> (Int, Int)? in
            guard let place = places[a[i]], place.a == i, place.b >= 0 else { return nil }
            return (i, place.b)
        }
        return increasing(found)
    }

    /// The first occurrence of an element with the first of the other side, the second with the second, as far as the order allows.
    private mutating func byOccurrence(_ inA: Range<Int>, _ inB: Range<Int>) -> [(Int, Int)] {
        var places: [UInt64: (next: Int, all: [Int])] = [:]
        for j in inB { places[b[j], default: (0, [])].all.append(j) }
        stepCount += inA.count + inB.count
        var found: [(Int, Int)] = []
        for i in inA {
            guard let index = places.index(forKey: a[i]), places.values[index].next < places.values[index].all.count else { continue }
            found.append((i, places.values[index].all[places.values[index].next]))
            places.values[index].next += 1
        }
        return increasing(found)
    }

    /// The longest part of pairs, which are in the order of `a`, that is in the order of `b` too.
    private mutating func increasing(_ found: [(Int, Int)]) -> [(Int, Int)] {
        // The pair that ends the best part of each length, and what comes before each pair.
        var ends: [Int] = []
        var before = [Int](repeating: -1, count: found.count)
        for index in found.indices {
            var (low, high) = (0, ends.count)
            while low < high {
                let middle = (low + high) / 2
                if found[ends[middle]].1 < found[index].1 { low = middle + 1 } else { high = middle }
                stepCount += 1
            }
            if low > 0 { before[index] = ends[low - 1] }
            if low == ends.count { ends.append(index) } else { ends[low] = index }
        }
        var part: [(Int, Int)] = []
        var next = ends.last ?? -1
        while next >= 0 {
            part.append(found[next])
            next = before[next]
        }
        return part.reversed()
    }
}
