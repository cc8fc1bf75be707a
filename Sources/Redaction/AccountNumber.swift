import Bytes

/// Numbers that pay: of cards (ISO/IEC 7812) and of bank accounts (ISO 13616), known by their check digits.
///
/// Check digits alone let one number in ten, or in ninety-seven, pass. So a card's first digits must be those of a network, with as many
/// digits as that gives out, and an account's country must have accounts of that length.
enum AccountNumber {
    /// The place of one that begins at `start`, where a word does; nil where none does.
    static func range(in text: Span<UInt8>, at start: Int, upTo end: Int) -> Range<Int>? {
        guard isBoundary(text, before: start) else { return nil }
        return text[start].isDigit ? card(in: text, at: start, upTo: end) : account(in: text, at: start, upTo: end)
    }

    /// No letter, digit or part of a longer number stands before it.
    private static func isBoundary(_ text: Span<UInt8>, before start: Int) -> Bool {
        guard start > 0 else { return true }
        let before = text[start - 1]
        if before.isLetterOrDigit || before == UInt8(ascii: "_") || before >= 0x80 { return false }
        guard before == UInt8(ascii: "-") || before == UInt8(ascii: ".") || before == UInt8(ascii: ",") else { return true }
        return start < 2 || !text[start - 2].isDigit
    }

    private static func isEnd(_ text: Span<UInt8>, _ place: Int, _ end: Int) -> Bool {
        guard place < end else { return true }
        if text[place].isLetterOrDigit || text[place] == UInt8(ascii: "_") { return false }
        // A fraction, or a longer number.
        guard text[place] == UInt8(ascii: ".") || text[place] == UInt8(ascii: "-"), place + 1 < end else { return true }
        return !text[place + 1].isDigit
    }

    // MARK: Cards

    private static let digitCounts = 13...19

    /// Digits in one piece, or in three groups or more between the same single blank, hyphen, full stop or plus sign.
    private static func card(in text: Span<UInt8>, at start: Int, upTo end: Int) -> Range<Int>? {
        var digits: [UInt8] = []
        var separator: UInt8?
        var place = start
        var groupCount = 0
        while true {
            let group = place
            while place < end, text[place].isDigit, digits.count <= digitCounts.upperBound {
                digits.append(text[place] - UInt8(ascii: "0"))
                place += 1
            }
            groupCount += 1
            guard digits.count <= digitCounts.upperBound else { return nil }
            let isGroup = (3...6).contains(place - group)
            if digitCounts.contains(digits.count), groupCount == 1 || (isGroup && groupCount > 2), isEnd(text, place, end), isCard(digits) {
                return start..<place
            }
            guard isGroup, place + 1 < end, text[place + 1].isDigit else { return nil }
            switch text[place] {
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "+"):
                guard separator ?? text[place] == text[place] else { return nil }
                separator = text[place]
            default: return nil
            }
            place += 1
        }
    }

    private static func isCard(_ digits: [UInt8]) -> Bool {
        let (two, four) = (number(digits, 2), number(digits, 4))
        let isIssued =
            switch two {
            case 40...49: [13, 16, 19].contains(digits.count)
            case 51...55, 22...27: digits.count == 16 && (two > 50 || (2_200...2_204).contains(four) || (2_221...2_720).contains(four))
            case 34, 37: digits.count == 15
            case 30, 36, 38, 39: (14...19).contains(digits.count)
            case 35: digits.count >= 16 && (3_528...3_589).contains(four)
            case 50, 56...69: digits.count >= 13
            case 81, 82, 97: digits.count >= 16
            default: false
            }
        return isIssued && hasLuhnDigit(digits)
    }

    private static func number(_ digits: [UInt8], _ count: Int) -> Int { digits.prefix(count).reduce(0) { $0 * 10 + Int($1) } }

    /// ISO/IEC 7812-1, annex B; never all the same digit, which it lets pass.
    static func hasLuhnDigit(_ digits: [UInt8]) -> Bool {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let value = place & 1 == 0 ? Int(digit) : Int(digit) * 2
            sum += value > 9 ? value - 9 : value
        }
        return sum % 10 == 0 && digits.contains { $0 != digits[0] }
    }

    // MARK: Bank accounts

    /// Characters of an IBAN, by country.
    private static let lengths: [String: Int] = [
        "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29, "BY": 28, "CH": 21,
        "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FK": 18, "FO": 18,
        "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HN": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23,
        "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27,
        "MD": 24, "ME": 22, "MK": 19, "MN": 20, "MR": 27, "MT": 31, "MU": 30, "NI": 28, "NL": 18, "NO": 15, "OM": 23, "PK": 24, "PL": 28,
        "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33, "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
        "SO": 23, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30,
    ]  // swift-format-ignore

    private static func account(in text: Span<UInt8>, at start: Int, upTo end: Int) -> Range<Int>? {
        guard end - start >= 15, text[start].isLetter, text[start + 1].isLetter, text[start + 2].isDigit, text[start + 3].isDigit else {
            return nil
        }
        let country = String(decoding: [text[start].upper, text[start + 1].upper], as: UTF8.self)
        guard let length = lengths[country] else { return nil }
        var characters: [UInt8] = []
        var place = start
        while place < end, characters.count < length {
            if text[place].isLetterOrDigit {
                characters.append(text[place].upper)
            } else if text[place] != UInt8(ascii: " ") && text[place] != UInt8(ascii: "-") || text[place - 1] == text[place] {
                return nil
            }
            place += 1
        }
        guard characters.count == length, place == end || !text[place].isLetterOrDigit else { return nil }
        return remainder(characters) == 1 ? start..<place : nil
    }

    /// ISO 7064, modulo 97: the first four characters last, letters as 10 to 35.
    private static func remainder(_ characters: [UInt8]) -> Int {
        (characters[4...] + characters[..<4]).reduce(0) { rest, byte in
            byte.isDigit ? (rest * 10 + Int(byte - UInt8(ascii: "0"))) % 97 : (rest * 100 + Int(byte - UInt8(ascii: "A")) + 10) % 97
        }
    }
}

extension UInt8 {
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
    var isLetter: Bool { isLetterOrDigit && !isDigit }
    fileprivate var upper: UInt8 { self >= UInt8(ascii: "a") && self <= UInt8(ascii: "z") ? self & 0xDF : self }
}
