import Bytes

// Messages that log in: what they carry stands beside a word that says so, under names that say nothing.
extension SecretFinder {
    /// Names under which a message says what it is.
    private static let kinds = [
        "type", "op", "event", "action", "method", "cmd", "command", "msg", "target", "function", "fn", "call", "kind", "t", "e", "req",
        "request",
    ]
    /// Names under which another name stands, the value beside it.
    private static let labels = ["name", "key", "header", "field", "param", "parameter", "label", "k", "n", "id"]
    /// Values that say nothing, beside whatever.
    private static let harmless =
        kinds + ["id", "seq", "ref", "version", "v", "jsonrpc", "protocol", "topic", "channel", "room", "status", "ok"]
    private static let logins = ["login", "logon", "signin", "authenticate", "auth", "oauth", "identify", "authorize", "authorization"]

    /// Finds the values in the object or array that begins at `open`, when the string at `word` in it says that they are secret.
    ///
    /// - Returns: bytes that were walked over for it.
    mutating func findSiblings(of word: Range<Int>, in text: Span<UInt8>, open: Int, upTo end: Int, into found: inout [Secret]) -> Int {
        guard word.count <= 64, let label = label(of: word, in: text, from: open) else { return 0 }
        let isKind = label.isEmpty || Self.kinds.contains { label.equalsIgnoringCase($0) }
        let isLabel = label.isEmpty || Self.labels.contains { label.equalsIgnoringCase($0) }
        let isLogin = isKind && self.isLogin(text.extracting(word))
        let isOneTime = isKind && !isLogin && !label.isEmpty && Self.isOneTimeKind(text.extracting(word))
        guard isLogin || isOneTime || (isLabel && isTelling(word, in: text)) else { return 0 }
        var place = open + 1
        while let member = member(in: text, at: place, upTo: end) {
            place = member.end
            guard let secret = member.value, !secret.range.overlaps(word) else { continue }
            // Beside the kind of a code only what may be the code.
            if isOneTime, !(member.name.map { Self.isCodeField(text.extracting($0)) } ?? false) { continue }
            if let name = member.name, Self.harmless.contains(where: { text.extracting(name).copied().equalsIgnoringCase($0) }) {
                // The value of a name that is itself called `value` is meant by the label.
                if isKind || !isLabel { continue }
            }
            found.append(secret)
        }
        return place - open
    }

    func isLogin(_ word: Span<UInt8>) -> Bool { SecretNames.hasWord(of: Self.logins, in: word.copied()) || isConnectionInit(word) }

    private func isConnectionInit(_ word: Span<UInt8>) -> Bool { word.count == 15 && word.matches("connection_init") }

    /// The name whose value the string at `word` is: empty for an element of an array; nil where it is neither.
    private func label(of word: Range<Int>, in text: Span<UInt8>, from open: Int) -> [UInt8]? {
        func back(_ place: inout Int) {
            while place > open, text[place].isBlank || text[place] == UInt8(ascii: "\\") { place -= 1 }
        }
        var place = word.lowerBound - 1
        guard place > open, text[place] == UInt8(ascii: "\"") || text[place] == UInt8(ascii: "'") else { return nil }
        place -= 1
        back(&place)
        if place == open || text[place] == UInt8(ascii: ",") { return text[open] == UInt8(ascii: "[") ? [] : nil }
        guard text[place] == UInt8(ascii: ":") else { return nil }
        place -= 1
        back(&place)
        if text[place] == UInt8(ascii: "\"") || text[place] == UInt8(ascii: "'") { place -= 1 }
        back(&place)
        var start = place + 1
        while start - 1 > open, text[start - 1].isLetterOrDigit || text[start - 1] == UInt8(ascii: "_") { start -= 1 }
        return start <= place ? text.extracting(start..<place + 1).copied() : nil
    }

    private struct Member {
        var name: Range<Int>?
        /// nil for what says nothing, as `true` does.
        var value: Secret?
        var end: Int
    }

    /// The next member of an object or element of an array; nil at its end, and where it is neither.
    private func member(in text: Span<UInt8>, at start: Int, upTo end: Int) -> Member? {
        func forth(_ place: inout Int, over separator: UInt8? = nil) {
            while place < end, text[place].isBlank || text[place] == separator { place += 1 }
        }
        var place = start
        forth(&place, over: UInt8(ascii: ","))
        var name: Range<Int>?
        let first = readValue(in: text, place, upTo: end, isAssigned: false)
        var behind = endOfValue(first, in: text, place, upTo: end)
        forth(&behind)
        if behind < end, text[behind] == UInt8(ascii: ":"), let key = first, key.kind == .text {
            name = key.range
            place = behind + 1
            forth(&place)
        }
        guard place < end, text[place] != UInt8(ascii: "}"), text[place] != UInt8(ascii: "]") else { return nil }
        let value = readValue(in: text, place, upTo: end, isAssigned: false)
        return Member(name: name, value: value, end: max(place + 1, endOfValue(value, in: text, place, upTo: end)))
    }

    /// Behind a value, its closing quotation mark included.
    private func endOfValue(_ value: Secret?, in text: Span<UInt8>, _ start: Int, upTo end: Int) -> Int {
        var place = value?.range.upperBound ?? start
        if let value, value.kind == .text {
            while place < end, text[place] == UInt8(ascii: "\\") { place += 1 }
            if place < end, text[place] == UInt8(ascii: "\"") || text[place] == UInt8(ascii: "'") { place += 1 }
        } else if value == nil {
            while place < end, ![UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":")].contains(text[place]) {
                place += 1
            }
        }
        return place
    }
}

extension [UInt8] {
    fileprivate func equalsIgnoringCase(_ name: String) -> Bool {
        count == name.utf8.count && zip(self, name.utf8).allSatisfy { ($0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0) == $1 }
    }
}
