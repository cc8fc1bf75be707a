import JSON

// Values of fields that are numbers or stand for numbers.
extension Parser {
    /// The value on the right, and what comparing with it asks. Not for `contains` and `~`.
    mutating func parseValue(_ reference: FieldReference, _ comparison: Comparison) throws(ConditionError) -> Check {
        let token = advance()
        switch token.kind {
        case .end: throw ConditionError(token.range, "A value is missing after the comparison.")
        case .sign(let sign):
            throw ConditionError(token.range, "\(sign.rawValue) is no value; \(reference.written) is \(Self.kind(reference)).")
        case .pattern:
            throw ConditionError(token.range, "A regular expression is no value to compare with.", suggestion: "~")
        case .string(let text): return try check(reference, comparison, text: text, token)
        case .word(let word): return try check(reference, comparison, word: word, token)
        }
    }

    // MARK: In quotes

    private func check(
        _ reference: FieldReference, _ comparison: Comparison, text: String, _ token: Token
    ) throws(ConditionError) -> Check {
        switch reference.field.entry.type {
        case .text, .bytes: return .text(Self.textCheck(comparison, try Self.unescaped(text, token)))
        case .json: return .json(.text(Self.textCheck(comparison, try Self.unescaped(text, token))))
        case .time: return try time(reference, comparison, text, token)
        case .name: return .isWithin([comparison.range(of: try name(reference, text, token))])
        case .address: return try network(reference, text, token)
        case .number, .size, .duration, .flag:
            throw ConditionError(
                token.range, "\(reference.written) is \(Self.kind(reference)), not text.",
                suggestion: NumberLiteral(text) == nil ? nil : text)
        }
    }

    // MARK: Without quotes

    private mutating func check(
        _ reference: FieldReference, _ comparison: Comparison, word: String, _ token: Token
    ) throws(ConditionError) -> Check {
        switch reference.field.entry.type {
        case .number: return .isWithin([comparison.range(of: try number(reference, word, token, units: [], "no units"))])
        case .size:
            return .isWithin([
                comparison.range(of: try number(reference, word, token, units: Units.sizes, "B, kB, MB, GB, KiB, MiB or GiB"))
            ])
        case .duration:
            return .isWithin([comparison.range(of: try number(reference, word, token, units: Units.durations, "ns, us, ms, s, min or h"))])
        case .time: return try time(reference, comparison, word, token)
        case .flag: return try flag(reference, word, token)
        case .name: return .isWithin([comparison.range(of: try name(reference, word, token))])
        case .address: return try network(reference, word, token)
        case .text, .bytes:
            if let bytes = Self.hexBytes(word) { return .text(Self.textCheck(comparison, bytes)) }
            throw unquoted(word, token)
        case .json: return .json(try json(reference, comparison, word, token))
        }
    }

    private mutating func number(
        _ reference: FieldReference, _ word: String, _ token: Token, units: [(name: String, factor: Int128)], _ known: String
    ) throws(ConditionError) -> Int128 {
        guard let literal = NumberLiteral(word) else {
            if word.utf8.first.map({ $0 >= 0x30 && $0 <= 0x39 || $0 == UInt8(ascii: "-") }) ?? false {
                throw ConditionError(token.range, "\(word) is no number.")
            }
            throw notAField(word, token) ?? ConditionError(token.range, "\(reference.written) is \(Self.kind(reference)); \(word) is none.")
        }
        var unit = literal.unit
        var range = token.range
        // `50 ms` is as good as `50ms`.
        if unit.isEmpty, case .word(let behind) = next.kind, Units.factor(of: behind, among: units) != nil {
            unit = behind
            range = range.lowerBound..<advance().range.upperBound
        }
        if unit.isEmpty {
            // Of time, 50 alone says nothing; 0 is the same of anything.
            if units.first?.name == "ns", literal.times(1) != 0 {
                throw ConditionError(
                    range, "\(reference.written) is a length of time: \(word) of what? Units are \(known).", suggestion: "\(word)ms")
            }
        } else if Units.factor(of: unit, among: units) == nil {
            let place = range.upperBound - unit.utf8.count..<range.upperBound
            if units.isEmpty { throw ConditionError(place, "\(reference.written) is a plain number, without a unit.") }
            let meant = Suggestion.nearest(to: unit, among: units.map(\.name))
            throw ConditionError(place, "\(unit) is no unit here: \(known).", suggestion: meant)
        }
        guard let value = literal.times(Units.factor(of: unit, among: units) ?? 1) else {
            throw ConditionError(
                range,
                "\(reference.written) is counted in whole \(units.first?.name == "ns" ? "nanoseconds" : units.isEmpty ? "numbers" : "bytes"), and not beyond 10^24."
            )
        }
        return value
    }

