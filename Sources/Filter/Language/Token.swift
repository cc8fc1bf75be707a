/// A word, sign or literal of an expression.
struct Token: Equatable {
    enum Kind: Equatable {
        /// A name, number, address or bare value; which one, the parser knows.
        case word(String)
        /// What stands between quotes, escapes not yet read.
        case string(String)
        /// What stands between slashes, and the letters behind it.
        case pattern(String, flags: String)
        case sign(Sign)
        case end
    }

    enum Sign: String, CaseIterable {
        case notMatches = "!~"
        case equal = "=="
        case notEqual = "!="
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case and = "&&"
        case or = "||"
        case range = ".."
        case less = "<"
        case greater = ">"
        case assign = "="
        case matches = "~"
        case not = "!"
        case open = "("
        case close = ")"
        case openBrace = "{"
        case closeBrace = "}"
        case openBracket = "["
        case closeBracket = "]"
        case comma = ","
        case star = "*"
    }

    var kind: Kind
    /// UTF-8 offsets in the expression.
    var range: Range<Int>

    func isWord(_ text: String) -> Bool {
        guard case .word(let word) = kind else { return false }
        return word.lowercased() == text
    }
}
