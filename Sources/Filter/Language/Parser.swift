/// Reads an expression and checks its types. The grammar stands in `Docs/Filter.md`, a function here for each rule.
struct Parser {
    static let byteLimit = 64 << 10
    private static let depthLimit = 100

    private let tokens: [Token]
    private var index = 0
    private var depth = 0

    static func parse(_ text: String) throws(ConditionError) -> Expression {
        guard text.utf8.count <= byteLimit else { throw ConditionError(byteLimit..<text.utf8.count, "An expression has at most 64 KiB.") }
        var parser = Parser(tokens: try Lexer.tokens(of: text))
        guard parser.next.kind != .end else {
            throw ConditionError(parser.next.range, "An expression belongs here, such as opcode == text.")
        }
        let expression = try parser.parseAny()
        guard parser.next.kind == .end else { throw parser.unexpected() }
        return expression
    }

    /// One field by itself, as `--fields` names them.
    static func parseReference(_ text: String) throws(ConditionError) -> FieldReference {
        var parser = Parser(tokens: try Lexer.tokens(of: text))
        let reference = try parser.parseReference()
        guard parser.next.kind == .end else { throw ConditionError(parser.next.range, "Only the name of a field belongs here.") }
        return reference
    }

    /// Fields with commas between them.
    static func parseList(_ text: String, _ check: (FieldReference) throws(ConditionError) -> Void) throws(ConditionError)
        -> [FieldReference]
    {
        var parser = Parser(tokens: try Lexer.tokens(of: text))
        var fields: [FieldReference] = []
        repeat {
            guard parser.next.kind != .end else { throw ConditionError(parser.next.range, "The name of a field belongs here.") }
            let field = try parser.parseReference()
            try check(field)
            fields.append(field)
        } while parser.take(.comma)
        guard parser.next.kind == .end else { throw ConditionError(parser.next.range, "A comma belongs between the names of fields.") }
        return fields
    }

    private init(tokens: [Token]) { self.tokens = tokens }

    // MARK: Tokens

    var next: Token { tokens[index] }

    func peek(_ ahead: Int) -> Token { tokens[min(index + ahead, tokens.count - 1)] }

    @discardableResult
    mutating func advance() -> Token {
        let token = next
        if index + 1 < tokens.count { index += 1 }
        return token
    }

    mutating func take(_ sign: Token.Sign) -> Bool {
        guard next.kind == .sign(sign) else { return false }
        advance()
        return true
    }

    mutating func take(word: String) -> Bool {
        guard next.isWord(word) else { return false }
        advance()
        return true
    }

    // MARK: and, or, not

    private mutating func parseAny() throws(ConditionError) -> Expression {
        var parts = [try parseAll()]
        while take(word: "or") || take(.or) { parts.append(try parseAll()) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func parseAll() throws(ConditionError) -> Expression {
        var parts = [try parseNot()]
        while take(word: "and") || take(.and) { parts.append(try parseNot()) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func parseNot() throws(ConditionError) -> Expression {
        var isNegated = false
        while take(word: "not") || take(.not) { isNegated.toggle() }
        let inner = try parsePrimary()
        return isNegated ? .not(inner) : inner
    }

    private mutating func parsePrimary() throws(ConditionError) -> Expression {
        guard next.kind == .sign(.open) else { return try parseTest() }
        let open = advance()
        guard depth < Self.depthLimit else { throw ConditionError(open.range, "Parentheses are nested more than \(Self.depthLimit) deep.") }
        depth += 1
        let inner = try parseAny()
        depth -= 1
        guard take(.close) else {
            if next.kind != .end { throw unexpected() }
            throw ConditionError(open.range, "This parenthesis is never closed.")
        }
        return inner
    }

    /// What stands where `and`, `or` or the end should.
    private func unexpected() -> ConditionError {
        switch next.kind {
        case .sign(.close): return ConditionError(next.range, "This parenthesis closes nothing.")
        case .word(let word):
            let meant = Suggestion.nearest(to: word, among: ["and", "or"])
            return ConditionError(next.range, "and or or belongs between two conditions.", suggestion: meant)
        default: return ConditionError(next.range, "and or or belongs between two conditions.")
        }
    }
}