    private func flag(_ reference: FieldReference, _ word: String, _ token: Token) throws(ConditionError) -> Check {
        switch word.lowercased() {
        case "true", "1": return .isSet
        // A flag that is not there is neither; all that can be absent are false then.
        case "false", "0": return .isWithin([0...0])
        default:
            throw notAField(word, token)
                ?? ConditionError(
                    token.range, "\(reference.written) is true or false.",
                    suggestion: Suggestion.nearest(to: word, among: ["true", "false"]))
        }
    }

    private func time(
        _ reference: FieldReference, _ comparison: Comparison, _ text: String, _ token: Token
    ) throws(ConditionError) -> Check {
        switch TimeLiteral(text) {
        case .instant(let nanoseconds): return .isWithin([comparison.range(of: nanoseconds)])
        case .timeOfDay(let nanoseconds): return .isAtTimeOfDay([comparison.range(of: nanoseconds)])
        case nil:
            throw notAField(text, token)
                ?? ConditionError(
                    token.range, "This is no time: \"14:03:00.5\", \"2026-11-22\" or \"2026-11-22T14:03:00Z\".")
        }
    }

    private func network(_ reference: FieldReference, _ text: String, _ token: Token) throws(ConditionError) -> Check {
        guard let network = Network(text) else {
            throw notAField(text, token) ?? ConditionError(token.range, "This is no IP address: 192.0.2.1, 10.0.0.0/8, 2001:db8::1 or ::1.")
        }
        return .isInNetwork([network])
    }

    private func name(_ reference: FieldReference, _ word: String, _ token: Token) throws(ConditionError) -> Int128 {
        let names = reference.field.valueNames ?? []
        if let place = names.firstIndex(of: word.lowercased()) { return Int128(place) }
        let isOpcode = reference.field == .opcode || reference.field == .messageOpcode
        if isOpcode, let literal = NumberLiteral(word), literal.unit.isEmpty, let number = literal.times(1) {
            guard number >= 0, number < 16 else { throw ConditionError(token.range, "\(reference.written) is 0 to 15, four bits.") }
            return number
        }
        let meant = Suggestion.nearest(to: word, among: names)
        if reference.field == .finding {
            let hint = meant == nil ? " wsray explain lists all." : ""
            throw ConditionError(token.range, "There is no rule \(word).\(hint)", suggestion: meant)
        }
        let known = names.filter { !$0.hasPrefix("reserved") }
        let list = known.dropLast().joined(separator: ", ") + " or " + (known.last ?? "")
        throw ConditionError(token.range, "\(reference.written) is \(list), not \(word).", suggestion: meant)
    }

    // MARK: What is no value

    /// Fields stand on the left only.
    func notAField(_ word: String, _ token: Token) -> ConditionError? {
        guard FieldNames.fields[word.lowercased()] != nil else { return nil }
        return ConditionError(token.range, "\(word) is a field; on the right stands a value.")
    }

    func unquoted(_ word: String, _ token: Token) -> ConditionError {
        ConditionError(token.range, "Text belongs in quotes.", suggestion: "\"\(word)\"")
    }
}
