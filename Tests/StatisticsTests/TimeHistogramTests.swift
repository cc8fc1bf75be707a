import Bytes
import Testing

@testable import Statistics

@Suite("Sums over time")
struct TimeHistogramTests {
    @Test("a histogram keeps its sums while its spans double, and never grows")
    func histogram() {
        var histogram = TimeHistogram()
        let start: Int64 = 1_700_000_000_000_000_000
        for second in 0..<10_000 { histogram.add(2, at: Timestamp(nanoseconds: start + Int64(second) * 1_000_000_000)) }
        histogram.add(1, at: Timestamp(nanoseconds: start - 5))
        histogram.add(1, at: Timestamp(nanoseconds: .max))
        #expect(histogram.sums.count == TimeHistogram.spanCount)
        #expect(histogram.sums.reduce(0, +) == 20_002)
        #expect(histogram.columns(10, from: start, to: start + 10_000_000_000_000).reduce(0, +) == 20_002)
    }

    @Test("times as far apart as can be told, and one at the very end, are drawn")
    func extremes() {
        var histogram = TimeHistogram()
        histogram.add(1, at: Timestamp(nanoseconds: .min))
        histogram.add(2, at: Timestamp(nanoseconds: .max))
        #expect(histogram.columns(10, from: .min, to: .max).reduce(0, +) == 3)
        var late = TimeHistogram()
        late.add(5, at: Timestamp(nanoseconds: .max))
        #expect(late.columns(10, from: .max, to: .max) == [5, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        #expect(late.columns(10, from: .min, to: .min + 1).reduce(0, +) == 5)
    }

    @Test("what comes evenly is drawn evenly, whatever the width")
    func evenness() {
        var histogram = TimeHistogram()
        let start: Int64 = 1_700_000_000_000_000_000
        for second in 0..<10_000 { histogram.add(2, at: Timestamp(nanoseconds: start + Int64(second) * 1_000_000_000)) }
        for width in [60, 186, 300, 386] {
            let columns = histogram.columns(width, from: start, to: start + 10_000_000_000_000)
            let mean = 20_000 / width
            #expect(columns.allSatisfy { abs(Int($0) - mean) <= 3 + mean / 20 }, "\(width): \(columns)")
        }
    }
}
