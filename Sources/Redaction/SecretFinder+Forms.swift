import Bytes

// Secrets that are no values behind `:` or `=`: contents of elements, arguments of commands, keys in armour, what is coded once more.
extension SecretFinder {
    /// What a word gives away behind it, where it is followed by neither `:` nor `=`.
    mutating func findForm(_ word: Range<Int>, in text: Span<UInt8>, upTo end: Int) -> Secret? {
        if let body = armouredKey(word, in: text, upTo: end) { return Secret(body, .text, .shape) }
        if let userInfo = userInfo(word, in: text, upTo: end) { return Secret(userInfo, .text, .url) }
        if let password = passwordOfCommand(word, in: text, upTo: end) { return Secret(password, .text, .member) }
        guard word.upperBound < end else { return nil }
        if let value = namedValue(word, in: text, upTo: end) { return Secret(value, .text, .member) }
        if let field = formField(word, in: text, upTo: end) { return Secret(field, .text, .member) }
        switch text[word.upperBound] {
        case UInt8(ascii: ">"), UInt8(ascii: "&"), 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: "/"):
            if let content = elementContent(word, in: text, upTo: end) { return Secret(content, .text, .member) }
        default: break
        }
        switch text[word.upperBound] {
        case 0x20, 0x09, UInt8(ascii: ","), UInt8(ascii: ";"):
            if let argument = argument(behind: word, in: text, upTo: end) { return Secret(argument, .text, .member) }
        default: break
        }
        if let code = oneTimeCode(behind: word, in: text, upTo: end) { return Secret(code, .text, .member) }
        return nil
    }

    // MARK: XML

    /// What stands between the tags of an element with a telling name, the tags escaped or not.
    private mutating func elementContent(_ word: Range<Int>, in text: Span<UInt8>, upTo end: Int) -> Range<Int>? {
        var name = word.lowerBound
        while name > 0, word.lowerBound - name < 64, isNamePart(text[name - 1]) || text[name - 1] == UInt8(ascii: ":") { name -= 1 }
        let isEscaped = name >= 4 && text.matches("&lt;", at: name - 4)
        guard isEscaped || name >= 1 && text[name - 1] == UInt8(ascii: "<"), isTelling(word, in: text) else { return nil }
        // No tag holds the beginning of another, so of many that do not end none is gone through twice.
        guard
            let close = (word.upperBound..<end).first(where: {
                isEscaped
                    ? text.matches("&gt;", at: $0) || text.matches("&lt;", at: $0)
                    : text[$0] == UInt8(ascii: ">") || text[$0] == UInt8(ascii: "<")
            }), text.matches(isEscaped ? "&gt;" : ">", at: close)
        else { return nil }
        if text[close - 1] == UInt8(ascii: "/") { return nil }
        let start = close + (isEscaped ? 4 : 1)
        // To the element's own end, so that of elements inside nothing stays.
        var place = start
        while let tag = text.first(isEscaped ? "&lt;/" : "</", in: place..<end) {
            let other = tag + (isEscaped ? 5 : 2)
            if end - other >= word.upperBound - name, text.equal(name..<word.upperBound, at: other) { return start..<tag }
            place = other
        }
        return start..<end
    }

    /// What an element gives to the name in one of its attributes: `<property name="password" value="…"/>`, `<add key="password">…`.
    private mutating func namedValue(_ word: Range<Int>, in text: Span<UInt8>, upTo end: Int) -> Range<Int>? {
        let quote = text[word.upperBound]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'"), word.lowerBound > 5, text[word.lowerBound - 1] == quote,
            text[word.lowerBound - 2] == UInt8(ascii: "=")
        else { return nil }
        let label = word.lowerBound - 2
        guard ["name", "key", "id"].contains(where: { (name: StaticString) in text.hasAttributeName(name, endingAt: label) }),
            isTelling(word, in: text)
        else { return nil }
        var open = label
        while open > 0, label - open < Self.tagByteCount, text[open] != UInt8(ascii: "<"), text[open] != UInt8(ascii: ">") { open -= 1 }
        guard text[open] == UInt8(ascii: "<") else { return nil }
        var close = word.upperBound
        while close < end, close - word.upperBound < Self.tagByteCount, text[close] != UInt8(ascii: "<"), text[close] != UInt8(ascii: ">") {
            close += 1
        }
        for place in open..<close where text.matches("value=", at: place) && text[place - 1].isBlank && place + 6 < end {
            let mark = text[place + 6]
            guard mark == UInt8(ascii: "\"") || mark == UInt8(ascii: "'") else { continue }
            return place + 7..<(text.first(mark, in: place + 7..<end) ?? end)
        }
        guard close < end, text[close] == UInt8(ascii: ">"), text[close - 1] != UInt8(ascii: "/") else { return nil }
        return close + 1..<(text.first(UInt8(ascii: "<"), in: close + 1..<end) ?? end)
    }

    /// Bytes of a tag that are looked at on either side of an attribute.
    private static let tagByteCount = 1_024

    private func isNamePart(_ byte: UInt8) -> Bool {
        byte.isLetterOrDigit || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }

    /// The content of a part of multipart/form-data with a telling name (RFC 7578 §4.2).
    private mutating func formField(_ word: Range<Int>, in text: Span<UInt8>, upTo end: Int) -> Range<Int>? {
        guard end - word.upperBound > 2, text[word.upperBound] == UInt8(ascii: "\""), word.lowerBound >= 6,
            text.matches("name=\"", at: word.lowerBound - 6)
        else { return nil }
        let head = word.upperBound..<min(end, word.upperBound + 256)
        guard let blank = text.first("\r\n\r\n", in: head), isTelling(word, in: text) else { return nil }
        return blank + 4..<(text.first("\r\n--", in: blank + 4..<end) ?? end)
    }

    // MARK: Words in a row

    /// What follows a telling word: of a command in capitals at the beginning of a line all the rest (`PASS …`, `AUTH …`), elsewhere
    /// one word, and only one that is no word of prose.
    private mutating func argument(behind word: Range<Int>, in text: Span<UInt8>, upTo end: Int) -> Range<Int>? {
        var start = word.upperBound + 1
        while start < end, text[start] == 0x20 || text[start] == 0x09 { start += 1 }
        guard start < end, !text[start].isBlank else { return nil }
        if isCommand(word, in: text), isLogin(text.extracting(word)) || isTelling(word, in: text) {
            return start..<((start..<end).first { text[$0] == 0x0A || text[$0] == 0x0D || text[$0] == 0 } ?? end)
        }
        for verb in [" is ", " was ", " ist ", " lautet ", " es ", " est ", " é ", " è ", " är ", " er "] as [StaticString]
        where text.matches(verb, at: start - 1) && start + verb.utf8CodeUnitCount - 1 < end {
            start += verb.utf8CodeUnitCount - 1
        }
        var stop = start
        while stop < end, stop - start < 256, !text[stop].isBlank, text[stop] != UInt8(ascii: "\""), text[stop] != UInt8(ascii: "\\") {
            stop += 1
        }
        while stop > start, [".", ",", ";", ":", "!", "?", ")"].contains(Character(UnicodeScalar(text[stop - 1]))) { stop -= 1 }
        guard stop - start >= 4, isUnlikeProse(text.extracting(start..<stop)), isTelling(word, in: text) else { return nil }
        return start..<stop
    }

    private func isCommand(_ word: Range<Int>, in text: Span<UInt8>) -> Bool {
        guard word.lowerBound == 0 || text[word.lowerBound - 1] == 0x0A else { return false }
        return word.allSatisfy { text[$0] >= UInt8(ascii: "A") && text[$0] <= UInt8(ascii: "Z") }
    }

    /// A digit, or a capital behind a small letter.
    private func isUnlikeProse(_ word: Span<UInt8>) -> Bool {
        var before: UInt8 = 0
        for index in word.indices {
            let byte = word[index]
            if byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { return true }
            if byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z"), before >= UInt8(ascii: "a"), before <= UInt8(ascii: "z") {
                return true
            }
            before = byte
        }
        return false
    }

    // MARK: Keys and names

    /// A private key between its lines (RFC 7468), line ends escaped or not.
    private func armouredKey(_ word: Range<Int>, in text: Span<UInt8>, upTo end: Int) -> Range<Int>? {
        guard word.count >= 10, text.matches("-----BEGIN", at: word.lowerBound) else { return nil }
        let header = word.upperBound..<min(end, word.upperBound + 64)
        guard let label = text.first("PRIVATE KEY", in: header) else { return nil }
        return label + 11..<(text.first("-----END", in: label..<end) ?? end)
    }

    /// `name:password@host` without a scheme before it.
    private func userInfo(_ word: Range<Int>, in text: Span<UInt8>, upTo end: Int) -> Range<Int>? {
        guard word.upperBound < end, text[word.upperBound] == UInt8(ascii: ":") else { return nil }
        let start = word.upperBound + 1
        var stop = start
        while stop < end, stop - start < 128, text[stop] > 0x20, text[stop] != UInt8(ascii: "@"), text[stop] != UInt8(ascii: "\""),
            text[stop] != UInt8(ascii: "/"), text[stop] != UInt8(ascii: ",")
        { stop += 1 }
        guard stop > start, stop + 1 < end, text[stop] == UInt8(ascii: "@"), text[stop + 1].isLetterOrDigit else { return nil }
        return start..<stop
    }

    // MARK: Coded once more

    /// A word that says a secret when percent signs, base 64 or hexadecimal digits are undone.
    mutating func hidesSecret(_ word: Span<UInt8>, least: Int, depth: Int) -> Bool {
        guard depth < 3, word.count >= 8 else { return false }
        // No word of prose, and too long to look into again and again.
        if word.count > 1 << 20 { return true }
        for decoded in [word.percentDecodedIfCoded, word.base64Decoded, word.hexDecoded] {
            guard let decoded, decoded.span.isPrintable else { continue }
            var inner: [Secret] = []
            findText(in: decoded.span, 0..<decoded.count, least: least, depth: depth + 1, into: &inner)
            if !inner.isEmpty { return true }
        }
        return false
    }
}

