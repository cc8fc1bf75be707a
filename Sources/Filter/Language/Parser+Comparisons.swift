/// What a field is compared by.
enum Comparison {
    case equal
    case notEqual
    case less
    case lessOrEqual
    case greater
    case greaterOrEqual
    case contains
    case matches
    case notMatches

    init?(_ token: Token) {
        switch token.kind {
        case .sign(.equal), .sign(.assign): self = .equal
        case .sign(.notEqual): self = .notEqual
        case .sign(.less): self = .less
        case .sign(.lessOrEqual): self = .lessOrEqual
        case .sign(.greater): self = .greater
        case .sign(.greaterOrEqual): self = .greaterOrEqual
        case .sign(.matches): self = .matches
        case .sign(.notMatches): self = .notMatches
        case .word(let word):
            guard let known = Self.words[word.lowercased()] else { return nil }
            self = known
        default: return nil
        }
    }

    /// Wireshark's words for the signs are among them.
    static let words: [String: Comparison] = [
        "contains": .contains, "matches": .matches, "eq": .equal, "ne": .notEqual, "lt": .less, "le": .lessOrEqual, "gt": .greater,
        "ge": .greaterOrEqual,
    ]

    var isOrder: Bool {
        switch self {
        case .less, .lessOrEqual, .greater, .greaterOrEqual: true
        default: false
        }
    }

    /// The numbers that compare so with those from `low` to `high`.
    func range(of value: Int128) -> ClosedRange<Int128> {
        switch self {
        case .less: .min...value - 1
        case .lessOrEqual: .min...value
        case .greater: value + 1 ... .max
        case .greaterOrEqual: value ... .max
        default: value...value
        }
    }
}

// One field and what it is compared with.
extension Parser {
    mutating func parseTest() throws(ConditionError) -> Expression {
        let start = next.range.lowerBound
        let reference = try parseReference()
        let token = next
        if take(word: "in") { return try parseSet(reference) }
        if token.isWord("not"), peek(1).isWord("in") {
            advance()
            advance()
            return Self.negated(try parseSet(reference), reference)
        }
        guard let comparison = Comparison(token) else {
            try endBare(reference, token, from: start)
            return .test(Test(reference: reference, check: reference.field.entry.type == .flag ? .isSet : .isPresent))
        }
        advance()
        switch comparison {
        case .notEqual: return Self.negated(try parseComparison(reference, .equal, token), reference)
        case .notMatches: return Self.negated(try parseComparison(reference, .matches, token), reference)
        default: return try parseComparison(reference, comparison, token)
        }
    }

    /// `a != b` is that there is an `a`, and that it is not `b`: what is not there differs from nothing.
    private static func negated(_ expression: Expression, _ reference: FieldReference) -> Expression {
        .all([.test(Test(reference: reference, check: .isPresent)), .not(expression)])
    }

    /// Makes sure that a bare field is followed by what may follow a condition.
    private func endBare(_ reference: FieldReference, _ token: Token, from start: Int) throws(ConditionError) {
        switch token.kind {
        case .end, .sign(.close), .sign(.and), .sign(.or): return
        case .word(let word):
            if ["and", "or"].contains(word.lowercased()) { return }
            if word.lowercased() == "is" {
                throw ConditionError(token.range, "is means nothing here.", suggestion: "==")
            }
            let words = ["in", "and", "or"] + (Self.canLookInto(reference) ? ["contains", "matches"] : [])
            let meant = Suggestion.nearest(to: word, among: words)
            throw ConditionError(
                token.range, "A comparison belongs after \(reference.written): \(Self.comparisons(of: reference)).", suggestion: meant)
        case .sign(.openBracket):
            throw ConditionError(
                token.range, "\(reference.written) has no parts. Brackets follow json, request.header and response.header.")
        default:
            throw ConditionError(token.range, "A comparison belongs after \(reference.written): \(Self.comparisons(of: reference)).")
        }
    }

    /// The comparisons that a field knows, in words.
    private static func comparisons(of reference: FieldReference) -> String {
        switch reference.field.entry.type {
        case .flag: "==, !="
        case .address: "==, !=, in"
        case .bytes: "==, !=, contains, ~, in"
        case .text, .json: "==, !=, <, <=, >, >=, contains, ~, in"
        case .name:
            reference.field == .finding ? "==, !=, contains, ~, in" : isOrdered(reference) ? "==, !=, <, <=, >, >=, in" : "==, !=, in"
        case .number, .size, .duration, .time: "==, !=, <, <=, >, >=, in"
        }
    }

    private static func canLookInto(_ reference: FieldReference) -> Bool {
        switch reference.field.entry.type {
        case .text, .bytes, .json: true
        default: reference.field == .finding
        }
    }

    private static func isOrdered(_ reference: FieldReference) -> Bool {
        switch reference.field {
        case .from, .status, .finding, .verdictHow, .verdictBy, .verdictCause, .verdictSilent, .protocol, .operationRole, .operationStatus:
            false
        default: reference.field.entry.isOrdered
        }
    }

