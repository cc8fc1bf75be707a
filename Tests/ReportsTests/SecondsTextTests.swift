import Bytes
import TestSupport
import Testing

@testable import Reports

@Suite struct SecondsTextTests {
    private func text(_ nanoseconds: Int64) -> String {
        var output = ByteBuffer()
        TimeText.appendSeconds(nanoseconds, to: &output)
        return String(decoding: output.span.copied(), as: UTF8.self)
    }

    @Test("seconds have nine digits at most after the point, and no zeros at the end")
    func known() {
        let expected: [(Int64, String)] = [
            (0, "0"), (1, "0.000000001"), (10, "0.00000001"), (999, "0.000000999"), (1_000, "0.000001"), (150_000, "0.00015"),
            (100_000_000, "0.1"), (123_456_789, "0.123456789"), (999_999_999, "0.999999999"), (1_000_000_000, "1"),
            (1_200_000_000, "1.2"), (-1_500_000_000, "-1.5"), (60_000_000_001, "60.000000001"), (.max, "9223372036.854775807"),
            (.min, "-9223372036.854775808"),
        ]
        for (nanoseconds, shown) in expected { #expect(text(nanoseconds) == shown) }
    }

    @Test("what is written is the number that was meant", arguments: SeededRandom.seeds)
    func random(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<5_000 {
            let number = Int64.random(in: 0..<(1 << Int64.random(in: 1..<60, using: &random)), using: &random)
            let parts = text(number).split(separator: ".")
            let fraction = parts.count > 1 ? parts[1] : ""
            #expect(fraction.last != "0" && fraction.count <= 9)
            let digits = fraction + String(repeating: "0", count: 9 - fraction.count)
            #expect(Int64(parts[0]).map { $0 * 1_000_000_000 + (Int64(digits) ?? -1) } == number)
        }
    }
}