extension Span where Element == UInt8 {
    func first(_ text: StaticString, in range: Range<Int>) -> Int? {
        guard range.count >= text.utf8CodeUnitCount else { return nil }
        return (range.lowerBound...range.upperBound - text.utf8CodeUnitCount).first { matches(text, at: $0) }
    }

    /// Whether the same bytes as those of `range` stand at `place`, where there is room for them.
    func equal(_ range: Range<Int>, at place: Int) -> Bool {
        for index in range where self[index] != self[place + index - range.lowerBound] { return false }
        return true
    }

    /// An attribute's name ends there, in whatever case.
    fileprivate func hasAttributeName(_ name: StaticString, endingAt end: Int) -> Bool {
        let start = end - name.utf8CodeUnitCount
        guard start > 0, self[start - 1].isBlank else { return false }
        // Invariant: the index is below the name's count.
        for index in start..<end where unsafe self[index] | 0x20 != name.utf8Start[index - start] { return false }
        return true
    }

    fileprivate var percentDecodedIfCoded: [UInt8]? {
        first(UInt8(ascii: "%"), in: indices) == nil ? nil : percentDecoded(indices)
    }

    /// Base 64 in either alphabet, with padding or without; nil where it is not.
    fileprivate var base64Decoded: [UInt8]? {
        guard count >= 12 else { return nil }
        var bytes: [UInt8] = []
        var group: UInt32 = 0
        var bits = 0
        for index in indices {
            let value: UInt8
            switch self[index] {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = self[index] - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = self[index] - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = self[index] - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
            case UInt8(ascii: "=") where index >= count - 2: continue
            default: return nil
            }
            group = group << 6 | UInt32(value)
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            let byte = UInt8(truncatingIfNeeded: group >> UInt32(bits))
            // What is no text will not be searched.
            if byte < 0x20, !byte.isBlank { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    fileprivate var hexDecoded: [UInt8]? {
        guard count >= 16, count & 1 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: count, by: 2) {
            guard let high = self[index].hexDigit, let low = self[index + 1].hexDigit else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
