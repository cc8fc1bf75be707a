import Bytes

/// Where the digits of a number in decimal stand, so that two can be compared exactly, however long they are.
///
/// Nothing is rounded: 9007199254740993 is greater than 9007199254740992, and 0.1 is 1e-1.
public struct DecimalNumber {
    private var isNegative = false
    /// Places of the first digit that is not 0, and behind the last one; empty for zero.
    private var digits = 0..<0
    /// The power of ten that the first of those digits counts, and one more.
    private var magnitude = 0

    /// Nil for what is no number as JSON writes them (RFC 8259 §6).
    public init?(_ text: Span<UInt8>) {
        var position = 0
        if position < text.count, text[position] == UInt8(ascii: "-") {
            isNegative = true
            position += 1
        }
        let start = position
        while position < text.count, Self.isDigit(text[position]) { position += 1 }
        let point = position
        guard point > start, point - start == 1 || text[start] != UInt8(ascii: "0") else { return nil }
        if position < text.count, text[position] == UInt8(ascii: ".") {
            position += 1
            let fraction = position
            while position < text.count, Self.isDigit(text[position]) { position += 1 }
            guard position > fraction else { return nil }
        }
        let mantissaEnd = position
        guard let exponent = Self.exponent(text, &position), position == text.count else { return nil }

        var first = start
        while first < mantissaEnd, text[first] == UInt8(ascii: "0") || text[first] == UInt8(ascii: ".") { first += 1 }
        var end = mantissaEnd
        while end > first, text[end - 1] == UInt8(ascii: "0") || text[end - 1] == UInt8(ascii: ".") { end -= 1 }
        digits = first..<end
        magnitude = exponent + (first < point ? point - first : point - first + 1)
    }

    /// The exponent, 0 where there is none; nil where `e` has no digits behind it. Beyond a billion all are alike.
    private static func exponent(_ text: Span<UInt8>, _ position: inout Int) -> Int? {
        guard position < text.count, text[position] | 0x20 == UInt8(ascii: "e") else { return 0 }
        position += 1
        var isNegative = false
        if position < text.count, text[position] == UInt8(ascii: "-") || text[position] == UInt8(ascii: "+") {
            isNegative = text[position] == UInt8(ascii: "-")
            position += 1
        }
        let start = position
        var value = 0
        while position < text.count, isDigit(text[position]) {
            value = min(value * 10 + Int(text[position] - 0x30), 1_000_000_000)
            position += 1
        }
        return position > start ? (isNegative ? -value : value) : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// Negative, 0 or positive as `a` is less than, equal to or greater than `b`.
    /// - Parameters:
    ///   - aText: what `a` was made of.
    ///   - bText: what `b` was made of.
    public static func order(_ a: DecimalNumber, _ aText: Span<UInt8>, _ b: DecimalNumber, _ bText: Span<UInt8>) -> Int {
        let (aSign, bSign) = (a.sign, b.sign)
        if aSign != bSign { return aSign - bSign }
        if aSign == 0 { return 0 }
        if a.magnitude != b.magnitude { return a.magnitude < b.magnitude ? -aSign : aSign }
        var (aPlace, bPlace) = (a.digits.lowerBound, b.digits.lowerBound)
        while true {
            let (aDigit, bDigit) = (a.digit(aText, &aPlace), b.digit(bText, &bPlace))
            if aDigit != bDigit { return aDigit < bDigit ? -aSign : aSign }
            if aPlace >= a.digits.upperBound, bPlace >= b.digits.upperBound { return 0 }
        }
    }

    private var sign: Int { digits.isEmpty ? 0 : isNegative ? -1 : 1 }

    /// The digit at a place, 0 behind the last; steps over the point.
    private func digit(_ text: Span<UInt8>, _ place: inout Int) -> UInt8 {
        if place < digits.upperBound, text[place] == UInt8(ascii: ".") { place += 1 }
        guard place < digits.upperBound else { return 0x30 }
        place += 1
        return text[place - 1]
    }
}
