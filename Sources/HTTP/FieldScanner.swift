/// Takes a structured field value apart from its front; blanks before each part are skipped.
struct FieldScanner {
    private var rest: ArraySlice<UInt8>

    init(_ value: String) { rest = Array(value.utf8)[...] }

    var isAtEnd: Bool { rest.allSatisfy(\.isBlank) }

    mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard rest.first == byte else { return false }
        rest.removeFirst()
        return true
    }

    /// `token` (RFC 9110 §5.6.2).
    mutating func token() -> String? {
        skipBlanks()
        let token = rest.prefix(while: \.isTokenCharacter)
        guard !token.isEmpty else { return nil }
        rest = rest[token.endIndex...]
        return String(decoding: token, as: UTF8.self)
    }

    /// What a `quoted-string` stands for (RFC 9110 §5.6.4); nil, with nothing taken, when there is none that is closed.
    mutating func quotedString() -> String? {
        skipBlanks()
        guard rest.first == .quote else { return nil }
        var value: [UInt8] = []
        var index = rest.startIndex + 1
        while index < rest.endIndex, rest[index] != .quote {
            if rest[index] == .backslash {
                index += 1
                guard index < rest.endIndex else { return nil }
            }
            value.append(rest[index])
            index += 1
        }
        guard index < rest.endIndex else { return nil }
        rest = rest[(index + 1)...]
        return String(decoding: value, as: UTF8.self)
    }

    private mutating func skipBlanks() { rest = rest.drop(while: \.isBlank) }
}
