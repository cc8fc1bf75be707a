import Bytes

/// The words by which a wallet is restored (BIP 39): twelve or more short words of small letters, after a word that says what they are.
///
/// The list of words itself is not looked at, so a phrase without a name before it is not found.
enum RecoveryPhrase {
    /// Phrases have 12, 15, 18, 21 or 24 words; what is said behind one is hidden along with it.
    private static let wordCounts = 12...24
    private static let wordLengths = 3...8
    /// Bytes before it in which a name is looked for.
    private static let reach = 80
    private static let names: [StaticString] = [
        "mnemonic", "seed", "recovery", "wallet", "backup phrase", "secret phrase", "bip39", "bip-39",
    ]

    /// Words that lead up to a phrase and are none of it.
    private static let leads = ["mnemonic", "seed", "recovery", "wallet", "backup", "secret", "phrase", "words", "word", "the", "are"]

    /// The phrase that begins with the word at `start`, and how far was looked; an empty phrase is none.
    static func range(in text: Span<UInt8>, at start: Int, upTo end: Int) -> (phrase: Range<Int>, looked: Int) {
        let none = start..<start
        if start > 0, text[start - 1].isLetterOrDigit || text[start - 1] >= 0x80 { return (none, start) }
        var place = start
        var stop = start
        var count = 0
        while place < end {
            let word = place
            while place < end, text[place] >= UInt8(ascii: "a"), text[place] <= UInt8(ascii: "z") { place += 1 }
            guard wordLengths.contains(place - word), place == end || !text[place].isLetterOrDigit else { break }
            if count == 0, leads.contains(where: { text.extracting(word..<place).equalsIgnoringCase($0) }) { return (none, start) }
            count += 1
            stop = place
            guard count < wordCounts.upperBound, let next = nextWord(text, place, end) else { break }
            place = next
        }
        guard wordCounts.contains(count), isNamed(text, start) else { return (none, max(stop, start)) }
        return (start..<stop, stop)
    }

    /// Behind one blank, a comma and a blank, or a line's end, and the number of the word where words are numbered.
    private static func nextWord(_ text: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        var place = start
        if place < end, text[place] == UInt8(ascii: ",") { place += 1 }
        var blanks = 0
        while place < end, blanks < 3, text[place].isBlank {
            place += 1
            blanks += 1
        }
        let number = place
        while place < end, place - number < 2, text[place].isDigit { place += 1 }
        if place > number {
            if place < end, text[place] == UInt8(ascii: ".") || text[place] == UInt8(ascii: ")") { place += 1 }
            if place < end, text[place] == UInt8(ascii: " ") { place += 1 }
        }
        return place > start && place < end && text[place].isLetter ? place : nil
    }

    private static func isNamed(_ text: Span<UInt8>, _ start: Int) -> Bool {
        let before = (max(0, start - reach)..<start).map { text[$0] | 0x20 }
        return names.contains { name in
            let count = name.utf8CodeUnitCount
            guard before.count >= count else { return false }
            return (0...before.count - count).contains { place in
                // Invariant: the index is below the name's count.
                (0..<count).allSatisfy { unsafe before[place + $0] == name.utf8Start[$0] | 0x20 }
            }
        }
    }
}
