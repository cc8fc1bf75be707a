import Bytes

// Cookies, credentials, subprotocols, URLs.
extension SecretFinder {
    /// `name=value; name=value` (RFC 6265): names stay.
    /// - Parameter isFirstOnly: what follows the first are attributes.
    func findCookies(in field: Span<UInt8>, isFirstOnly: Bool = false, into found: inout [Secret]) {
        for piece in field.pieces(0..<field.count, between: UInt8(ascii: ";")) {
            let pair = field.trimmed(piece)
            let name = field.first(UInt8(ascii: "="), in: pair)
            found.append(Secret((name.map { $0 + 1 } ?? pair.lowerBound)..<pair.upperBound, .text, .cookie))
            if isFirstOnly { return }
        }
    }

    /// `scheme credentials` (RFC 9110 §11.6.2): the scheme stays, where there is one.
    func findCredentials(in field: Span<UInt8>, into found: inout [Secret]) {
        let all = field.trimmed(0..<field.count)
        let blank = field.first(UInt8(ascii: " "), in: all)
        found.append(Secret((blank.map { $0 + 1 } ?? all.lowerBound)..<all.upperBound, .text, .authorization))
    }

    /// Tokens travel as subprotocols, because browsers let scripts set no other header: alone, behind a name, or behind a name and a
    /// comma.
    mutating func findSubprotocols(in field: Span<UInt8>, into found: inout [Secret]) {
        var isNamed = false
        for piece in field.pieces(0..<field.count, between: UInt8(ascii: ",")) {
            let entry = field.trimmed(piece)
            if isNamed || subprotocols.contains(field.extracting(entry).copied())
                || TokenShape.isRandom(field.extracting(entry), least: TokenShape.leastInURL)
            {
                found.append(Secret(entry, .text, .subprotocol))
                // The server says again which it chose, without what gave it away.
                if subprotocols.count < Self.subprotocolCount { subprotocols.insert(field.extracting(entry).copied()) }
                isNamed = false
                continue
            }
            let (end, isTelling) = firstTellingWord(field, entry)
            isNamed = isTelling && end == entry.upperBound
            if isTelling, entry.upperBound - end > 1 { found.append(Secret(end + 1..<entry.upperBound, .text, .subprotocol)) }
        }
    }

    /// Where the first word of an entry ends that is a secret's name.
    private mutating func firstTellingWord(_ field: Span<UInt8>, _ entry: Range<Int>) -> (end: Int, isTelling: Bool) {
        var start = entry.lowerBound
        for place in entry.lowerBound...entry.upperBound {
            if place < entry.upperBound, field[place].isLetterOrDigit || field[place] == UInt8(ascii: "_") { continue }
            if judge(field.extracting(start..<place).copied()) { return (place, true) }
            start = place + 1
        }
        return (entry.upperBound, false)
    }

    /// A URL or a target: the user's name and password, query parameters with telling names or random values, random parts of the path.
    mutating func findURL(in bytes: Span<UInt8>, _ range: Range<Int>, into found: inout [Secret]) {
        var start = range.lowerBound
        if let scheme = bytes.firstAuthority(in: range) {
            let end =
                (scheme..<range.upperBound).first { bytes[$0] == UInt8(ascii: "/") || bytes[$0] == UInt8(ascii: "?") } ?? range.upperBound
            if let at = bytes.first(UInt8(ascii: "@"), in: scheme..<end) { found.append(Secret(scheme..<at, .text, .url)) }
            start = end
        }
        let query =
            (start..<range.upperBound).first { bytes[$0] == UInt8(ascii: "?") || bytes[$0] == UInt8(ascii: "#") } ?? range.upperBound
        for part in bytes.pieces(start..<query, between: UInt8(ascii: "/")) { findParts(of: part, in: bytes, into: &found) }
        guard query < range.upperBound else { return }
        let isOAuth = Self.speaksOfOAuth(bytes, query..<range.upperBound) || Self.isCallback(bytes, start..<query)
        for piece in bytes.pieces(
            query + 1..<range.upperBound,
            whereBetween: { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") || $0 == UInt8(ascii: ";") })
        {
            findParts(of: piece, in: bytes, isOAuth: isOAuth, into: &found)
        }
    }

    /// The path to which an authorization server sends the user back.
    private static func isCallback(_ bytes: Span<UInt8>, _ path: Range<Int>) -> Bool {
        (["callback", "oauth", "signin-oidc"] as [StaticString]).contains { bytes.first($0, in: path) != nil }
    }

    /// `name=value`, or a value alone.
    private mutating func findParts(
        of piece: Range<Int>, in bytes: Span<UInt8>, isOAuth: Bool = false, into found: inout [Secret]
    ) {
        let equals = bytes.first(UInt8(ascii: "="), in: piece)
        let value = (equals.map { $0 + 1 } ?? piece.lowerBound)..<piece.upperBound
        guard !value.isEmpty else { return }
        let isCode = isOAuth && equals.map { Self.isCodeName(bytes.extracting(piece.lowerBound..<$0)) } ?? false
        if let equals, isCode || judge(bytes.percentDecoded(piece.lowerBound..<equals)) {
            found.append(Secret(value, .text, .url))
        } else {
            let plain = bytes.percentDecoded(value)
            if TokenShape.isRandom(plain.span, least: TokenShape.leastInURL) {
                found.append(Secret(value, .text, .url))
            } else {
                // A URL in a parameter, say.
                var inner: [Secret] = []
                findText(in: plain.span, 0..<plain.count, least: TokenShape.leastInURL, into: &inner)
                if !inner.isEmpty { found.append(Secret(value, .text, .url)) }
            }
        }
    }
}

extension UInt8 {
    var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: false
        }
    }

    var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension Span where Element == UInt8 {
    func first(_ byte: UInt8, in range: Range<Int>) -> Int? {
        for place in range where self[place] == byte { return place }
        return nil
    }

    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var range = range
        while let first = range.first, self[first] == 0x20 || self[first] == 0x09 { range = range.dropFirst() }
        while let last = range.last, self[last] == 0x20 || self[last] == 0x09 { range = range.dropLast() }
        return range
    }

    func pieces(_ range: Range<Int>, between separator: UInt8) -> [Range<Int>] { pieces(range) { $0 == separator } }

    func pieces(_ range: Range<Int>, whereBetween isSeparator: (UInt8) -> Bool) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = range.lowerBound
        for place in range where isSeparator(self[place]) {
            pieces.append(start..<place)
            start = place + 1
        }
        pieces.append(start..<range.upperBound)
        return pieces
    }

    /// Where a URL's host begins: behind `://`.
    func firstAuthority(in range: Range<Int>) -> Int? {
        guard range.count > 3 else { return nil }
        for place in range.dropLast(2) where matches("://", at: place) { return place + 3 }
        return nil
    }

    func percentDecoded(_ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        var place = range.lowerBound
        while place < range.upperBound {
            if self[place] == UInt8(ascii: "%"), range.upperBound - place > 2, let high = self[place + 1].hexDigit,
                let low = self[place + 2].hexDigit
            {
                bytes.append(high << 4 | low)
                place += 3
            } else {
                bytes.append(self[place])
                place += 1
            }
        }
        return bytes
    }
}
