import Testing

@testable import Statistics

@Suite("What takeover saves, from a sample")
struct ContextCostTests {
    /// Messages of one side, which take `ratio` of their length by themselves.
    private static func side(_ lengths: [UInt64], ratio: Double, _ sampling: inout MessageSampling) -> ContextCost {
        var cost = ContextCost()
        for length in lengths {
            let isSampled = sampling.takes(length)
            cost.take(applicationBytes: length, wireBytes: length / 10)
            if isSampled { cost.sample(applicationBytes: length, aloneBytes: UInt64(Double(length) * ratio)) }
        }
        cost.project()
        return cost
    }

    @Test("a short capture is measured as a whole")
    func short() {
        var sampling = MessageSampling()
        let one = Self.side(Array(repeating: 1_000, count: 500), ratio: 0.5, &sampling)
        let other = Self.side(Array(repeating: 500, count: 500), ratio: 0.2, &sampling)
        #expect(one.isExact && other.isExact && (one + other).isExact)
        #expect((one + other).aloneBytes == 250_000 + 50_000)
        #expect((one + other).savedBytes == 300_000 - 75_000)
    }

    @Test("of a long capture a part is measured, the same part each time, of each side by its messages")
    func long() {
        func both() -> (ContextCost, ContextCost) {
            var sampling = MessageSampling()
            // Only the first begins while all messages are taken.
            let first = Self.side(Array(repeating: 1_000, count: 50_000), ratio: 0.5, &sampling)
            return (first, Self.side(Array(repeating: 200, count: 100_000), ratio: 0.1, &sampling))
        }
        let (first, second) = both()
        let (again, _) = both()
        #expect(first == again)
        #expect(!first.isExact && first.sampled < 3_500)
        #expect(!second.isExact && second.sampled > 3_000 && second.sampled < 5_000)
        #expect(first.aloneBytes == 25_000_000)
        #expect(second.aloneBytes == 2_000_000)
        #expect((first + second).aloneBytes == 27_000_000)
    }

    @Test("messages that alternate, or come in any order, are each taken as often as they come", arguments: [2, 3, 24, 48])
    func alternating(period: Int) {
        var sampling = MessageSampling()
        var cost = ContextCost()
        var alone: UInt64 = 0
        for number in 0..<200_000 {
            // One of each period is long and compresses badly.
            let isLong = number % period == 0
            let length: UInt64 = isLong ? 3_000 : 300
            let aloneLength: UInt64 = isLong ? 2_400 : 60
            alone += aloneLength
            let isSampled = sampling.takes(length)
            cost.take(applicationBytes: length, wireBytes: 10)
            if isSampled { cost.sample(applicationBytes: length, aloneBytes: aloneLength) }
        }
        cost.project()
        #expect(!cost.isExact)
        let error = abs(Double(cost.aloneBytes) - Double(alone)) / Double(alone)
        #expect(error < 0.08, "\(cost.aloneBytes), not \(alone)")
    }

    @Test("a side of which nothing was sampled is taken to be like the others")
    func unsampled() {
        var sampled = ContextCost()
        sampled.take(applicationBytes: 1_000, wireBytes: 100)
        sampled.sample(applicationBytes: 1_000, aloneBytes: 400)
        sampled.project()
        var other = ContextCost()
        other.take(applicationBytes: 3_000, wireBytes: 300)
        other.project()
        #expect(other.sampled == 0)
        #expect((sampled + other).aloneBytes == 1_600)
        #expect((other + sampled).savedBytes == 1_200)
        if let share = (sampled + other).aloneShare { other.assume(aloneShare: share) }
        #expect(other.sampled == 0 && other.aloneBytes == 1_200)
        #expect((sampled + other).aloneBytes == 1_600)
        #expect(ContextCost().isExact && ContextCost().aloneBytes == 0)
    }

    @Test("empty messages have a length by themselves, too")
    func empty() {
        var cost = ContextCost()
        cost.take(applicationBytes: 0, wireBytes: 1)
        cost.sample(applicationBytes: 0, aloneBytes: 1)
        cost.project()
        #expect(cost.aloneBytes == 1)
    }

    @Test("many connections, each of a few messages, share what may be taken")
    func manySides() {
        var sampling = MessageSampling()
        var sum = ContextCost()
        for _ in 0..<20_000 { sum = sum + Self.side(Array(repeating: 400, count: 10), ratio: 0.25, &sampling) }
        #expect(sum.messages == 200_000 && sum.sampled < 12_000)
        #expect(sum.aloneBytes == 20_000_000)
    }
}
