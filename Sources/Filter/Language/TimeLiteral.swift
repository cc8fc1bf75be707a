/// An instant or a time of day as it is written in an expression; UTC where no offset is named.
enum TimeLiteral: Equatable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    case instant(Int128)
    /// Nanoseconds since midnight.
    case timeOfDay(Int128)

    static let nanosecondsPerSecond: Int128 = 1_000_000_000
    static let nanosecondsPerDay: Int128 = 86_400 * nanosecondsPerSecond

    /// `14:03`, `14:03:00.5`, `2026-11-22`, `2026-11-22T14:03:00Z`, `2026-11-22 14:03+01:00`.
    init?(_ text: String) {
        var reader = Reader(bytes: Array(text.utf8))
        if let time = reader.takeTime(), reader.isAtEnd || reader.take("Z") && reader.isAtEnd {
            self = .timeOfDay(time)
            return
        }
        reader.position = 0
        guard let day = reader.takeDate() else { return nil }
        var nanoseconds = Int128(day) * Self.nanosecondsPerDay
        if !reader.isAtEnd {
            guard reader.take("T") || reader.take(" ") || reader.take("t"), let time = reader.takeTime(), let offset = reader.takeOffset()
            else { return nil }
            nanoseconds += time - offset
        }
        guard reader.isAtEnd else { return nil }
        self = .instant(nanoseconds)
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ sign: Unicode.Scalar) -> Bool {
            guard !isAtEnd, bytes[position] == UInt8(ascii: sign) else { return false }
            position += 1
            return true
        }

        mutating func takeNumber(digits: Int, upTo limit: Int) -> Int? {
            guard bytes.count - position >= digits else { return nil }
            var number = 0
            for byte in bytes[position..<position + digits] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                number = number * 10 + Int(byte - 0x30)
            }
            guard number <= limit else { return nil }
            position += digits
            return number
        }

        /// Nanoseconds since midnight.
        mutating func takeTime() -> Int128? {
            guard let hour = takeNumber(digits: 2, upTo: 24), take(":"), let minute = takeNumber(digits: 2, upTo: 59) else { return nil }
            var time = Int128(hour * 3_600 + minute * 60) * nanosecondsPerSecond
            if take(":") {
                guard let second = takeNumber(digits: 2, upTo: 60) else { return nil }
                time += Int128(second) * nanosecondsPerSecond
                if take(".") {
                    var unit: Int128 = 100_000_000
                    let start = position
                    while unit > 0, let digit = takeNumber(digits: 1, upTo: 9) {
                        time += Int128(digit) * unit
                        unit /= 10
                    }
                    guard position > start else { return nil }
                }
            }
            return time <= nanosecondsPerDay ? time : nil
        }

        /// Nanoseconds that local time is ahead of UTC.
        mutating func takeOffset() -> Int128? {
            if isAtEnd || take("Z") || take("z") { return 0 }
            let isAhead = take("+")
            guard isAhead || take("-"), let hour = takeNumber(digits: 2, upTo: 23), take(":"), let minute = takeNumber(digits: 2, upTo: 59)
            else { return nil }
            let offset = Int128(hour * 3_600 + minute * 60) * nanosecondsPerSecond
            return isAhead ? offset : -offset
        }

        /// Days since 1970-01-01 in the Gregorian calendar.
        mutating func takeDate() -> Int? {
            guard let year = takeNumber(digits: 4, upTo: 9_999), take("-"), let month = takeNumber(digits: 2, upTo: 12), month > 0,
                take("-"),
                let day = takeNumber(digits: 2, upTo: 31), day > 0
            else { return nil }
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            guard day <= lengths[month - 1] else { return nil }
            let before = year - 1
            let leapDays = before / 4 - before / 100 + before / 400
            // 1 January of the year 1 is day -719162.
            return before * 365 + leapDays - 719_162 + lengths[..<(month - 1)].reduce(0, +) + day - 1
        }
    }
}
