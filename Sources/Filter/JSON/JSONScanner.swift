import Bytes

/// A value found in a JSON text, where it stands.
struct JSONValue: Equatable {
    enum Kind: Equatable {
        case text(hasEscapes: Bool)
        case number
        case yes
        case no
        case null
        case object
        case array
    }

    var kind: Kind
    /// Of a text what is between the quotes; of an object or array everything between its brackets, them included.
    var range: Range<Int>
}

/// Finds the values at a place in a JSON text, one after the other, without building any (RFC 8259).
///
/// Reads only as far as it must, and judges only what it reads: what stands behind a value may be anything. Of members with
/// the same name the first counts. Nesting costs no stack, so there is no limit on it.
struct JSONScanner {
    private let path: JSONPath
    private var position = 0
    /// Elements behind which the search goes on, the innermost last.
    private var branches: [8 of Branch] = .init(repeating: Branch())
    private var branchCount = 0
    private var hasBegun = false

    /// An element of an array of which each is wanted.
    private struct Branch {
        /// Place of its `[*]` in the path.
        var step = 0
        /// Where the element begins.
        var position = 0
    }

    init(_ path: JSONPath) { self.path = path }

    /// The first value at a place.
    static func find(_ path: JSONPath, in text: Span<UInt8>) -> JSONValue? {
        var scanner = JSONScanner(path)
        return scanner.next(in: text)
    }

    /// The next value; nil when there are no more.
    /// - Parameter text: the same each time.
    mutating func next(in text: Span<UInt8>) -> JSONValue? {
        var step = 0
        if hasBegun {
            guard let more = advance(text) else { return nil }
            step = more
        } else {
            hasBegun = true
            Self.skipBlanks(text, &position)
        }
        while true {
            if descend(text, from: step), let value = Self.value(text, at: position) { return value }
            guard let more = advance(text) else { return nil }
            step = more
        }
    }

    /// Goes to the next element of the innermost array that has one; the step that follows there.
    private mutating func advance(_ text: Span<UInt8>) -> Int? {
        while branchCount > 0 {
            let branch = branches[branchCount - 1]
            position = branch.position
            if Self.passElement(text, &position) {
                branches[branchCount - 1].position = position
                return branch.step + 1
            }
            branchCount -= 1
        }
        return nil
    }

    private mutating func descend(_ text: Span<UInt8>, from first: Int) -> Bool {
        for step in first..<path.steps.count {
            switch path.steps[step] {
            case .member(let name): guard Self.enterObject(text, &position, name) else { return false }
            case .element(let index): guard Self.enterArray(text, &position, index) else { return false }
            case .anyElement:
                guard branchCount < branches.count, Self.enterArray(text, &position, 0) else { return false }
                branches[branchCount] = Branch(step: step, position: position)
                branchCount += 1
            }
        }
        return true
    }

    // MARK: Going down

    private static func enterObject(_ text: Span<UInt8>, _ position: inout Int, _ name: [UInt8]) -> Bool {
        guard take(UInt8(ascii: "{"), text, &position) else { return false }
        while true {
            skipBlanks(text, &position)
            guard let key = takeText(text, &position) else { return false }
            skipBlanks(text, &position)
            guard take(UInt8(ascii: ":"), text, &position) else { return false }
            skipBlanks(text, &position)
            if isName(key, name, text) { return true }
            guard skipValue(text, &position) else { return false }
            skipBlanks(text, &position)
            guard take(UInt8(ascii: ","), text, &position) else { return false }
        }
    }

    private static func enterArray(_ text: Span<UInt8>, _ position: inout Int, _ index: Int) -> Bool {
        guard take(UInt8(ascii: "["), text, &position) else { return false }
        skipBlanks(text, &position)
        guard position < text.count, text[position] != UInt8(ascii: "]") else { return false }
        for _ in 0..<index { guard passElement(text, &position) else { return false } }
        return true
    }

    /// From the beginning of an element to that of the next one.
    private static func passElement(_ text: Span<UInt8>, _ position: inout Int) -> Bool {
        guard skipValue(text, &position) else { return false }
        skipBlanks(text, &position)
        guard take(UInt8(ascii: ","), text, &position) else { return false }
        skipBlanks(text, &position)
        return true
    }

    private static func isName(_ key: JSONValue, _ name: [UInt8], _ text: Span<UInt8>) -> Bool {
        guard key.kind == .text(hasEscapes: false) else { return JSONText.order(text.extracting(key.range), name) == 0 }
        guard key.range.count == name.count else { return false }
        for index in 0..<name.count where text[key.range.lowerBound + index] != name[index] { return false }
        return true
    }

    // MARK: Values

    private static func value(_ text: Span<UInt8>, at start: Int) -> JSONValue? {
        var position = start
        guard position < text.count else { return nil }
        switch text[position] {
        case UInt8(ascii: "\""): return takeText(text, &position)
        case let byte:
            guard skipValue(text, &position) else { return nil }
            let range = start..<position
            switch byte {
            case UInt8(ascii: "{"): return JSONValue(kind: .object, range: range)
            case UInt8(ascii: "["): return JSONValue(kind: .array, range: range)
            default:
                // A scalar that touches the end may have been cut there.
                guard position < text.count else { return nil }
                return scalar(text, range)
            }
        }
    }

    private static func scalar(_ text: Span<UInt8>, _ range: Range<Int>) -> JSONValue? {
        let word = text.extracting(range)
        if word.count == 4, word.matches("true") { return JSONValue(kind: .yes, range: range) }
        if word.count == 5, word.matches("false") { return JSONValue(kind: .no, range: range) }
        if word.count == 4, word.matches("null") { return JSONValue(kind: .null, range: range) }
        return DecimalNumber(word) == nil ? nil : JSONValue(kind: .number, range: range)
    }

    /// Passes over a value; false where it does not end.
    private static func skipValue(_ text: Span<UInt8>, _ position: inout Int) -> Bool {
        guard position < text.count else { return false }
        switch text[position] {
        case UInt8(ascii: "\""): return takeText(text, &position) != nil
        case UInt8(ascii: "{"), UInt8(ascii: "["): return skipNested(text, &position)
        default:
            let start = position
            while position < text.count, !endsScalar(text[position]) { position += 1 }
            return position > start
        }
    }

    private static func skipNested(_ text: Span<UInt8>, _ position: inout Int) -> Bool {
        var depth = 0
        while position < text.count {
            switch text[position] {
            case UInt8(ascii: "\""):
                guard takeText(text, &position) != nil else { return false }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
            position += 1
            if depth == 0 { return true }
        }
        return false
    }

    private static func takeText(_ text: Span<UInt8>, _ position: inout Int) -> JSONValue? {
        guard take(UInt8(ascii: "\""), text, &position) else { return nil }
        let start = position
        var hasEscapes = false
        while position < text.count {
            let byte = text[position]
            position += 1
            if byte == UInt8(ascii: "\"") { return JSONValue(kind: .text(hasEscapes: hasEscapes), range: start..<position - 1) }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                position += 1
            }
        }
        return nil
    }

    private static func take(_ byte: UInt8, _ text: Span<UInt8>, _ position: inout Int) -> Bool {
        guard position < text.count, text[position] == byte else { return false }
        position += 1
        return true
    }

    private static func skipBlanks(_ text: Span<UInt8>, _ position: inout Int) {
        while position < text.count, isBlank(text[position]) { position += 1 }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private static func endsScalar(_ byte: UInt8) -> Bool {
        isBlank(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "\"")
            || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
    }
}
