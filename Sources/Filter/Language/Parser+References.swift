import JSON

// Fields as they are written: `opcode`, `request.header["X-Id"]`, `json.a[0].b`.
extension Parser {
    mutating func parseReference() throws(ConditionError) -> FieldReference {
        let token = next
        guard case .word(let word) = token.kind else { throw noField(token) }
        let name = word.lowercased()
        if ["and", "or", "in", "contains", "matches"].contains(name) { throw noField(token) }
        if let field = FieldNames.fields[name] {
            advance()
            return try parseArgument(of: field, token, Substring())
        }
        if let (field, header) = FieldNames.headers[name] {
            advance()
            return FieldReference(field, headerName: header, written: word, at: token.range)
        }
        for (prefix, field) in Self.prefixes where name.hasPrefix(prefix) {
            advance()
            return try parseArgument(of: field, token, word.dropFirst(prefix.utf8.count))
        }
        throw Self.unknownField(word, at: token.range)
    }

    private static let prefixes: [(String, Field)] = [
        ("json.", .json), ("request.header.", .requestHeader), ("request.headers.", .requestHeader),
        ("response.header.", .responseHeader), ("response.headers.", .responseHeader),
    ]

    /// - Parameter rest: what the word has behind the field's name and a dot.
    private mutating func parseArgument(of field: Field, _ token: Token, _ rest: Substring) throws(ConditionError) -> FieldReference {
        switch field {
        case .json: return try parsePath(token, rest)
        case .requestHeader, .responseHeader: return try parseHeaderName(field, token, rest)
        default: return FieldReference(field, written: Self.word(token), at: token.range)
        }
    }

    private static func word(_ token: Token) -> String {
        if case .word(let word) = token.kind { word } else { "" }
    }

    private mutating func parseHeaderName(_ field: Field, _ token: Token, _ rest: Substring) throws(ConditionError) -> FieldReference {
        if !rest.isEmpty { return FieldReference(field, headerName: String(rest), written: Self.word(token), at: token.range) }
        let range = token.range
        let example = "\(field.rawValue).user-agent or \(field.rawValue)[\"User-Agent\"]"
        guard take(.openBracket) else { throw ConditionError(range, "\(field.rawValue) needs the name of a header field: \(example).") }
        guard case .string(let name) = next.kind, !name.isEmpty else {
            throw ConditionError(next.range, "The name of a header field belongs here, in quotes.")
        }
        advance()
        try closeBracket()
        return FieldReference(
            field, headerName: name, written: "\(field.rawValue)[\"\(name)\"]", at: range.lowerBound..<peek(-1).range.upperBound)
    }

    private mutating func closeBracket() throws(ConditionError) {
        guard take(.closeBracket) else { throw ConditionError(next.range, "] belongs here.") }
    }

    // MARK: Places in JSON

    private mutating func parsePath(_ token: Token, _ rest: Substring) throws(ConditionError) -> FieldReference {
        var path = JSONPath()
        var written = Self.word(token)
        if Self.word(token).utf8.count > 4 { try Self.append(rest, to: &path, token) }
        while true {
            if next.kind == .sign(.openBracket) {
                advance()
                let token = next
                let (step, text) = try parseSubscript()
                try closeBracket()
                path.steps.append(step)
                guard path.steps.count(where: { $0 == .anyElement }) <= JSONPath.anyElementLimit else {
                    throw ConditionError(token.range, "A path in JSON has at most \(JSONPath.anyElementLimit) [*].")
                }
                written += "[\(text)]"
            } else if case .word(let more) = next.kind, more.hasPrefix("."), !path.steps.isEmpty {
                try Self.append(more.dropFirst(), to: &path, advance())
                written += more
            } else {
                break
            }
        }
        guard !path.steps.isEmpty else {
            throw ConditionError(token.range, "expected a path after json: json.type, json.items[0].id.")
        }
        return FieldReference(.json, path: path, written: written, at: token.range.lowerBound..<peek(-1).range.upperBound)
    }

    private static func append(_ names: Substring, to path: inout JSONPath, _ token: Token) throws(ConditionError) {
        for name in names.split(separator: ".", omittingEmptySubsequences: false) {
            guard !name.isEmpty else { throw ConditionError(token.range, "The name of a member is missing between or after dots.") }
            path.steps.append(.member(Array(name.utf8)))
        }
    }

    private static let subscriptRule =
        "In brackets belongs the number of an element, from 0, * for any element, or the name of a member in quotes."

    private mutating func parseSubscript() throws(ConditionError) -> (JSONPath.Step, String) {
        let token = advance()
        switch token.kind {
        case .string(let raw): return (.member(try Self.unescaped(raw, token)), "\"\(raw)\"")
        case .sign(.star): return (.anyElement, "*")
        case .word(let word):
            if word.utf8.count <= 9, word.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let index = Int(word) {
                return (.element(index), word)
            }
            throw ConditionError(
                token.range, Self.subscriptRule,
                suggestion: word.utf8.first.map { $0 > 0x39 } ?? false ? "\"\(word)\"" : nil)
        default:
            throw ConditionError(token.range, Self.subscriptRule)
        }
    }

    // MARK: What is no field

    private func noField(_ token: Token) -> ConditionError {
        switch token.kind {
        case .end: ConditionError(token.range, "A condition is missing at the end.")
        case .string, .pattern: ConditionError(token.range, "A field belongs here, such as text; values stand on the right.")
        default: ConditionError(token.range, "A condition belongs here, such as opcode == text.")
        }
    }

    static func unknownField(_ word: String, at range: Range<Int>) -> ConditionError {
        if let first = word.utf8.first, first <= 0x39 {
            return ConditionError(range, "A field belongs here, such as length; values stand on the right.")
        }
        if let hint = FieldNames.falseFriends[word.lowercased()] {
            return ConditionError(range, "There is no field \(word): \(hint).")
        }
        let names = Array(FieldNames.fields.keys) + Array(FieldNames.headers.keys)
        let key = Suggestion.nearest(to: word, among: names)
        let meant = key.map { key in FieldNames.fields[key].map { $0.rawValue.lowercased() == key ? $0.rawValue : key } ?? key }
        let more = meant == nil ? " wsray fields lists all." : ""
        return ConditionError(range, "There is no field \(word).\(more)", suggestion: meant)
    }
}
