import Text

/// A line in parts, each with its ink. Text from the wire is made safe before it becomes a part.
struct Line: Sendable {
    struct Part: Sendable {
        var text: String
        var ink: Ink
    }

    private(set) var parts: [Part] = []
    private(set) var width = 0

    init() {}

    init(_ text: String, _ ink: Ink = .plain) { add(text, ink) }

    mutating func add(_ text: String, _ ink: Ink = .plain) {
        guard !text.isEmpty else { return }
        parts.append(Part(text: text, ink: ink))
        width += columns(of: text)
    }

    mutating func add(_ sign: StaticString, _ ink: Ink = .plain) { add("\(sign)", ink) }

    mutating func add(_ line: Line) {
        parts += line.parts
        width += line.width
    }

    /// Blanks up to a column.
    mutating func pad(to column: Int) {
        if width < column { add(String(repeating: " ", count: column - width)) }
    }

    /// Text that ends where `column` begins; what is longer pushes on.
    mutating func addRight(_ text: String, endingAt column: Int, _ ink: Ink = .plain) {
        pad(to: column - columns(of: text))
        add(text, ink)
    }
}
