import Bytes

// Text of whatever kind. Read word by word and not as JSON, so that it need not be whole, valid, or alone: JSON behind a Socket.IO
// number, in a string of other JSON, in the middle of prose.
extension SecretFinder {
    /// - Parameters:
    ///   - least: bytes from which a word that looks random is taken for a token.
    ///   - depth: how many codings were undone to read it.
    mutating func findText(in text: Span<UInt8>, _ range: Range<Int>, least: Int, depth: Int = 0, into found: inout [Secret]) {
        var place = range.lowerBound
        // Where objects and arrays begin that have not ended.
        var open: [Int] = []
        // Of objects inside objects that all log in, the text would be walked over as often as there are.
        var walkedCount = 0
        // Words that `+`, `=`, `/` and the like join can be one token from any of them on. The end of such a row is looked for once.
        var row = range.lowerBound..<range.lowerBound
        // No phrase begins before it.
        var lookedForPhrase = range.lowerBound
        // Asked of the text when a name comes up that is telling only there.
        var speaksOfOAuth: Bool?
        while place < range.upperBound {
            guard isNameByte(text, place) else {
                switch text[place] {
                case UInt8(ascii: "{"), UInt8(ascii: "["): open.append(place)
                case UInt8(ascii: "}"), UInt8(ascii: "]"): if !open.isEmpty { open.removeLast() }
                default: break
                }
                place += 1
                continue
            }
            var end = place + 1
            while end < range.upperBound, isNameByte(text, end) { end += 1 }
            let word = place..<end
            findAccounts(in: text, word, range, into: &found)
            if place >= lookedForPhrase {
                let (phrase, looked) = RecoveryPhrase.range(in: text, at: place, upTo: range.upperBound)
                lookedForPhrase = looked
                if !phrase.isEmpty { found.append(Secret(phrase, .text, .member)) }
            }
            place = end
            if end + 2 < range.upperBound, text[end] == UInt8(ascii: ":"), text.matches("://", at: end) {
                let url = word.lowerBound..<endOfURL(text, end, range.upperBound)
                findURL(in: text, url, into: &found)
                place = url.upperBound
            } else if let value = valueBehind(word, in: text, upTo: range.upperBound),
                isTelling(word, in: text) || isCode(word, in: text, range, &speaksOfOAuth)
            {
                if let secret = readValue(in: text, value.start, upTo: range.upperBound, isAssigned: value.isAssigned) {
                    found.append(secret)
                    place = secret.range.upperBound
                }
            } else if let credentials = credentialsBehind(word, in: text, upTo: range.upperBound) {
                found.append(Secret(credentials, .text, .shape))
                place = credentials.upperBound
            } else if let secret = findForm(word, in: text, upTo: range.upperBound) {
                found.append(secret)
                // It may stand before the word that names it.
                place = max(place, secret.range.upperBound)
            } else {
                if let open = open.last, isWholeString(word, in: text) {
                    walkedCount += findSiblings(of: word, in: text, open: open, upTo: range.upperBound, into: &found)
                    if walkedCount > (64 << 10) + 8 * range.count {
                        found.append(Secret(open..<range.upperBound, .text, .member))
                        return
                    }
                }
                let isFirst = word.lowerBound >= row.upperBound
                if isFirst { row = word.lowerBound..<endOfToken(in: text, from: end, upTo: range.upperBound) }
                let whole = max(end, row.upperBound)
                let shown = text.extracting(word.lowerBound..<(isFirst ? whole : min(whole, word.lowerBound + Self.laterTokenByteCount)))
                if TokenShape.isKnown(shown) || TokenShape.isRandom(shown, least: least) || hidesSecret(shown, least: least, depth: depth) {
                    found.append(Secret(word.lowerBound..<whole, .text, .shape))
                    place = whole
                }
            }
        }
    }

    /// Numbers that begin with a word, or behind a hyphen in it. What else the word is will be asked all the same.
    private func findAccounts(in text: Span<UInt8>, _ word: Range<Int>, _ range: Range<Int>, into found: inout [Secret]) {
        for start in word where start == word.lowerBound || !text[start - 1].isLetterOrDigit {
            guard let number = AccountNumber.range(in: text, at: start, upTo: range.upperBound) else { continue }
            found.append(Secret(number, .text, .account))
            return
        }
    }

