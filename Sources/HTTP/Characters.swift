import Bytes

/// Character classes of RFC 9110 §5.6 and the comparison of names, over bytes.

extension UInt8 {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
    static let semicolon = UInt8(ascii: ";")
    static let equals = UInt8(ascii: "=")

    /// `SP / HTAB`, of which OWS and BWS consist (RFC 9110 §5.6.3).
    var isBlank: Bool { self == .space || self == .tab }

    /// `tchar` (RFC 9110 §5.6.2).
    var isTokenCharacter: Bool {
        self < 0x80 && (self < 0x40 ? Self.lowTokens >> UInt64(self) : Self.highTokens >> UInt64(self & 0x3F)) & 1 == 1
    }

    /// A bit for each of the first 64 characters: digits and ``!#$%&'*+-.``.
    private static var lowTokens: UInt64 { 0x03FF_6CFA_0000_0000 }
    /// A bit for each of the next 64: letters and `^_`, the grave accent, `|~`.
    private static var highTokens: UInt64 { 0x57FF_FFFF_C7FF_FFFE }

    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// A control character that a field value must not contain (RFC 9110 §5.5): all of them but HTAB.
    var isForbiddenControl: Bool { (self < .space && self != .tab) || self == 0x7F }

    var lowercased: UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self }
}

extension StringProtocol {
    /// Whether this is a `token` (RFC 9110 §5.6.2), as extension names, subprotocols and methods have to be.
    public var isToken: Bool { !isEmpty && utf8.allSatisfy(\.isTokenCharacter) }

    /// Equality that ignores the case of ASCII letters, and only theirs, as names in HTTP compare.
    public func equalsIgnoringCase(_ other: some StringProtocol) -> Bool {
        utf8.elementsEqual(other.utf8) { $0.lowercased == $1.lowercased }
    }
}

extension String {
    /// The same of two whole strings, of which many are compared.
    public func equalsIgnoringCase(_ other: String) -> Bool { utf8.span.equalsIgnoringCase(other.utf8.span) }
}

extension BidirectionalCollection<UInt8> {
    /// Without the blanks at both ends.
    var trimmingBlanks: SubSequence {
        guard let first = firstIndex(where: { !$0.isBlank }), let last = lastIndex(where: { !$0.isBlank }) else { return self[endIndex...] }
        return self[first...last]
    }
}

extension Span where Element == UInt8 {
    /// Without the blanks at both ends.
    var trimmingBlanks: Span<UInt8> {
        @_lifetime(copy self)
        get {
            var (start, end) = (0, count)
            while start < end, self[start].isBlank { start += 1 }
            while end > start, self[end - 1].isBlank { end -= 1 }
            return extracting(start..<end)
        }
    }

    /// Equality that ignores the case of ASCII letters.
    func equalsIgnoringCase(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var start = 0
        // Eight bytes a step, which mostly are the same.
        while count - start >= 8 {
            let (mine, theirs) = (uint64LE(at: start), other.uint64LE(at: start))
            if mine != theirs {
                // Case is one bit of a letter.
                if (mine ^ theirs) & ~0x2020_2020_2020_2020 != 0 { return false }
                for offset in start..<start + 8 where self[offset].lowercased != other[offset].lowercased { return false }
            }
            start += 8
        }
        for offset in start..<count where self[offset] != other[offset] && self[offset].lowercased != other[offset].lowercased {
            return false
        }
        return true
    }

    /// Whether this is a `token` (RFC 9110 §5.6.2).
    var isToken: Bool {
        var start = 0
        // Eight bytes a step, as long as all are what most tokens consist of.
        while count - start >= 8, Self.areLettersDigitsHyphens(uint64LE(at: start)) { start += 8 }
        for offset in start..<count where !self[offset].isTokenCharacter { return false }
        return !isEmpty
    }

    /// Each step sets the top bit of the bytes that are what it looks for; of bytes that have it, nothing is said.
    private static func areLettersDigitsHyphens(_ word: UInt64) -> Bool {
        let (ones, tops): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        if word & tops != 0 { return false }
        func isWithin(_ word: UInt64, _ first: UInt8, _ last: UInt8) -> UInt64 {
            (word &+ ones &* UInt64(0x80 - first)) & ~(word &+ ones &* UInt64(0x7F - last))
        }
        let letters = isWithin(word | ones &* 0x20, UInt8(ascii: "a"), UInt8(ascii: "z"))
        let digits = isWithin(word, UInt8(ascii: "0"), UInt8(ascii: "9"))
        let hyphens = isWithin(word, UInt8(ascii: "-"), UInt8(ascii: "-"))
        return (letters | digits | hyphens) & tops == tops
    }

    var isASCII: Bool {
        var (all, start) = (UInt64(0), 0)
        while count - start >= 8 {
            all |= uint64LE(at: start)
            start += 8
        }
        for offset in start..<count { all |= UInt64(self[offset]) }
        return all & 0x8080_8080_8080_8080 == 0
    }

    /// The offset of the first `byte` at or behind `start`.
    func firstOffset(of byte: UInt8, from start: Int = 0) -> Int? {
        var offset = start
        // Eight bytes a step: one is 0 in the word, after the exclusive or, where subtracting 1 from each borrows for the first time.
        let pattern = UInt64(byte) &* 0x0101_0101_0101_0101
        while count - offset >= 8 {
            let word = uint64LE(at: offset) ^ pattern
            let found = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
            if found != 0 { return offset + found.trailingZeroBitCount / 8 }
            offset += 8
        }
        while offset < count {
            if self[offset] == byte { return offset }
            offset += 1
        }
        return nil
    }

    /// The offset of the last `byte`.
    func lastOffset(of byte: UInt8) -> Int? {
        var offset = count
        while offset > 0 {
            offset -= 1
            if self[offset] == byte { return offset }
        }
        return nil
    }

    /// The bytes as text: UTF-8 when they are that, Latin-1 otherwise, so that there is always a text and no byte is lost.
    var text: String {
        do { return String(copying: try UTF8Span(validating: self)) } catch {
            var text = ""
            for offset in indices { text.unicodeScalars.append(Unicode.Scalar(self[offset])) }
            return text
        }
    }
}
