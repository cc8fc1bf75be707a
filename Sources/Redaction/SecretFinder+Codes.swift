import Bytes

// Codes that are good once: of OAuth (RFC 6749 §4.1.2), and those that are sent to a telephone.
extension SecretFinder {
    // MARK: OAuth

    /// Parameters that are secret in the company of others of OAuth, and are ordinary words otherwise.
    private static let codeNames = ["code", "state", "nonce"]
    private static let oauthNames: [StaticString] = [
        "grant_type", "redirect_uri", "response_type", "code_verifier", "code_challenge", "client_id", "session_state",
    ]

    static func isCodeName(_ name: Span<UInt8>) -> Bool {
        name.count >= 4 && name.count <= 5 && codeNames.contains { name.equalsIgnoringCase($0) }
    }

    /// Whether a text speaks of OAuth: by a parameter that only that has, or by `code=` and `state=` together.
    static func speaksOfOAuth(_ text: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var hasCode = false
        var hasState = false
        for place in range.dropLast(4) {
            switch text[place] {
            case UInt8(ascii: "c"):
                if text.matches("code=", at: place) { hasCode = hasCode || isParameter(text, place, range) }
                if text.matches("code_", at: place) || text.matches("client_id", at: place), isOAuthName(text, place) { return true }
            case UInt8(ascii: "s"):
                if text.matches("state=", at: place) { hasState = hasState || isParameter(text, place, range) }
                if isOAuthName(text, place) { return true }
            case UInt8(ascii: "g"), UInt8(ascii: "r"): if isOAuthName(text, place) { return true }
            default: break
            }
            if hasCode, hasState { return true }
        }
        return false
    }

    private static func isOAuthName(_ text: Span<UInt8>, _ place: Int) -> Bool { oauthNames.contains { text.matches($0, at: place) } }

    private static func isParameter(_ text: Span<UInt8>, _ place: Int, _ range: Range<Int>) -> Bool {
        place == range.lowerBound || !text[place - 1].isLetterOrDigit && text[place - 1] != UInt8(ascii: "_")
    }

    // MARK: Sent to a telephone

    /// Words beside `code` that make it one.
    private static let kinds = [
        "verification", "confirmation", "security", "login", "signin", "access", "authentication", "onetime", "time", "sms", "2fa", "mfa",
        "otp", "verificación", "verificacion", "vérification", "bestätigungscode", "sicherheitscode", "подтверждения",
    ]
    /// Words of a message's kind that say that a code comes with it, and the names under which it may stand.
    private static let oneTimeKinds = [
        "otp", "totp", "mfa", "2fa", "sms", "verification", "verify", "twofactor", "onetime", "passcode", "tan",
    ]
    private static let codeFields = ["code", "value", "answer", "digits", "otp", "pin"]

    static func isOneTimeKind(_ word: Span<UInt8>) -> Bool { SecretNames.hasWord(of: oneTimeKinds, in: word.copied()) }
    static func isCodeField(_ name: Span<UInt8>) -> Bool { codeFields.contains { name.equalsIgnoringCase($0) } }

    /// Bytes in which a code is looked for after its name, and a kind beside it.
    private static let reach = 40

    /// `verification code is 123456`, `security code: 12-34-56`: digits close behind.
    func oneTimeCode(behind word: Range<Int>, in text: Span<UInt8>, upTo end: Int) -> Range<Int>? {
        let name = text.extracting(word)
        let isOTP = name.equalsIgnoringCase("otp") || name.equalsIgnoringCase("passcode") || name.equalsIgnoringCase("tan")
        guard isOTP || isKindInItself(name) || (isCodeWord(name) && hasKind(beside: word, in: text)) else { return nil }
        var place = word.upperBound
        let limit = min(end, place + Self.reach)
        while place < limit, !text[place].isDigit {
            // Not into another value of JSON.
            if text[place] == UInt8(ascii: "\"") || text[place] == UInt8(ascii: "\n") || text[place] == UInt8(ascii: "}") { return nil }
            place += 1
        }
        guard place < limit, !text[place - 1].isLetterOrDigit, text[place - 1] != UInt8(ascii: "_") else { return nil }
        let start = place
        var digits = 0
        while place < end, text[place].isDigit || ((text[place] == UInt8(ascii: "-") || text[place] == 0x20) && digits < 8) {
            guard text[place].isDigit || (place + 1 < end && text[place + 1].isDigit) else { break }
            if text[place].isDigit { digits += 1 }
            place += 1
        }
        guard (4...8).contains(digits), place == end || !text[place].isLetterOrDigit else { return nil }
        return start..<place
    }

    private func isCodeWord(_ name: Span<UInt8>) -> Bool {
        ["code", "codes", "código", "codigo", "код"].contains { name.equalsIgnoringCase($0) } || name.count == 6 && name.matches("Код")
    }

    private func isKindInItself(_ name: Span<UInt8>) -> Bool {
        ["bestätigungscode", "sicherheitscode", "verificatiecode"].contains { name.equalsIgnoringCase($0) }
    }

    /// One of the kinds stands directly before the word, as in English, or after it and a preposition, as in Romance languages.
    private func hasKind(beside word: Range<Int>, in text: Span<UInt8>) -> Bool {
        func isPart(_ place: Int) -> Bool { text[place].isLetterOrDigit || text[place] >= 0x80 }
        func isKind(_ range: Range<Int>) -> Bool {
            Self.kinds.contains { text.extracting(range).equalsIgnoringCase($0) }
        }
        func isJoint(_ place: Int) -> Bool { text[place] == 0x20 || text[place] == UInt8(ascii: "-") || text[place] == UInt8(ascii: "_") }
        var stop = word.lowerBound
        while stop > 0, word.lowerBound - stop < 3, isJoint(stop - 1) { stop -= 1 }
        var start = stop
        while start > 0, stop - start < Self.reach, isPart(start - 1) { start -= 1 }
        if isKind(start..<stop) { return true }
        var place = word.upperBound
        for _ in 0..<2 {
            while place < text.count, isJoint(place) { place += 1 }
            start = place
            while place < text.count, place - start < Self.reach, isPart(place) { place += 1 }
            if isKind(start..<place) { return true }
        }
        return false
    }
}

extension Span where Element == UInt8 {
    /// Whether it is a word, but for the case of its ASCII letters.
    func equalsIgnoringCase(_ word: String) -> Bool {
        guard count == word.utf8.count else { return false }
        var index = 0
        for byte in word.utf8 {
            let own = self[index]
            guard own == byte || (own.isLetter && own | 0x20 == byte) else { return false }
            index += 1
        }
        return true
    }
}