    private mutating func parseComparison(
        _ reference: FieldReference, _ comparison: Comparison, _ sign: Token
    ) throws(ConditionError) -> Expression {
        if comparison.isOrder, !Self.isOrdered(reference) {
            throw ConditionError(sign.range, "\(reference.written) has no order, only \(Self.comparisons(of: reference)).")
        }
        if comparison == .contains || comparison == .matches {
            guard Self.canLookInto(reference) else {
                let what = comparison == .contains ? "contains looks into text and bytes" : "~ looks into text and bytes"
                throw ConditionError(
                    sign.range, "\(what); \(reference.written) is \(Self.kind(reference)): \(Self.comparisons(of: reference)).")
            }
            return .test(Test(reference: reference, check: try parseLook(reference, comparison)))
        }
        return .test(Test(reference: reference, check: try parseValue(reference, comparison)))
    }

    /// What a field's type is called in a sentence.
    static func kind(_ reference: FieldReference) -> String {
        switch reference.field.entry.type {
        case .number: "a number"
        case .size: "a number of bytes"
        case .duration: "a length of time"
        case .time: "an instant"
        case .flag: "true or false"
        case .name: "one of a few names"
        case .text: "text"
        case .bytes: "bytes"
        case .address: "an IP address"
        case .json: "a value of JSON"
        }
    }

    // MARK: Sets

    /// `(1, 5..9, 12)`, in parentheses or braces.
    private mutating func parseSet(_ reference: FieldReference) throws(ConditionError) -> Expression {
        if reference.field.entry.type == .flag {
            throw ConditionError(next.range, "\(reference.written) is true or false; in has no use for it.")
        }
        let open = next
        let isBrace = open.kind == .sign(.openBrace)
        guard isBrace || open.kind == .sign(.open) else {
            throw ConditionError(open.range, "After in belongs a list in parentheses: (1000, 1001) or (1000..1015).")
        }
        advance()
        var numbers: [ClosedRange<Int128>] = []
        var others: [Expression] = []
        repeat {
            if next.kind == .sign(.close) || next.kind == .sign(.closeBrace) { throw ConditionError(next.range, "A value belongs here.") }
            let check = try parseItem(reference)
            switch check {
            case .test(let test):
                if case .isWithin(let ranges) = test.check { numbers += ranges } else { others.append(check) }
            default: others.append(check)
            }
        } while take(.comma)
        guard take(isBrace ? .closeBrace : .close) else {
            if next.kind == .end { throw ConditionError(open.range, "This list is never closed.") }
            throw ConditionError(next.range, "A comma belongs between values, and \(isBrace ? "}" : ")") after the last.")
        }
        if !numbers.isEmpty { others.append(.test(Test(reference: reference, check: .isWithin(numbers)))) }
        return others.count == 1 ? others[0] : .any(others)
    }

    private mutating func parseItem(_ reference: FieldReference) throws(ConditionError) -> Expression {
        let hasRange = peek(1).kind == .sign(.range) || (peek(2).kind == .sign(.range) && peek(1).kind != .sign(.comma))
        guard hasRange else { return .test(Test(reference: reference, check: try parseValue(reference, .equal))) }
        let first = next
        let low = try parseValue(reference, .greaterOrEqual)
        let sign = next
        guard take(.range) else { throw ConditionError(sign.range, "A comma belongs between values.") }
        guard Self.isOrdered(reference), reference.field.entry.type != .address else {
            throw ConditionError(sign.range, "\(reference.written) has no order, so there is nothing from one value to another.")
        }
        let high = try parseValue(reference, .lessOrEqual)
        let range = first.range.lowerBound..<peek(-1).range.upperBound
        return .test(Test(reference: reference, check: try Self.joined(low, high, range)))
    }

    /// One range from its two halves: of several values one must lie in both.
    private static func joined(_ low: Check, _ high: Check, _ range: Range<Int>) throws(ConditionError) -> Check {
        let (from, to): (Int128, Int128)
        switch (low, high) {
        case (.isWithin(let lows), .isWithin(let highs)), (.isAtTimeOfDay(let lows), .isAtTimeOfDay(let highs)):
            (from, to) = (lows[0].lowerBound, highs[0].upperBound)
        case (.text(let low), .text(let high)): return .text(.both(low, high))
        case (.json(let low), .json(let high)): return .json(.both(low, high))
        case (.isWithin, .isAtTimeOfDay), (.isAtTimeOfDay, .isWithin):
            throw ConditionError(range, "One end has a date and the other has none.")
        default: throw ConditionError(range, "These are not the two ends of a range.")
        }
        guard from <= to else { throw ConditionError(range, "This range is empty: its first value is greater than its last.") }
        if case .isAtTimeOfDay = low { return .isAtTimeOfDay([from...to]) }
        return .isWithin([from...to])
    }
}
