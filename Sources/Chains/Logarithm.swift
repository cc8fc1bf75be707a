/// Natural logarithms and powers, to more digits than pauses have: the C library is not at hand here.
enum Logarithm {
    private static let ofTwo = 0.693_147_180_559_945_3

    /// Of a number of seconds; a millisecond counts for less.
    static func of(_ number: Double) -> Double {
        let number = max(number, 0.001)
        // 2 · artanh((m - 1) / (m + 1)), and the exponent.
        let ratio = (number.significand - 1) / (number.significand + 1)
        var (sum, power) = (0.0, ratio)
        for step in stride(from: 1.0, through: 31, by: 2) {
            sum += power / step
            power *= ratio * ratio
        }
        return 2 * sum + Double(number.exponent) * ofTwo
    }

    /// e to the power of it, at most e^40.
    static func power(_ exponent: Double) -> Double {
        let exponent = max(-40, min(exponent, 40))
        let whole = (exponent / ofTwo).rounded(.down)
        let rest = exponent - whole * ofTwo
        var (sum, term) = (1.0, 1.0)
        for step in stride(from: 1.0, through: 18, by: 1) {
            term *= rest / step
            sum += term
        }
        return Double(sign: .plus, exponent: Int(whole), significand: sum)
    }
}
