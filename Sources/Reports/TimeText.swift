import Bytes

/// Writes instants and durations as text.
public struct TimeText: Sendable {
    /// When the second began that `dateBytes` stands for; most rows fall into the second of the row before.
    private var start: Int64 = 0
    /// `2026-11-22T14:03:07.`
    private var dateBytes: [20 of UInt8] = .init(repeating: UInt8(ascii: "."))

    /// Seconds that the zone is ahead of UTC at a second since 1970; nil for UTC.
    private let zone: (@Sendable (Int64) -> Int64)?

    /// - Parameter zone: seconds that it is ahead of UTC at a second since 1970; RFC 3339 stays in UTC, and wants none.
    public init(zone: (@Sendable (Int64) -> Int64)? = nil) {
        self.zone = zone
        remember(Timestamp(nanoseconds: 0))
    }

    /// Bytes that an instant takes at most, in any of the forms here.
    static let byteCount = 32

    /// RFC 3339 in UTC with `digits` behind the point: `2026-11-22T14:03:07.120000Z`.
    public mutating func append(_ time: Timestamp, digits: Int, to output: inout ByteBuffer) {
        // Invariant: see `byteCount`.
        var writer = unsafe output.writer(upTo: Self.byteCount)
        append(time, digits: digits, to: &writer)
        output.commit(writer)
    }

    /// - Parameter digits: 9 at most, as everywhere here.
    @inline(__always)
    mutating func append(_ time: Timestamp, digits: Int, to line: inout LineWriter) {
        let fraction = fraction(of: time)
        line.append(dateBytes.span)
        Self.append(fraction: fraction, digits: digits, to: &line)
        line.append(UInt8(ascii: "Z"))
    }

    /// `1.200 400`: seconds, then milliseconds and microseconds apart.
    public static func appendElapsed(_ nanoseconds: Int64, to output: inout ByteBuffer) {
        // Invariant: a sign, ten digits of seconds, and eight bytes behind them.
        var writer = unsafe output.writer(upTo: byteCount)
        if nanoseconds < 0 { writer.append(UInt8(ascii: "-")) }
        let (seconds, micros) = elapsed(nanoseconds)
        writer.append(decimal: seconds)
        append(micros: micros, to: &writer)
        output.commit(writer)
    }

    /// The parts of `appendElapsed`: whole seconds, and microseconds.
    @inline(__always)
    static func elapsed(_ nanoseconds: Int64) -> (seconds: UInt64, micros: UInt32) {
        let micros = nanoseconds.magnitude / 1_000
        let seconds = micros / 1_000_000
        return (seconds, UInt32(truncatingIfNeeded: micros &- seconds &* 1_000_000))
    }

    /// The eight bytes from the point on: `.200 400`.
    @inline(__always)
    static func append(micros: UInt32, to line: inout LineWriter) {
        let millis = micros / 1_000
        line.append(UInt8(ascii: "."))
        line.append(triple: millis)
        line.append(UInt8(ascii: " "))
        line.append(triple: micros &- millis &* 1_000)
    }

    /// Seconds with nine digits at most, trailing zeros left out: `1.2`, `0`.
    public static func appendSeconds(_ nanoseconds: Int64, to output: inout ByteBuffer) {
        // Invariant: see `byteCount`.
        var writer = unsafe output.writer(upTo: byteCount)
        appendSeconds(nanoseconds, to: &writer)
        output.commit(writer)
    }

