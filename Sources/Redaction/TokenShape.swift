import Bytes

/// Whether characters look as if they had been drawn at random, as keys, tokens and session identifiers do.
enum TokenShape {
    /// Bytes from which a word in a URL or a subprotocol can be a token.
    static let leastInURL = 16
    /// The same in text, where long words are common.
    static let leastInText = 32

    /// Letters, digits and what base 64, base64url, JWT and percent escapes add to them.
    @inline(__always)
    static func isCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "~"): true
        default: false
        }
    }

    /// True of a JWT (RFC 7519), of hexadecimal digits, of a UUID, and where letters, capitals and digits alternate.
    static func isRandom(_ word: Span<UInt8>, least: Int) -> Bool {
        if word.count >= 12, word.matches("eyJ") { return true }
        guard word.count >= least else { return false }
        var changes = 0
        var digits = 0
        var letters = 0
        var isHexadecimal = true
        var before = Class.other
        for index in word.indices {
            let now = Class(word[index])
            switch now {
            case .digit: digits += 1
            case .lower, .upper:
                letters += 1
                if word[index] | 0x20 > UInt8(ascii: "f") { isHexadecimal = false }
            case .other: break
            }
            if now != before, now != .other, before != .other { changes += 1 }
            before = now
        }
        if isHexadecimal, digits >= 4, letters >= 2 { return true }
        if letters == 0 { return false }
        // At random, two of three neighbours differ in class; in words, dates and versions joined by hyphens hardly any.
        return changes * 4 >= word.count
    }

    /// How keys of well-known services begin.
    private static let beginnings: [StaticString] = [
        "AKIA", "ASIA", "xoxa-", "xoxb-", "xoxp-", "xoxr-", "xoxs-", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "npm_", "pypi-",
        "sk_live_",
        "sk_test_", "rk_live_", "sk-", "AIza", "ya29.", "SG.", "hf_", "dop_v1_", "shpat_", "dckr_pat_", "sq0atp-", "EAAC",
    ]

    /// A key of a well-known service, whatever it looks like otherwise.
    static func isKnown(_ word: Span<UInt8>) -> Bool {
        guard word.count >= 16 else { return false }
        return beginnings.contains { word.matches($0) }
    }

    private enum Class {
        case lower
        case upper
        case digit
        case other

        init(_ byte: UInt8) {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): self = .lower
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): self = .upper
            case UInt8(ascii: "0")...UInt8(ascii: "9"): self = .digit
            default: self = .other
            }
        }
    }
}
