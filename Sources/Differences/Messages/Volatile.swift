/// What differs by nature when the same is done again: ids, times, tokens.
package enum Volatile {
    /// Last words of names whose values do.
    private static let names: Set<String> = [
        "id", "ids", "uuid", "guid", "nonce", "token", "session", "sid", "ts", "time", "timestamp", "date", "at", "since", "until",
        "expires",
        "expiry", "exp", "iat", "nbf", "jti", "cursor", "etag", "signature", "sig", "latency", "elapsed", "duration", "uptime", "trace",
        "span", "traceparent", "now",
    ]

    /// True for `userId`, `created_at`, `TIMESTAMP`.
    package static func isName(_ name: some Collection<UInt8>) -> Bool {
        var word: [UInt8] = []
        var wasLower = false
        for byte in name {
            let isUpper = byte &- UInt8(ascii: "A") < 26
            let isLetter = isUpper || byte &- UInt8(ascii: "a") < 26
            if !isLetter {
                if byte &- UInt8(ascii: "0") > 9 { word = [] }
                wasLower = false
                continue
            }
            if isUpper, wasLower { word = [] }
            word.append(byte | 0x20)
            wasLower = !isUpper
        }
        return word.count <= 12 && names.contains(String(decoding: word, as: UTF8.self))
    }

    /// True for a UUID, a long number in hexadecimal, a date or time as written by ISO 8601, a time in seconds or finer units since 1970,
    /// and a long token.
    package static func isValue(_ text: some Collection<UInt8>) -> Bool {
        guard text.count >= 8, text.count <= 4_096 else { return false }
        var counts = Counts()
        for byte in text { counts.add(byte) }
        return counts.isLikeTime(Array(text.prefix(10)), length: text.count) || counts.isLikeID(length: text.count)
    }

    private struct Counts {
        var digits = 0, hexLetters = 0, upper = 0, lower = 0, dashes = 0, others = 0

        mutating func add(_ byte: UInt8) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
            case UInt8(ascii: "a")...UInt8(ascii: "f"): (hexLetters, lower) = (hexLetters + 1, lower + 1)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): (hexLetters, upper) = (hexLetters + 1, upper + 1)
            case UInt8(ascii: "g")...UInt8(ascii: "z"): lower += 1
            case UInt8(ascii: "G")...UInt8(ascii: "Z"): upper += 1
            case UInt8(ascii: "-"), UInt8(ascii: "_"): dashes += 1
            default: others += 1
            }
        }

        func isLikeTime(_ start: [UInt8], length: Int) -> Bool {
            func isDigit(_ index: Int) -> Bool { index < start.count && start[index] &- UInt8(ascii: "0") <= 9 }
            func isByte(_ index: Int, _ byte: UInt8) -> Bool { index < start.count && start[index] == byte }
            // 2026-01-31, 14:03:07
            let dash = UInt8(ascii: "-")
            if (0..<4).allSatisfy(isDigit), isByte(4, dash), isDigit(5), isDigit(6), isByte(7, dash), isDigit(8), length <= 40 {
                return true
            }
            let colon = UInt8(ascii: ":")
            if isDigit(0), isDigit(1), isByte(2, colon), isDigit(3), isDigit(4), isByte(5, colon), isDigit(6), length <= 20 { return true }
            // 1 and 10 digits in all are seconds from 2001 to 2033; then milliseconds, microseconds, nanoseconds. A fraction may follow.
            let whole = digits + others == length && others <= 1
            return whole && isByte(0, UInt8(ascii: "1")) && (others == 1 ? digits >= 11 : [10, 13, 16, 19].contains(digits))
        }

        func isLikeID(length: Int) -> Bool {
            guard others == 0, digits > 0 else { return false }
            if digits + hexLetters + dashes == length { return dashes == 0 ? length >= 16 : dashes == 4 && length == 36 }
            return length >= 20 && upper > 0 && lower > 0
        }
    }
}
