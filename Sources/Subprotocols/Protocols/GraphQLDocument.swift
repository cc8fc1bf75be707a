import Bytes

/// The operation of a GraphQL document that is executed (its specification, §2.3): its kind, its name, and where its fields are.
struct GraphQLDocument {
    enum Kind {
        case query
        case mutation
        case subscription
    }

    private(set) var kind = Kind.query
    /// Empty where it has none.
    private(set) var name = 0..<0
    private var position = 0

    /// Bytes of a document that are looked at.
    static let searchedByteCount = 16 << 10
    private static let argumentLimit = 80

    /// Nil where there is no operation, or none of that name.
    /// - Parameter wanted: its name; the first operation where that is empty.
    init?(_ document: Span<UInt8>, wanted: Span<UInt8>) {
        let text = document.extracting(first: Self.searchedByteCount)
        while true {
            Self.skipIgnored(text, &position)
            guard position < text.count else { return nil }
            if text[position] == UInt8(ascii: "\"") {
                // A description.
                Self.skipString(text, &position)
                continue
            }
            // Fields alone are a query.
            if text[position] == UInt8(ascii: "{") {
                if wanted.isEmpty { return }
            } else {
                let word = text.extracting(Self.takeName(text, &position))
                guard let definition = Definition(word) else { return nil }
                if case .operation(let kind) = definition {
                    self.kind = kind
                    Self.skipIgnored(text, &position)
                    name = Self.takeName(text, &position)
                    if wanted.isEmpty || text.extracting(name).isSame(as: wanted) { return }
                }
            }
            guard Self.skipBody(text, &position) else { return nil }
        }
    }

    /// What may be executed begins with one of these words.
    private enum Definition {
        case operation(Kind)
        case fragment

        init?(_ word: Span<UInt8>) {
            switch word.count {
            case 5 where word.matches("query"): self = .operation(.query)
            case 8 where word.matches("mutation"): self = .operation(.mutation)
            case 12 where word.matches("subscription"): self = .operation(.subscription)
            case 8 where word.matches("fragment"): self = .fragment
            default: return nil
            }
        }
    }

    /// The first field of the operation, or its alias.
    func firstField(_ document: Span<UInt8>) -> (name: Range<Int>, end: Int)? {
        let text = document.extracting(first: Self.searchedByteCount)
        var position = position
        guard Self.skipToFields(text, &position) else { return nil }
        position += 1
        Self.skipIgnored(text, &position)
        let name = Self.takeName(text, &position)
        return name.isEmpty ? nil : (name, position)
    }

    /// The arguments of a field, in parentheses and without blanks; nil where it has none, or they are long.
    func arguments(_ document: Span<UInt8>, after end: Int) -> ByteBuffer? {
        let text = document.extracting(first: Self.searchedByteCount)
        var position = end
        Self.skipIgnored(text, &position)
        guard position < text.count, text[position] == UInt8(ascii: "(") else { return nil }
        var arguments = ByteBuffer()
        while position < text.count, arguments.count < Self.argumentLimit {
            if !Self.isBlank(text[position]) { arguments.append(text[position]) }
            if text[position] == UInt8(ascii: ")") { return arguments }
            position += 1
        }
        return nil
    }

    // MARK: Passing over

    /// Passes over what is left of a definition; false where it does not end.
    private static func skipBody(_ text: Span<UInt8>, _ position: inout Int) -> Bool {
        guard skipToFields(text, &position) else { return false }
        var depth = 0
        while position < text.count {
            let byte = text[position]
            skipToken(text, &position)
            if byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 { return true }
        }
        return false
    }

    /// Goes to the brace before the fields, past variables and directives, which may have braces within parentheses.
    private static func skipToFields(_ text: Span<UInt8>, _ position: inout Int) -> Bool {
        var depth = 0
        while position < text.count {
            let byte = text[position]
            if byte == UInt8(ascii: "{"), depth == 0 { return true }
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") { depth -= 1 }
            skipToken(text, &position)
        }
        return false
    }

    /// Passes over a string, a comment, or a byte of anything else.
    private static func skipToken(_ text: Span<UInt8>, _ position: inout Int) {
        switch text[position] {
        case UInt8(ascii: "\""): skipString(text, &position)
        case UInt8(ascii: "#"): while position < text.count, text[position] != 0x0A { position += 1 }
        default: position += 1
        }
    }

    /// Of a block string, only an end that is escaped is none (§2.9.4).
    private static func skipString(_ text: Span<UInt8>, _ position: inout Int) {
        let isBlock = text.matches("\"\"\"", at: position)
        position += isBlock ? 3 : 1
        while position < text.count {
            if isBlock ? text.matches("\"\"\"", at: position) : text[position] == UInt8(ascii: "\"") {
                position += isBlock ? 3 : 1
                return
            }
            if isBlock {
                position += text.matches(#"\""""#, at: position) ? 4 : 1
            } else {
                position += text[position] == UInt8(ascii: "\\") ? 2 : 1
            }
        }
        position = min(position, text.count)
    }

    /// Blanks, commas, comments and a byte order mark.
    private static func skipIgnored(_ text: Span<UInt8>, _ position: inout Int) {
        while position < text.count {
            if text[position] == UInt8(ascii: "#") {
                skipToken(text, &position)
            } else if isBlank(text[position]) || text[position] == UInt8(ascii: ",") {
                position += 1
            } else if text.matches("\u{FEFF}", at: position) {
                position += 3
            } else {
                return
            }
        }
    }

    private static func takeName(_ text: Span<UInt8>, _ position: inout Int) -> Range<Int> {
        let start = position
        while position < text.count, isNameByte(text[position]) { position += 1 }
        return start..<position
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
