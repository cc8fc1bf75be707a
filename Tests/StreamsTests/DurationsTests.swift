@testable import Streams
import Testing

@Suite("Durations")
struct DurationsTests {
    private func durations(_ samples: some Sequence<Int64>) -> Durations {
        var durations = Durations()
        for sample in samples { durations.add(sample) }
        return durations
    }

    @Test("nothing has no median")
    func nothing() {
        #expect(Durations().median == nil)
        #expect(durations([-1]).count == 0)
    }

    @Test("few are exact, in whatever order they come")
    func few() {
        let odd = durations([900, 100, 500])
        #expect(odd.minimum == 100)
        #expect(odd.median == 500)
        #expect(odd.maximum == 900)
        #expect(durations([4, 1, 3, 2]).median == 2)
        #expect(durations(1...64).median == 32)
    }

    @Test("the median of many is off by a thirty-second at most", arguments: [1, 7, 16, 33, 1_000, 123_456_789, 40_000_000_000] as [Int64])
    func many(scale: Int64) throws {
        // 1, 3, 5 … 2001 times the scale: the middle of the 1001 is 1001 times it.
        let many = durations((0...1_000).map { (2 * $0 + 1) * scale })
        let median = try #require(many.median)
        #expect(abs(median - 1_001 * scale) <= 1_001 * scale / 32)
        #expect(many.minimum == scale)
        #expect(many.maximum == 2_001 * scale)
    }

    @Test("a quantile is the nearest rank: the least that so many do not exceed")
    func quantiles() {
        let few = durations(1...10)
        #expect(few.quantile(permille: 500) == few.median)
        #expect(few.quantile(permille: 900) == 9)
        #expect(few.quantile(permille: 901) == 10)
        #expect(few.quantile(permille: 990) == 10)
        #expect(few.quantile(permille: 1) == 1)
        #expect(durations([7]).quantile(permille: 990) == 7)
        #expect(Durations().quantile(permille: 990) == nil)
    }

    @Test("a quantile of many is off by a thirty-second at most", arguments: [500, 950, 990, 999] as [UInt64])
    func quantilesOfMany(permille: UInt64) throws {
        let many = durations((1...10_000).map { $0 * 1_000 })
        let exact = Int64(permille) * 10 * 1_000
        let quantile = try #require(many.quantile(permille: permille))
        #expect(abs(quantile - exact) <= exact / 32)
    }

    @Test("the longest of all durations has a bucket")
    func longest() {
        let longest = durations(repeatElement(.max, count: 100))
        #expect(longest.median == .max)
    }

    @Test("settled figures stay")
    func settled() {
        var settled = durations([5, 6, 7])
        settled.freeze()
        settled.add(1_000)
        #expect(settled.count == 3)
        #expect(settled.median == 6)
    }
}
