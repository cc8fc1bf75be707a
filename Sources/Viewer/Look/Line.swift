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

    /// The same within so many columns, cut with an ellipsis where it has no room.
    func fitted(_ room: Int, _ look: Look) -> Line {
        guard width > room else { return self }
        var line = Line()
        for part in parts {
            let left = room - line.width
            if columns(of: part.text) < left {
                line.add(part.text, part.ink)
            } else {
                // With a blank behind, so that it is cut even where it alone would have fitted.
                line.add(look.fitted(part.text + " ", left), part.ink)
                break
            }
        }
        return line
    }

    /// The same behind some blanks.
    func indented(_ columns: Int) -> Line {
        var line = Line(String(repeating: " ", count: columns))
        line.add(self)
        return line
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
