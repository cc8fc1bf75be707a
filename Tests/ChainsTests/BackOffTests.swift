import TestSupport
import Testing

@testable import Chains

@Suite("The rule of a client's pauses")
struct BackOffTests {
    private static let second: Int64 = 1_000_000_000

    /// Runs of pauses in seconds, each a few milliseconds late.
    private static func late(_ runs: [[Double]], _ random: inout SeededRandom) -> [[Int64]] {
        runs.map { $0.map { Int64(($0 + random.double(in: 0.001...0.012)) * 1e9) } }
    }

    private static func growing(_ first: Double, _ factor: Double, cap: Double, _ count: Int, _ draw: (Double) -> Double = { $0 })
        -> [Double]
    {
        var pause = first
        return (0..<count).map { _ in
            defer { pause = min(cap, pause * factor) }
            return draw(min(cap, pause))
        }
    }

    @Test("two pauses tell nothing")
    func tooFew() {
        #expect(BackOff([[Self.second], [Self.second]]) == .tooFew(count: 2))
        #expect(BackOff([]) == .tooFew(count: 0))
        #expect(BackOff([[], []]) == .tooFew(count: 0))
    }

    @Test("a client that does not wait is said not to")
    func immediate() {
        #expect(BackOff([[1_000_000, 3_000_000, 2_000_000, 90_000_000]]) == .immediate(longest: 90_000_000))
    }

    @Test("the same pause again and again is fixed, give or take a timer's delay")
    func fixed() {
        var random = SeededRandom(1)
        for pause in [0.3, 1, 5, 30] {
            let rule = BackOff(Self.late([[pause, pause, pause, pause]], &random))
            guard case .fixed(let found) = rule else {
                Issue.record("\(rule)")
                continue
            }
            #expect(abs(Double(found) / 1e9 - pause) < 0.013)
        }
    }

    @Test("first pauses that are alike do not show what would follow them")
    func firstPauses() {
        var random = SeededRandom(2)
        guard case .first(let pause, count: 3) = BackOff(Self.late([[1], [1], [1]], &random)) else {
            Issue.record("not recognised")
            return
        }
        #expect(pause / 1_000_000 - 1_000 < 13)
    }

    @Test("pauses that double are exponential, with the cap that they reach", arguments: [3, 4, 5, 8, 12])
    func exponential(count: Int) {
        var random = SeededRandom(UInt64(count))
        guard case .exponential(let first, 2, let cap) = BackOff(Self.late([Self.growing(1, 2, cap: 10, count)], &random)) else {
            Issue.record("not recognised with \(count) pauses")
            return
        }
        #expect(abs(first - Self.second) < 60_000_000)
        // 1, 2, 4, 8, and from then on 10.
        #expect((cap ?? 0) / Self.second == (count > 4 ? 10 : 0))
    }

    @Test("a factor is named as it was written", arguments: [1.5, 1.6, 3.0])
    func factor(_ factor: Double) {
        var random = SeededRandom(9)
        guard case .exponential(_, let found, nil) = BackOff(Self.late([Self.growing(0.5, factor, cap: 1_000, 6)], &random)) else {
            Issue.record("not recognised")
            return
        }
        #expect(abs(found - factor) < 0.051)
    }

    @Test("a first attempt at once does not hide the rule of the others")
    func firstAtOnce() {
        var random = SeededRandom(3)
        let run = [0.001] + Self.growing(1, 2, cap: 60, 4)
        guard case .exponential(_, 2, nil) = BackOff(Self.late([run, run], &random)) else {
            Issue.record("not recognised")
            return
        }
    }

    @Test("steps of a table that come again are named as steps")
    func steps() {
        var random = SeededRandom(4)
        let table = [0.2, 0.25, 0.5, 1, 2, 5]
        guard case .growing(let first, let last) = BackOff(Self.late([table, table], &random)) else {
            Issue.record("not recognised")
            return
        }
        #expect(first / 100_000_000 == 2 && last / Self.second == 5)
    }

    /// What is recognised of many draws: the share of those for which `isRight`.
    private static func share(_ isRight: (BackOff) -> Bool, of draw: (inout SeededRandom) -> [[Double]]) -> Double {
        var random = SeededRandom(7)
        let count = 400
        return Double((0..<count).count { _ in isRight(BackOff(late(draw(&random), &random))) }) / Double(count)
    }

    private static func isJittered(_ rule: BackOff) -> Bool { if case .jittered = rule { true } else { false } }

    @Test("equal jitter is recognised in three runs of four, and named")
    func equalJitter() {
        let share = Self.share { rule in
            if case .jittered(.from(let percent), factor: 2, _, _) = rule { percent >= 40 } else { false }
        } of: { random in
            (0..<3).map { _ in Self.growing(1, 2, cap: 60, 4) { random.double(in: $0 / 2...$0) } }
        }
        #expect(share > 0.85, "\(share)")
    }

    @Test("full jitter needs more, and is then recognised")
    func fullJitter() {
        let many = Self.share { rule in
            if case .jittered(.full, _, _, _) = rule { true } else { false }
        } of: { random in
            (0..<4).map { _ in Self.growing(1, 2, cap: 200, 7) { random.double(in: 0...$0) } }
        }
        #expect(many > 0.85, "\(many)")
        let few = Self.share(Self.isJittered) { random in [Self.growing(1, 2, cap: 200, 5) { random.double(in: 0...$0) }] }
        #expect(few < 0.03, "\(few)")
    }

    @Test("noise has no rule")
    func noise() {
        let draws: [(String, (inout SeededRandom) -> Double)] = [
            ("uniform", { $0.double(in: 0...10) }),
            ("exponential", { 3 * -Logarithm.of($0.double(in: 0.001...1)) }),
            ("wide", { Logarithm.power($0.double(in: -2...3)) }),
        ]
        for (name, draw) in draws {
            for lengths in [[4], [6], [8], [12], [4, 4, 4], [6, 6, 6], [3, 3], [1, 1, 1, 1, 1, 1]] {
                let share = Self.share {
                    if case .unknown = $0 { true } else { false }
                } of: { random in
                    lengths.map { (0..<$0).map { _ in draw(&random) } }
                }
                #expect(share > 0.96, "\(name) \(lengths): \(share)")
            }
        }
    }

    @Test("nothing that pauses can be makes it fail")
    func anything() {
        var random = SeededRandom(11)
        for _ in 0..<2_000 {
            let runs = (0..<Int(random.next() % 5)).map { _ in
                (0..<Int(random.next() % 9)).map { _ in Int64(bitPattern: random.next() >> (random.next() % 64)) & .max }
            }
            _ = BackOff(runs).words
        }
        _ = BackOff([[.max, .max, .max, 0, 1, .max]]).words
        _ = BackOff([Array(repeating: .max, count: 8)]).words
    }
}

extension SeededRandom {
    mutating func double(in range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &self) }
}
