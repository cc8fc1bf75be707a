import Text

/// Cuts an expression into tokens.
struct Lexer {
    private let bytes: [UInt8]
    private var position = 0
    private var tokens: [Token] = []

    static func tokens(of expression: String) throws(ConditionError) -> [Token] {
        var lexer = Lexer(bytes: Array(expression.utf8))
        while try lexer.takeOne() {}
        lexer.tokens.append(Token(kind: .end, range: lexer.bytes.count..<lexer.bytes.count))
        return lexer.tokens
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func takeOne() throws(ConditionError) -> Bool {
        while let byte = peek(), byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) { position += 1 }
        guard let byte = peek() else { return false }
        let start = position
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            let content = try takeQuoted(by: byte, "This quoted text has no end: a \(byte == 0x22 ? "\"" : "'") is missing.")
            add(.string(content), from: start)
        case UInt8(ascii: "/"): try takePattern()
        default:
            if Self.beginsWord(byte, followedBy: peek(1)) {
                takeWord()
            } else if let sign = Token.Sign.allCases.first(where: { isNext($0.rawValue) }) {
                position += sign.rawValue.utf8.count
                add(.sign(sign), from: start)
            } else {
                throw stray(byte)
            }
        }
        return true
    }

    private func peek(_ ahead: Int = 0) -> UInt8? { position + ahead < bytes.count ? bytes[position + ahead] : nil }

    private func isNext(_ text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private mutating func add(_ kind: Token.Kind, from start: Int) { tokens.append(Token(kind: kind, range: start..<position)) }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// With an escape for what a terminal would obey or hide.
    private static func visible(_ text: String) -> String {
        text.unicodeScalars.map { $0.isPrintable ? String($0) : "U+\(String($0.value, radix: 16, uppercase: true))" }.joined()
    }

    /// A byte that begins nothing.
    private func stray(_ byte: UInt8) -> ConditionError {
        var end = position + 1
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        let range = position..<end
        switch byte {
        case UInt8(ascii: "&"): return ConditionError(range, "A single & means nothing here.", suggestion: "&&")
        case UInt8(ascii: "|"): return ConditionError(range, "A single | means nothing here.", suggestion: "||")
        default: return ConditionError(range, "\(Self.visible(text(range))) means nothing here. Text belongs in quotes: \"like this\".")
        }
    }

    // MARK: Words

    /// Words hold names, numbers with units, addresses and places of JSON: letters, digits, `_ - . :`, and a slash in `10.0.0.0/8`.
    private static func beginsWord(_ byte: UInt8, followedBy next: UInt8?) -> Bool {
        if isWordByte(byte), byte != UInt8(ascii: "."), byte != UInt8(ascii: "-") { return true }
        guard let next else { return false }
        // `.name` goes on behind a bracket, `-5` is a number.
        if byte == UInt8(ascii: ".") { return next != UInt8(ascii: ".") && isWordByte(next) }
        return byte == UInt8(ascii: "-") && isDigit(next)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "$"), UInt8(ascii: "@"), 0x80...:
            true
        default: false
        }
    }

    private mutating func takeWord() {
        let start = position
        while let byte = peek() {
            if byte == UInt8(ascii: "."), peek(1) == UInt8(ascii: ".") { break }
            let isPrefix = byte == UInt8(ascii: "/") && Self.isAddress(bytes[start..<position])
            guard Self.isWordByte(byte) || isPrefix else { break }
            position += 1
        }
        add(.word(text(start..<position)), from: start)
    }

    private static func isAddress(_ word: ArraySlice<UInt8>) -> Bool {
        if word.filter({ $0 == UInt8(ascii: ":") }).count >= 2 { return true }
        return word.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") } && word.filter { $0 == UInt8(ascii: ".") }.count == 3
    }

    // MARK: Between quotes and slashes

    private mutating func takeQuoted(by quote: UInt8, _ complaint: String) throws(ConditionError) -> String {
        let start = position
        position += 1
        while let byte = peek() {
            if byte == UInt8(ascii: "\\") {
                position += min(2, bytes.count - position)
            } else if byte == quote {
                position += 1
                return text(start + 1..<position - 1)
            } else {
                position += 1
            }
        }
        throw ConditionError(start..<bytes.count, complaint)
    }

    /// A slash begins a regular expression only behind `~`; elsewhere it is text whose quotes were forgotten.
    private mutating func takePattern() throws(ConditionError) {
        let start = position
        let followsMatch: Bool =
            switch tokens.last?.kind {
            case .sign(.matches), .sign(.notMatches): true
            case .word(let word): word.lowercased() == "matches"
            default: false
            }
        guard followsMatch else {
            while let byte = peek(), byte != 0x20, byte != UInt8(ascii: ")") { position += 1 }
            let word = text(start..<position)
            throw ConditionError(
                start..<position, "Text belongs in quotes; a regular expression between slashes only after ~.", suggestion: "\"\(word)\"")
        }
        let content = try takeQuoted(
            by: UInt8(ascii: "/"), "This regular expression has no end: a / is missing; a slash in it is written \\/.")
        let flags = position
        while let byte = peek(), Self.isWordByte(byte) { position += 1 }
        add(.pattern(content, flags: text(flags..<position)), from: start)
    }
}