    @inline(__always)
    static func appendSeconds(_ nanoseconds: Int64, to line: inout LineWriter) {
        if nanoseconds < 0 { line.append(UInt8(ascii: "-")) }
        var rest = nanoseconds.magnitude
        if rest < 1_000_000_000 {
            line.append(UInt8(ascii: "0"))
        } else {
            let seconds = rest / 1_000_000_000
            line.append(decimal: seconds)
            rest &-= seconds &* 1_000_000_000
        }
        guard rest > 0 else { return }
        line.append(UInt8(ascii: "."))
        let micros = rest / 1_000
        if rest == micros &* 1_000 {
            let digits = Digits(decimal: micros)
            line.append(digits.text >> 16, count: 6 &- digits.trailingZeroCount)
        } else {
            let first = rest / 100_000_000
            line.append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: first))
            let digits = Digits(decimal: rest &- first &* 100_000_000)
            line.append(digits.text, count: 8 &- digits.trailingZeroCount)
        }
    }

    /// `2026-11-22 14:03:07.120`, for reading.
    public mutating func appendReadable(_ time: Timestamp, digits: Int, to output: inout ByteBuffer) {
        // Invariant: see `byteCount`.
        var writer = unsafe output.writer(upTo: Self.byteCount)
        let fraction = fraction(of: time)
        writer.append(dateBytes.span.extracting(0..<10))
        writer.append(UInt8(ascii: " "))
        writer.append(dateBytes.span.extracting(11..<20))
        Self.append(fraction: fraction, digits: digits, to: &writer)
        output.commit(writer)
    }

    /// `14:03:07.120000`.
    public mutating func appendTimeOfDay(_ time: Timestamp, digits: Int, to output: inout ByteBuffer) {
        // Invariant: see `byteCount`.
        var writer = unsafe output.writer(upTo: Self.byteCount)
        appendTimeOfDay(time, digits: digits, to: &writer)
        output.commit(writer)
    }

    @inline(__always)
    mutating func appendTimeOfDay(_ time: Timestamp, digits: Int, to line: inout LineWriter) {
        let fraction = fraction(of: time)
        line.append(dateBytes.span.extracting(11..<20))
        Self.append(fraction: fraction, digits: digits, to: &line)
    }

    /// The nanoseconds of the second that an instant is in, which `dateBytes` stands for afterwards.
    @inline(__always)
    private mutating func fraction(of time: Timestamp) -> UInt64 {
        let passed = UInt64(bitPattern: time.nanoseconds &- start)
        if passed < 1_000_000_000 { return passed }
        remember(time)
        return UInt64(bitPattern: time.nanoseconds &- start)
    }

    @inline(__always)
    private static func append(fraction: UInt64, digits: Int, to line: inout LineWriter) {
        if digits == 6 {
            let micros = UInt32(truncatingIfNeeded: fraction / 1_000)
            let millis = micros / 1_000
            line.append(triple: millis)
            return line.append(triple: micros &- millis &* 1_000)
        }
        var value = fraction
        for _ in min(digits, 9)..<9 { value /= 10 }
        guard digits > 8 else { return line.append(decimal: value, width: digits) }
        let first = value / 100_000_000
        line.append(UInt8(ascii: "0") + UInt8(first))
        line.append(decimal: value - first * 100_000_000, width: 8)
    }

    @inline(never)
    private mutating func remember(_ time: Timestamp) {
        let (quotient, remainder) = time.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let second = remainder < 0 ? quotient - 1 : quotient
        // It may be below the least number of 64 bits, to which differences are the same.
        start = second &* 1_000_000_000
        let shown = second &+ (zone?(second) ?? 0)
        let day = shown >= 0 ? shown / 86_400 : (shown - 86_399) / 86_400
        let ofDay = shown - day * 86_400
        let (year, month, dayOfMonth) = Self.civil(day)
        // Nanoseconds in 64 bits reach from 1677 to 2262, so four digits hold every year.
        set(at: 0, year, digits: 4)
        dateBytes[4] = UInt8(ascii: "-")
        set(at: 5, month, digits: 2)
        dateBytes[7] = UInt8(ascii: "-")
        set(at: 8, dayOfMonth, digits: 2)
        dateBytes[10] = UInt8(ascii: "T")
        set(at: 11, ofDay / 3_600, digits: 2)
        dateBytes[13] = UInt8(ascii: ":")
        set(at: 14, ofDay / 60 % 60, digits: 2)
        dateBytes[16] = UInt8(ascii: ":")
        set(at: 17, ofDay % 60, digits: 2)
    }

    private mutating func set(at index: Int, _ value: Int64, digits: Int) {
        var value = value
        for place in (index..<index + digits).reversed() {
            dateBytes[place] = UInt8(ascii: "0") + UInt8(value % 10)
            value /= 10
        }
    }

    /// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar.
    ///
    /// Counts in eras of 400 years that begin on 1 March, so that the leap day is the last of its year.
    private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * ofYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
