import Text

/// A line that is being typed.
public struct Prompt: Hashable, Sendable {
    public enum Purpose: Hashable, Sendable {
        case search
        case filter
        case savePayload
        case saveConnection
        case saveFrames
    }

    let purpose: Purpose
    var text: [Character] = []
    var cursor = 0
    /// For a search.
    var form = SearchForm.text
    /// How far back in what was entered before; 0 is the line itself.
    var past = 0

    init(_ purpose: Purpose, _ text: String = "", form: SearchForm = .text) {
        self.purpose = purpose
        self.text = Array(text)
        self.form = form
        cursor = self.text.count
    }

    var string: String { String(text) }

    /// Characters that a line may have; more are not taken.
    static let limit = 4_096

    mutating func insert(_ inserted: some Sequence<Character>) {
        // What a terminal would not show is not taken either; line ends of a paste become blanks.
        for character in inserted where text.count < Self.limit {
            let scalars = character.unicodeScalars
            let shown = scalars.allSatisfy(\.isPrintable) ? character : character.isNewline || character == "\t" ? " " : nil
            guard let shown else { continue }
            text.insert(shown, at: cursor)
            cursor += 1
        }
    }

    mutating func erase() {
        guard cursor > 0 else { return }
        cursor -= 1
        text.remove(at: cursor)
    }

    mutating func eraseWord() {
        while cursor > 0, text[cursor - 1] == " " { erase() }
        while cursor > 0, text[cursor - 1] != " " { erase() }
    }

    mutating func eraseAll() {
        text.removeSubrange(0..<cursor)
        cursor = 0
    }

    mutating func replace(_ line: String) {
        text = Array(line)
        cursor = text.count
    }
}
