import Bytes

/// Times as recordings write them.
enum RecordedTime {
    /// An instant as a number of seconds or milliseconds since 1970, as JSON writes numbers; nil where it is neither.
    ///
    /// HAR files have seconds (Chromium, mitmproxy). Playwright writes milliseconds, and −1 where times are left out. What would be after
    /// the year 2262 in seconds is milliseconds.
    static func sinceEpoch(_ number: [UInt8]) -> Timestamp? {
        (nanoseconds(number, perUnit: 1_000_000_000) ?? nanoseconds(number, perUnit: 1_000_000))
            .flatMap { $0 >= 0 ? Timestamp(nanoseconds: $0) : nil }
    }

    /// Nanoseconds of a number of milliseconds; nil where it is none, or negative.
    static func milliseconds(_ number: [UInt8]) -> Int64? { nanoseconds(number, perUnit: 1_000_000).flatMap { $0 >= 0 ? $0 : nil } }

    /// Nanoseconds of a number of seconds; nil where it is none, or negative.
    static func seconds(_ number: [UInt8]) -> Int64? { nanoseconds(number, perUnit: 1_000_000_000).flatMap { $0 >= 0 ? $0 : nil } }

    /// A decimal number times a unit, exactly as far as nanoseconds go; nil where it does not fit.
    private static func nanoseconds(_ number: [UInt8], perUnit unit: Int64) -> Int64? {
        var digits = number[...]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative { digits = digits.dropFirst() }
        guard let first = digits.first, first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") else { return nil }
        if digits.contains(where: { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }) {
            // Nobody writes times like this but for very small ones.
            guard let value = Double(String(decoding: number, as: UTF8.self)) else { return nil }
            return Int64(exactly: (value * Double(unit)).rounded())
        }
        var (total, scale, isFraction) = (Int64(0), unit, false)
        for digit in digits {
            if digit == UInt8(ascii: "."), !isFraction {
                isFraction = true
                continue
            }
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            let value = Int64(digit - UInt8(ascii: "0"))
            if isFraction {
                scale /= 10
                // The last digit that counts is rounded down, as clocks do.
                let (more, over) = total.addingReportingOverflow(value * scale)
                if over { return nil }
                total = more
            } else {
                let (tenfold, over) = total.multipliedReportingOverflow(by: 10)
                let (more, overAgain) = tenfold.addingReportingOverflow(value * unit)
                if over || overAgain { return nil }
                total = more
            }
        }
        return isNegative ? -total : total
    }

    /// An instant as `2026-11-27T21:30:09.117Z`, or with a zone as `+01:00` (ISO 8601, RFC 3339); nil where it is none.
    static func instant(_ text: String) -> Timestamp? {
        var reader = Reader(text)
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), (1...12).contains(month), reader.take("-"),
            let day = reader.number(2), (1...31).contains(day), reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.number(2), hour < 24, reader.take(":"), let minute = reader.number(2), minute < 60, reader.take(":"),
            let second = reader.number(2), second <= 60, (1_678...2_261).contains(year)
        else { return nil }
        let nanosecond = reader.take(".") || reader.take(",") ? reader.fraction() : 0
        guard let nanosecond, let zone = reader.zone(), reader.isAtEnd else { return nil }
        let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - zone
        return Timestamp(nanoseconds: seconds * 1_000_000_000 + nanosecond)
    }

    /// Days since 1970-01-01 in the Gregorian calendar, years counted from March.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }

    private struct Reader {
        private let bytes: [UInt8]
        private var position = 0

        init(_ text: String) { bytes = Array(text.utf8) }

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ sign: Unicode.Scalar) -> Bool {
            guard position < bytes.count, bytes[position] == UInt8(ascii: sign) else { return false }
            position += 1
            return true
        }

        private mutating func digit() -> Int64? {
            guard position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else { return nil }
            position += 1
            return Int64(bytes[position - 1] - UInt8(ascii: "0"))
        }

        mutating func number(_ count: Int) -> Int64? {
            var value: Int64 = 0
            for _ in 0..<count {
                guard let digit = digit() else { return nil }
                value = value * 10 + digit
            }
            return value
        }

        mutating func fraction() -> Int64? {
            guard let first = digit() else { return nil }
            var (value, scale) = (first * 100_000_000, Int64(10_000_000))
            while let digit = digit() {
                value += digit * scale
                scale /= 10
            }
            return value
        }

        /// Seconds ahead of UTC; none is UTC.
        mutating func zone() -> Int64? {
            if isAtEnd || take("Z") || take("z") { return 0 }
            let isBehind = take("-")
            guard isBehind || take("+"), let hours = number(2) else { return nil }
            _ = take(":")
            guard let minutes = isAtEnd ? 0 : number(2) else { return nil }
            return (hours * 3_600 + minutes * 60) * (isBehind ? -1 : 1)
        }
    }
}
