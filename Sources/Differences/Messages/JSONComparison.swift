import Bytes
import JSON

/// Two JSON texts, compared member by member.
///
/// The order of members does not count, nor do blanks. Elements of arrays are compared in order; of arrays of other lengths, those that are
/// equal are left out first.
struct JSONComparison {
    private let a: [UInt8]
    private let b: [UInt8]
    private let treeA: JSONTree
    private let treeB: JSONTree
    private(set) var parts: [ContentChange.Part] = []
    private(set) var omittedCount = 0
    private var path: [String] = ["json"]
    /// Names on the way to the value, of which one may say that it is an id.
    private var volatileDepth = 0

    init(_ a: [UInt8], _ treeA: JSONTree, _ b: [UInt8], _ treeB: JSONTree) {
        self.a = a
        self.b = b
        self.treeA = treeA
        self.treeB = treeB
    }

    mutating func run() { compare(0, 0) }

    private mutating func compare(_ i: Int, _ j: Int) {
        let (rangeA, rangeB) = (Self.range(of: i, treeA), Self.range(of: j, treeB))
        if a[rangeA] == b[rangeB] { return }
        let (left, right) = (treeA.rows[i], treeB.rows[j])
        guard left.isContainer, right.isContainer, a[left.value] == b[right.value] else { return add(a[rangeA], b[rangeB]) }
        if a[left.value] == [UInt8(ascii: "{")] { compareObjects(i, j) } else { compareArrays(i, j) }
    }

    // MARK: Objects

    private mutating func compareObjects(_ i: Int, _ j: Int) {
        var others: [ArraySlice<UInt8>: Int] = [:]
        let right = Self.children(of: j, treeB)
        // Of members with the same name the first counts, as for conditions.
        for row in right { if let name = treeB.rows[row].name, others[b[name]] == nil { others[b[name]] = row } }
        for row in Self.children(of: i, treeA) {
            guard let name = treeA.rows[row].name else { continue }
            enter(a[name]) { walk in
                if let other = others.removeValue(forKey: walk.a[name]) {
                    walk.compare(row, other)
                } else {
                    walk.add(walk.a[Self.range(of: row, walk.treeA)], nil)
                }
            }
        }
        guard !others.isEmpty else { return }
        for row in right {
            guard let name = treeB.rows[row].name, others[b[name]] == row else { continue }
            enter(b[name]) { walk in walk.add(nil, walk.b[Self.range(of: row, walk.treeB)]) }
        }
    }

    private mutating func enter(_ name: ArraySlice<UInt8>, _ body: (inout JSONComparison) -> Void) {
        let inner = name.dropFirst().dropLast()
        let isWord = !inner.isEmpty && inner.allSatisfy { Difference.isOfWord($0) && $0 != UInt8(ascii: ".") && $0 < 0x80 }
        path.append(isWord ? ".\(String(decoding: inner, as: UTF8.self))" : ".\(ContentChange.text(name))")
        let isVolatile = Volatile.isName(inner)
        if isVolatile { volatileDepth += 1 }
        body(&self)
        if isVolatile { volatileDepth -= 1 }
        path.removeLast()
    }

    // MARK: Arrays

    private mutating func compareArrays(_ i: Int, _ j: Int) {
        let (left, right) = (Self.children(of: i, treeA), Self.children(of: j, treeB))
        var pairs: [(Int, Int)] = []
        if left.count == right.count {
            pairs = left.indices.map { ($0, $0) }
        } else {
            pairs = Difference.common(
                left.map { a[Self.range(of: $0, treeA)] }, right.map { b[Self.range(of: $0, treeB)] })
        }
        var (x, y) = (0, 0)
        for (nextX, nextY) in pairs + [(left.count, right.count)] {
            while x < nextX || y < nextY {
                let (row, other) = (x < nextX ? left[x] : nil, y < nextY ? right[y] : nil)
                path.append("[\(row == nil ? y : x)]")
                switch (row, other) {
                case (let row?, let other?): compare(row, other)
                case (let row?, nil): add(a[Self.range(of: row, treeA)], nil)
                case (nil, let other?): add(nil, b[Self.range(of: other, treeB)])
                case (nil, nil): break
                }
                path.removeLast()
                if row != nil { x += 1 }
                if other != nil { y += 1 }
            }
            guard nextX < left.count, nextY < right.count else { break }
            path.append("[\(nextX)]")
            compare(left[nextX], right[nextY])
            path.removeLast()
            (x, y) = (nextX + 1, nextY + 1)
        }
    }

    // MARK: What differs

    private mutating func add(_ old: ArraySlice<UInt8>?, _ new: ArraySlice<UInt8>?) {
        guard parts.count < ContentChange.partLimit else {
            omittedCount += 1
            return
        }
        let both = [old, new].compactMap { $0 }
        let isNumber = both.count == 2 && both.allSatisfy { Self.isNumber($0) }
        let isVolatile = volatileDepth > 0 || both.allSatisfy { Volatile.isValue(JSONPart.inner($0)) }
        parts.append(
            ContentChange.Part(
                path: path.joined(), before: old.map(ContentChange.text), after: new.map(ContentChange.text),
                rangeA: old.map { $0.startIndex..<$0.endIndex }, rangeB: new.map { $0.startIndex..<$0.endIndex }, isNumber: isNumber,
                isVolatile: isVolatile))
    }

    private static func isNumber(_ value: ArraySlice<UInt8>) -> Bool {
        value.first.map { $0 == UInt8(ascii: "-") || $0 &- UInt8(ascii: "0") <= 9 } ?? false
    }

    // MARK: Rows

    /// Rows of members or elements.
    private static func children(of row: Int, _ tree: JSONTree) -> [Int] {
        var children: [Int] = []
        var next = row + 1
        let end = row + 1 + tree.rows[row].insideCount
        while next < end {
            children.append(next)
            next += tree.rows[next].isContainer ? tree.rows[next].insideCount + 2 : 1
        }
        return children
    }

    /// The bytes of a value with all that is inside of it.
    private static func range(of row: Int, _ tree: JSONTree) -> Range<Int> {
        let value = tree.rows[row].value
        guard tree.rows[row].isContainer else { return value }
        return value.lowerBound..<tree.rows[row + tree.rows[row].insideCount + 1].value.upperBound
    }
}