    /// The name of a code that is secret where the text is about OAuth.
    private func isCode(_ word: Range<Int>, in text: Span<UInt8>, _ range: Range<Int>, _ speaksOfOAuth: inout Bool?) -> Bool {
        guard Self.isCodeName(text.extracting(word)) else { return false }
        let answer = speaksOfOAuth ?? Self.speaksOfOAuth(text, range)
        speaksOfOAuth = answer
        return answer
    }

    /// Bytes that are looked at of a token that begins with a later word of a row.
    private static let laterTokenByteCount = 256

    private func endOfToken(in text: Span<UInt8>, from start: Int, upTo end: Int) -> Int {
        var place = start
        while place < end, TokenShape.isCharacter(text[place]) || text[place] == UInt8(ascii: "/") { place += 1 }
        return place
    }

    // MARK: Names

    /// Letters and digits, what joins them in names, and escapes of them.
    @inline(__always)
    private func isNameByte(_ text: Span<UInt8>, _ place: Int) -> Bool {
        let byte = text[place]
        if byte.isLetterOrDigit { return true }
        switch byte {
        case UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "$"), UInt8(ascii: "@"): return true
        // "\u0074oken" is a token to every reader of JSON, and "%74oken" to every reader of forms.
        case UInt8(ascii: "\\"): return place + 1 < text.count && text[place + 1] == UInt8(ascii: "u")
        case UInt8(ascii: "%"): return true
        default: return byte >= 0x80
        }
    }

    private func isWholeString(_ word: Range<Int>, in text: Span<UInt8>) -> Bool {
        guard word.lowerBound > 0, word.upperBound < text.count else { return false }
        let (before, behind) = (text[word.lowerBound - 1], text[word.upperBound])
        return (before == UInt8(ascii: "\"") || before == UInt8(ascii: "'")) && (behind == before || behind == UInt8(ascii: "\\"))
    }

    mutating func isTelling(_ word: Range<Int>, in text: Span<UInt8>) -> Bool {
        var name: [UInt8] = []
        name.reserveCapacity(word.count)
        var place = word.lowerBound
        while place < word.upperBound {
            let byte = text[place]
            if byte == UInt8(ascii: "\\"), let unit = hexadecimal(text, place + 2, 4, word.upperBound) {
                name += Array(String(Unicode.Scalar(UInt16(unit)) ?? "?").utf8)
                place += 6
            } else if byte == UInt8(ascii: "%"), let unit = hexadecimal(text, place + 1, 2, word.upperBound) {
                name.append(UInt8(unit))
                place += 3
            } else {
                name.append(byte)
                place += 1
            }
        }
        return judge(name)
    }

    private func hexadecimal(_ text: Span<UInt8>, _ start: Int, _ count: Int, _ end: Int) -> Int? {
        guard end - start >= count else { return nil }
        var number = 0
        for place in start..<start + count {
            guard let digit = text[place].hexDigit else { return nil }
            number = number << 4 | Int(digit)
        }
        return number
    }

    /// Where the value of a name begins, if the word is one: behind `:` or `=`, with quotation marks and blanks before it or not.
    private func valueBehind(_ word: Range<Int>, in text: Span<UInt8>, upTo end: Int) -> (start: Int, isAssigned: Bool)? {
        var place = word.upperBound
        while place < end, text[place] == UInt8(ascii: "\\") || text[place].isQuote { place += 1 }
        if let entity = text.quoteEntity(at: place) { place += entity }
        while place < end, text[place].isBlank { place += 1 }
        guard place < end, text[place] == UInt8(ascii: ":") || text[place] == UInt8(ascii: "=") else { return nil }
        let isAssigned = text[place] == UInt8(ascii: "=")
        place += 1
        // `=>`, `:=`.
        if place < end, text[place] == UInt8(ascii: isAssigned ? ">" : "=") { place += 1 }
        while place < end, text[place].isBlank { place += 1 }
        return (place, isAssigned)
    }

    // MARK: Values

    /// The value at `start`; nil where it says nothing, as `true` and `null` do.
    func readValue(in text: Span<UInt8>, _ start: Int, upTo end: Int, isAssigned: Bool) -> Secret? {
        var quote = start
        while quote < end, text[quote] == UInt8(ascii: "\\") { quote += 1 }
        guard start < end else { return nil }
        if let entity = text.quoteEntity(at: start) {
            let close = (start + entity..<end).first { text.quoteEntity(at: $0) != nil } ?? end
            return Secret(start + entity..<close, .text, .member)
        }
        if quote < end, text[quote].isQuote {
            return Secret(quote + 1..<endOfString(in: text, quote, depth: quote - start, upTo: end), .text, .member)
        }
        if text[start] == UInt8(ascii: "{") || text[start] == UInt8(ascii: "[") {
            guard let close = endOfBrackets(in: text, start, upTo: end) else { return Secret(start..<end, .text, .member) }
            return Secret(start..<close, text[start] == UInt8(ascii: "{") ? .object : .array, .member)
        }
        var stop = start
        while stop < end, !text[stop].endsLiteral { stop += 1 }
        let literal = text.extracting(start..<stop)
        if literal.isEmpty { return nil }
        // A block of indented lines, as in YAML.
        if literal.count <= 2, literal[0] == UInt8(ascii: "|") || literal[0] == UInt8(ascii: ">") {
            return Secret(start..<endOfBlock(in: text, stop, upTo: end), .text, .member)
        }
        if literal.isJSONNumber { return Secret(start..<stop, .number, .member) }
        if ["true", "false", "null"].contains(where: { literal.count == $0.utf8CodeUnitCount && literal.matches($0) }) {
            return nil
        }
        let bare = endOfBareValue(in: text, start, upTo: end, isAssigned: isAssigned)
        // What begins with an escape is taken as far as JSON would.
        return Secret(start..<(bare > start ? bare : stop), .text, .member)
    }

    private func endOfBlock(in text: Span<UInt8>, _ start: Int, upTo end: Int) -> Int {
        var place = start
        while let line = text.first("\n", in: place..<end), line + 1 < end, text[line + 1] == 0x20 || text[line + 1] == 0x09 {
            place = line + 1
        }
        return text.first("\n", in: place..<end) ?? end
    }

    /// Where a string's closing quotation mark is, or the end; `quote` is the place of the opening one, before which stand `depth` backslashes.
    ///
    /// Inside JSON that is a string of other JSON, a quotation mark has backslashes of its own, and each backslash is doubled.
    private func endOfString(in text: Span<UInt8>, _ quote: Int, depth: Int, upTo end: Int) -> Int {
        var backslashes = 0
        for place in quote + 1..<max(end, quote + 1) {
            if text[place] == UInt8(ascii: "\\") {
                backslashes += 1
                continue
            }
            if text[place] == text[quote], backslashes < depth || (backslashes - depth) % (2 * (depth + 1)) == 0 {
                return place - min(backslashes, depth)
            }
            backslashes = 0
        }
        return end
    }

    /// Behind the bracket that closes the one at `start`; nil when none does.
    private func endOfBrackets(in text: Span<UInt8>, _ start: Int, upTo end: Int) -> Int? {
        var open = 0
        var place = start
        var backslashes = 0
        while place < end {
            let byte = text[place]
            switch byte {
            case UInt8(ascii: "\\"):
                backslashes += 1
                place += 1
                continue
            case UInt8(ascii: "\""):
                place = endOfString(in: text, place, depth: backslashes, upTo: end) + backslashes
                if place >= end { return nil }
            case UInt8(ascii: "{"), UInt8(ascii: "["): open += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                open -= 1
                if open == 0 { return place + 1 }
            default: break
            }
            backslashes = 0
            place += 1
        }
        return nil
    }

    /// Behind `=` a word, and of a scheme the next one too; behind `:` the rest of the line.
    private func endOfBareValue(in text: Span<UInt8>, _ start: Int, upTo end: Int, isAssigned: Bool) -> Int {
        var place = start
        guard isAssigned else {
            while place < end, text[place] != 0x0A, text[place] != 0x0D, text[place] != UInt8(ascii: "\""),
                text[place] != UInt8(ascii: "\\")
            {
                place += 1
            }
            return place
        }
        while place < end, !text[place].endsWord { place += 1 }
        return credentialsBehind(start..<place, in: text, upTo: end)?.upperBound ?? place
    }

    /// What follows the name of an authentication scheme: `Bearer` and its like.
    private func credentialsBehind(_ word: Range<Int>, in text: Span<UInt8>, upTo end: Int) -> Range<Int>? {
        guard word.count >= 5, word.count <= 6, word.upperBound < end, text[word.upperBound] == UInt8(ascii: " ") else { return nil }
        let name = text.extracting(word)
        let isBearer = name.equalsIgnoringCase("bearer")
        guard isBearer || name.equalsIgnoringCase("basic") else { return nil }
        let start = word.upperBound + 1
        var stop = start
        while stop < end, TokenShape.isCharacter(text[stop]) || text[stop] == UInt8(ascii: "/") { stop += 1 }
        let isCredential = isBearer ? stop - start >= 6 : TokenShape.isRandom(text.extracting(start..<stop), least: 6)
        return isCredential ? start..<stop : nil
    }

    private func endOfURL(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        var place = start
        while place < end, text[place] > 0x20, text[place] != UInt8(ascii: "\""), text[place] != UInt8(ascii: "'"),
            text[place] != UInt8(ascii: "<"), text[place] != UInt8(ascii: ">"), text[place] != UInt8(ascii: "\\")
        { place += 1 }
        return place
    }
}

