import ArgumentParser
import Filter

/// How late answers may come, as `check --max-latency` has it: `p99=500ms`, `max=2s`.
struct LatencyLimit: ExpressibleByArgument, Sendable {
    /// As it was written.
    let text: String
    /// Thousandths of the answers that must come in time.
    let permille: UInt64
    let nanoseconds: Int64

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let permille = Self.permille(parts[0].lowercased()),
            let duration = DurationLiteral(String(parts[1]))
        else { return nil }
        text = argument
        self.permille = permille
        nanoseconds = duration.nanoseconds
    }

    /// `p50`, `p99`, `p99.9`, `max`.
    private static func permille(_ name: String) -> UInt64? {
        if name == "max" { return 1_000 }
        guard name.hasPrefix("p") else { return nil }
        let digits = name.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(digits.count),
            digits.allSatisfy({ (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }),
            let whole = UInt64(digits[0]), digits.count == 1 || digits[1].utf8.count == 1
        else { return nil }
        let tenths = digits.count == 2 ? UInt64(digits[1]) ?? 0 : 0
        let permille = whole * 10 + tenths
        return (1...1_000).contains(permille) ? permille : nil
    }

    /// Whether of so many answers, of which some came too late, more did than may. Exact.
    func isExceeded(by lateCount: UInt64, of count: UInt64) -> Bool {
        // The nearest rank: so many must have come in time.
        let (whole, rest) = count.quotientAndRemainder(dividingBy: 1_000)
        return count - lateCount < whole * permille + (rest * permille + 999) / 1_000
    }
}
