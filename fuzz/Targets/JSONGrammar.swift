/// RFC 8259 as a yes or no, independent of everything in `Sources`.
struct JSONGrammar {
    private let text: [UInt8]
    private var position = 0

    private init(_ text: [UInt8]) { self.text = text }

    /// True if the bytes are one JSON text in UTF-8, with nothing after it.
    static func accepts(_ text: [UInt8]) -> Bool {
        guard String(validating: text, as: UTF8.self) != nil else { return false }
        var grammar = JSONGrammar(text)
        guard grammar.takeValues() else { return false }
        grammar.skipBlanks()
        return grammar.position == text.count
    }

    /// A value with all that is in it, without recursion: of each level that is open, whether it is an object.
    private mutating func takeValues() -> Bool {
        var levels: [Bool] = []
        while true {
            skipBlanks()
            switch peek {
            case UInt8(ascii: "{"):
                position += 1
                skipBlanks()
                if peek != UInt8(ascii: "}") {
                    guard takeName() else { return false }
                    levels.append(true)
                    continue
                }
                position += 1
            case UInt8(ascii: "["):
                position += 1
                skipBlanks()
                if peek != UInt8(ascii: "]") {
                    levels.append(false)
                    continue
                }
                position += 1
            default: guard takeScalar() else { return false }
            }
            // A value has ended, and perhaps those around it.
            while let isObject = levels.last {
                skipBlanks()
                if take(UInt8(ascii: isObject ? "}" : "]")) {
                    levels.removeLast()
                    continue
                }
                guard take(UInt8(ascii: ",")) else { return false }
                if isObject {
                    guard takeName() else { return false }
                }
                break
            }
            if levels.isEmpty { return true }
        }
    }

    private mutating func takeName() -> Bool {
        skipBlanks()
        guard takeString() else { return false }
        skipBlanks()
        return take(UInt8(ascii: ":"))
    }

    private mutating func takeScalar() -> Bool {
        switch peek {
        case UInt8(ascii: "\""): takeString()
        case UInt8(ascii: "t"): take("true")
        case UInt8(ascii: "f"): take("false")
        case UInt8(ascii: "n"): take("null")
        default: takeNumber()
        }
    }

    private mutating func takeString() -> Bool {
        guard take(UInt8(ascii: "\"")) else { return false }
        while let byte = peek {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return true
            case 0..<0x20: return false
            case UInt8(ascii: "\\"):
                guard let escape = peek else { return false }
                position += 1
                if escape == UInt8(ascii: "u") {
                    for _ in 0..<4 {
                        guard let digit = peek, Character(Unicode.Scalar(digit)).isHexDigit, digit < 0x80 else { return false }
                        position += 1
                    }
                } else if !Array("\"\\/bfnrt".utf8).contains(escape) {
                    return false
                }
            default: break
            }
        }
        return false
    }

    private mutating func takeNumber() -> Bool {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")), takeDigits() == 0 { return false }
        if take(UInt8(ascii: ".")), takeDigits() == 0 { return false }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            if takeDigits() == 0 { return false }
        }
        return true
    }

    private mutating func takeDigits() -> Int {
        let start = position
        while let byte = peek, byte &- 0x30 < 10 { position += 1 }
        return position - start
    }

    // MARK: Bytes

    private var peek: UInt8? { position < text.count ? text[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(_ word: String) -> Bool {
        guard text[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }
}