extension UInt8 {
    fileprivate var isQuote: Bool { self == UInt8(ascii: "\"") || self == UInt8(ascii: "'") || self == UInt8(ascii: "`") }

    var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }

    /// What cannot stand in a JSON number or literal.
    fileprivate var endsLiteral: Bool {
        switch self {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"): true
        default: isBlank
        }
    }

    /// What a JSON number may have in it.
    var isOfNumber: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"),
            UInt8(ascii: "E"):
            true
        default: false
        }
    }

    /// What ends a value in a form, a query or a line of `name=value`.
    fileprivate var endsWord: Bool {
        switch self {
        case UInt8(ascii: "&"), UInt8(ascii: ";"), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "\\"):
            true
        default: isBlank
        }
    }
}

extension Span where Element == UInt8 {
    /// Bytes of a quotation mark that is written as an entity of XML or HTML.
    fileprivate func quoteEntity(at place: Int) -> Int? {
        guard place < count, self[place] == UInt8(ascii: "&") else { return nil }
        for entity in ["&quot;", "&#34;", "&apos;", "&#39;"] as [StaticString] where matches(entity, at: place) {
            return entity.utf8CodeUnitCount
        }
        return nil
    }

    /// Whether a range stands where JSON has a number: behind a colon, comma or bracket, and before one.
    func isJSONLiteral(_ literal: Range<Int>, in range: Range<Int>) -> Bool {
        var before = literal.lowerBound
        while before > range.lowerBound, self[before - 1].isBlank { before -= 1 }
        var behind = literal.upperBound
        while behind < range.upperBound, self[behind].isBlank { behind += 1 }
        guard before > range.lowerBound, behind < range.upperBound else { return false }
        let isOpen = [UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "[")].contains(self[before - 1])
        return isOpen && [UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}")].contains(self[behind])
    }

    /// RFC 8259 §6, loosely: digits, a point, an exponent, signs.
    var isJSONNumber: Bool {
        var hasDigit = false
        for index in indices {
            switch self[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): hasDigit = true
            case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."): continue
            case UInt8(ascii: "e"), UInt8(ascii: "E"): if !hasDigit { return false }
            default: return false
            }
        }
        return hasDigit
    }

    fileprivate func equalsIgnoringCase(_ name: StaticString) -> Bool {
        guard count == name.utf8CodeUnitCount else { return false }
        // Invariant: the index is below both counts.
        for index in indices where unsafe self[index] | 0x20 != name.utf8Start[index] { return false }
        return true
    }
}
