import JSON

// Values of text, bytes and JSON, and looking into them.
extension Parser {
    static func textCheck(_ comparison: Comparison, _ wanted: [UInt8]) -> TextCheck {
        switch comparison {
        case .less: .isBefore(wanted, orEqual: false)
        case .lessOrEqual: .isBefore(wanted, orEqual: true)
        case .greater: .isAfter(wanted, orEqual: false)
        case .greaterOrEqual: .isAfter(wanted, orEqual: true)
        case .contains: .contains(wanted)
        default: .equals(wanted)
        }
    }

    /// The right side of `contains` and `~`.
    mutating func parseLook(_ reference: FieldReference, _ comparison: Comparison) throws(ConditionError) -> Check {
        let token = advance()
        let check = try comparison == .contains ? wanted(reference, token) : pattern(reference, token)
        return reference.field == .json ? .json(.text(check)) : .text(check)
    }

    private func wanted(_ reference: FieldReference, _ token: Token) throws(ConditionError) -> TextCheck {
        switch token.kind {
        case .end: throw ConditionError(token.range, "What it should contain is missing: text in quotes, or bytes as 0xdeadbeef.")
        case .string(let raw):
            let bytes = try Self.unescaped(raw, token)
            guard !bytes.isEmpty else { throw ConditionError(token.range, "Everything contains empty text.") }
            return .contains(bytes)
        case .word(let word):
            if let bytes = Self.hexBytes(word) { return .contains(bytes) }
            if word.lowercased().hasPrefix("0x") {
                throw ConditionError(token.range, "Bytes are written as pairs of hexadecimal digits: 0xdeadbeef.")
            }
            throw unquoted(word, token)
        case .pattern: throw ConditionError(token.range, "contains takes text; a regular expression follows ~.")
        case .sign: throw ConditionError(token.range, "What it should contain belongs here: text in quotes, or bytes as 0xdeadbeef.")
        }
    }

    private func pattern(_ reference: FieldReference, _ token: Token) throws(ConditionError) -> TextCheck {
        let (expression, flags): (String, String)
        switch token.kind {
        case .pattern(let written, let letters): (expression, flags) = (written, letters)
        case .string(let raw): (expression, flags) = (raw, "")
        case .end: throw ConditionError(token.range, "A regular expression is missing after ~: /like this/ or \"like this\".")
        case .word(let word):
            throw ConditionError(token.range, "A regular expression stands between slashes or in quotes.", suggestion: "/\(word)/")
        case .sign: throw ConditionError(token.range, "A regular expression belongs here: /like this/ or \"like this\".")
        }
        if let wrong = flags.utf8.firstIndex(where: { !"imsx".utf8.contains($0) }) {
            let offset = token.range.upperBound - flags.utf8.count + flags.utf8.distance(from: flags.utf8.startIndex, to: wrong)
            throw ConditionError(offset..<offset + 1, "After a regular expression may stand i (any case), m, s or x, as in Perl.")
        }
        do throws(Pattern.Refusal) {
            return .matches(try Pattern(expression, flags: flags, isText: reference.field != .bytes))
        } catch {
            let offset = token.range.lowerBound + 1 + error.offset
            throw ConditionError(offset..<offset + 1, "The regular expression is not right here: \(error.reason).")
        }
    }

    func json(_ reference: FieldReference, _ comparison: Comparison, _ word: String, _ token: Token) throws(ConditionError) -> JSONCheck {
        let literal: JSONCheck? =
            switch word.lowercased() {
            case "true": .isTrue
            case "false": .isFalse
            case "null": .isNull
            default: nil
            }
        if let literal {
            if comparison.isOrder { throw ConditionError(token.range, "\(word) is neither more nor less than anything.") }
            return literal
        }
        let number = Self.decimal(word)
        guard DecimalNumber(number.span) != nil else {
            if let first = word.utf8.first, first >= 0x30 && first <= 0x39 || first == UInt8(ascii: "-") {
                throw ConditionError(token.range, "\(word) is no number of JSON; text belongs in quotes.", suggestion: "\"\(word)\"")
            }
            throw notAField(word, token) ?? unquoted(word, token)
        }
        let order: JSONCheck.Order =
            switch comparison {
            case .less: .less
            case .lessOrEqual: .lessOrEqual
            case .greater: .greater
            case .greaterOrEqual: .greaterOrEqual
            default: .equal
            }
        return .number(order, number)
    }

    /// A number's digits as JSON has them; a hexadecimal one is written in decimal.
    private static func decimal(_ word: String) -> [UInt8] {
        guard word.lowercased().hasPrefix("0x"), let number = UInt64(word.dropFirst(2), radix: 16) else { return Array(word.utf8) }
        return Array(String(number).utf8)
    }

    /// Bytes written as `0xdeadbeef`; nil for anything else.
    static func hexBytes(_ word: String) -> [UInt8]? {
        let digits = Array(word.utf8)
        guard digits.count > 2, digits.count.isMultiple(of: 2), digits[0] == UInt8(ascii: "0"), digits[1] | 0x20 == UInt8(ascii: "x") else {
            return nil
        }
        var bytes: [UInt8] = []
        for place in stride(from: 2, to: digits.count, by: 2) {
            guard let high = HexDigit.value(of: digits[place]), let low = HexDigit.value(of: digits[place + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// What stands between quotes, with `\n \r \t \0 \\ \" \' \xHH \u{…}` resolved.
    static func unescaped(_ raw: String, _ token: Token) throws(ConditionError) -> [UInt8] {
        let bytes = Array(raw.utf8)
        var result: [UInt8] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count else {
                result.append(bytes[place])
                place += 1
                continue
            }
            let start = token.range.lowerBound + 1 + place
            place += 2
            switch bytes[place - 1] {
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "0"): result.append(0x00)
            case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "/"): result.append(bytes[place - 1])
            case UInt8(ascii: "x"):
                guard place + 2 <= bytes.count, let high = HexDigit.value(of: bytes[place]), let low = HexDigit.value(of: bytes[place + 1])
                else { throw ConditionError(start..<start + 2, "After \\x belong two hexadecimal digits.") }
                result.append(high << 4 | low)
                place += 2
            case UInt8(ascii: "u"):
                guard let end = bytes[place...].firstIndex(of: UInt8(ascii: "}")), place < end, bytes[place] == UInt8(ascii: "{"),
                    let value = UInt32(String(decoding: bytes[place + 1..<end], as: UTF8.self), radix: 16),
                    let scalar = Unicode.Scalar(value)
                else { throw ConditionError(start..<start + 2, "After \\u belongs a character's number in braces: \\u{1F44B}.") }
                result += Array(String(Character(scalar)).utf8)
                place = end + 1
            default:
                throw ConditionError(
                    start..<start + 2, "This escape is not known: \\n \\r \\t \\0 \\\\ \\\" \\' \\xHH \\u{…}; a \\ itself is written \\\\.")
            }
        }
        return result
    }
}
