/// Units behind numbers, and what one of them is in the unit that is counted: bytes, or nanoseconds.
enum Units {
    static let sizes: [(name: String, factor: Int128)] = [
        ("B", 1), ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30),
    ]

    static let durations: [(name: String, factor: Int128)] = [
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("min", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ]

    static func factor(of name: String, among units: [(name: String, factor: Int128)]) -> Int128? {
        units.first { $0.name == name }?.factor ?? units.first { $0.name.lowercased() == name.lowercased() }?.factor
    }
}

/// A number as it is written, in front of its unit: `0x1f`, `-5`, `1.5`.
struct NumberLiteral {
    /// The number is `digits` divided by ten to the power of `scale`.
    private var digits: Int128 = 0
    private var scale = 0
    private(set) var unit = ""

    /// Nil for what does not begin with a digit, or has more digits than anything can have.
    init?(_ word: String) {
        var rest = word[...]
        let isNegative = rest.hasPrefix("-")
        if isNegative { rest = rest.dropFirst() }
        guard let first = rest.utf8.first, first >= 0x30, first <= 0x39 else { return nil }
        if rest.hasPrefix("0x") || rest.hasPrefix("0X") {
            guard let number = UInt64(rest.dropFirst(2), radix: 16), rest.utf8.count > 2 else { return nil }
            digits = Int128(number)
        } else {
            var hasPoint = false
            var count = 0
            while let byte = rest.utf8.first {
                if byte == UInt8(ascii: "."), !hasPoint {
                    hasPoint = true
                } else if byte >= 0x30, byte <= 0x39 {
                    count += 1
                    guard count <= 24 else { return nil }
                    digits = digits * 10 + Int128(byte - 0x30)
                    if hasPoint { scale += 1 }
                } else {
                    break
                }
                rest = rest.dropFirst()
            }
            unit = String(rest)
        }
        if isNegative { digits = -digits }
    }

    /// The number times `factor`; nil where that is not whole, or too large.
    func times(_ factor: Int128) -> Int128? {
        let (product, overflowed) = digits.multipliedReportingOverflow(by: factor)
        guard !overflowed else { return nil }
        var divisor: Int128 = 1
        for _ in 0..<scale { divisor *= 10 }
        return product % divisor == 0 ? product / divisor : nil
    }
}

/// A length of time as the language has it: `500ms`, `1.5s`.
public struct DurationLiteral: Sendable, Equatable {
    public let nanoseconds: Int64

    /// Nil for what is none, has no unit, or is negative.
    public init?(_ text: String) {
        guard let literal = NumberLiteral(text), let factor = Units.factor(of: literal.unit, among: Units.durations),
            let product = literal.times(factor), let nanoseconds = Int64(exactly: product), nanoseconds >= 0
        else { return nil }
        self.nanoseconds = nanoseconds
    }
}
