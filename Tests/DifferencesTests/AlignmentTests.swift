import TestSupport
import Testing

@testable import Differences

@Suite("What two sequences have in common")
struct AlignmentTests {
    /// Pairs in order, of equal elements; their number.
    private func count(_ pairs: [(Int, Int)], _ a: [UInt64], _ b: [UInt64]) -> Int {
        #expect(pairs.allSatisfy { a[$0.0] == b[$0.1] })
        #expect(zip(pairs, pairs.dropFirst()).allSatisfy { $0.0 < $1.0 && $0.1 < $1.1 })
        return pairs.count
    }

    /// The length of the longest common part, by its definition.
    private func longest(_ a: [UInt64], _ b: [UInt64]) -> Int {
        var row = [Int](repeating: 0, count: b.count + 1)
        for x in a {
            var before = 0
            for (j, y) in b.enumerated() {
                let here = row[j + 1]
                row[j + 1] = x == y ? before + 1 : max(row[j + 1], row[j])
                before = here
            }
        }
        return row[b.count]
    }

    @Test("of short sequences it is the longest there is", arguments: 0..<40)
    func short(seed: Int) {
        var random = SeededRandom(UInt64(seed))
        let (a, b) = (0..<2).map { _ in (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt64.random(in: 0..<6, using: &random) } }
            .pair
        #expect(count(Alignment.common(a, b), a, b) == longest(a, b))
    }

    @Test("a few changes in a long sequence leave all else paired")
    func fewChanges() {
        let a = (0..<100_000).map { UInt64($0) }
        var b = a
        b[10] = 1 << 40
        b.remove(at: 50_000)
        b.insert(1 << 41, at: 70_000)
        #expect(count(Alignment.common(a, b), a, b) == 99_998)
    }

    @Test("one of many equal elements less is one less", arguments: [0, 1, 9_999])
    func equalElements(place: Int) {
        let a = [UInt64](repeating: 7, count: 10_000)
        var b = a
        b.remove(at: place)
        #expect(count(Alignment.common(a, b), a, b) == 9_999)
    }

    /// What makes a comparison slow if anything does.
    private static let hard: [(name: String, a: [UInt64], b: [UInt64])] = {
        let size = 20_000
        var random = SeededRandom(4)
        let row = (0..<size).map { UInt64($0) }
        let few = (0..<size).map { _ in UInt64.random(in: 0..<4, using: &random) }
        return [
            ("turned round", row, row.reversed()),
            ("shuffled", row, row.shuffled(using: &random)),
            ("nothing in common", row, row.map { $0 + 1_000_000 }),
            ("few different elements", few, few.shuffled(using: &random)),
            ("two that alternate", row.map { $0 % 2 }, row.map { $0 / 2 % 2 }),
            ("each twice", row.map { $0 / 2 }, row.map { $0 / 2 }.reversed()),
            ("blocks exchanged", row, Array(row[(size / 2)...] + row[..<(size / 2)])),
        ]
    }()

    @Test("no sequences take more than some steps for each element", arguments: 0..<7)
    func bounded(index: Int) {
        let (name, a, b) = Self.hard[index]
        var alignment = Alignment(a, b)
        let pairs = alignment.run()
        _ = count(pairs, a, b)
        #expect(alignment.stepCount < Alignment.leastStepCount + 60 * (a.count + b.count), "\(name): \(alignment.stepCount) steps")
        if name == "blocks exchanged" { #expect(pairs.count == a.count / 2) }
    }
}

@Suite("Words that differ")
struct DifferenceTests {
    private func replacements(_ a: String, _ b: String) -> [String] {
        Difference.replacements(Array(a.utf8)[...], Array(b.utf8)[...]).map {
            "\(String(decoding: $0.a, as: UTF8.self))|\(String(decoding: $0.b, as: UTF8.self))"
        }
    }

    @Test("words are exchanged, added and left out")
    func words() {
        #expect(replacements("the build is green", "the build is red") == ["green|red"])
        #expect(replacements("a b c", "a c") == ["b |"])
        #expect(replacements("a c", "a b c") == ["|b "])
        #expect(replacements("", "a") == ["|a"])
        #expect(replacements("same", "same").isEmpty)
        #expect(replacements("naïve café", "naïve cafés") == ["café|cafés"])
    }

    @Test("what is common is the longest there is")
    func common() {
        func pairs(_ a: String, _ b: String) -> String { Difference.common(Array(a), Array(b)).map { String(Array(a)[$0.0]) }.joined() }
        #expect(pairs("ABCBDAB", "BDCABA").count == 4)
        #expect(pairs("", "abc").isEmpty && pairs("abc", "abc") == "abc")
    }
}

extension [[UInt64]] {
    fileprivate var pair: ([UInt64], [UInt64]) { (self[0], self[1]) }
}
