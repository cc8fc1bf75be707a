import Bytes
import Testing

@testable import Inspection

@Suite struct LossLogTests {
    private func time(_ number: Int64) -> Timestamp { Timestamp(nanoseconds: number) }

    @Test("a hole is explained by a loss of the same time only")
    func overlap() {
        var log = LossLog()
        log.note(from: time(10), to: time(20))
        log.note(from: time(40), to: time(50))
        #expect(log.overlaps(time(15), time(16)))
        #expect(log.overlaps(time(5), time(10)))
        #expect(log.overlaps(time(45), time(90)))
        #expect(!log.overlaps(time(21), time(39)))
        #expect(!log.overlaps(time(51), time(60)))
    }

    @Test("after many losses the oldest are taken for one, and the newest stay apart")
    func many() {
        var log = LossLog()
        for number in 0..<1_000 { log.note(from: time(Int64(number) * 10), to: time(Int64(number) * 10 + 5)) }
        #expect(log.overlaps(time(7), time(8)))
        #expect(!log.overlaps(time(9_987), time(9_988)))
        #expect(log.overlaps(time(9_992), time(9_993)))
    }
}
