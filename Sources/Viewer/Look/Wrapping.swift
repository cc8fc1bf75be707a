import Text

/// Our own sentences, and what they quote, in lines that are broken at blanks.
enum Wrapping {
    static func lines(_ text: String, _ look: Look, width: Int) -> [String] {
        let width = max(10, width)
        var lines: [String] = []
        var line = ""
        for word in look.spelled(text).split(separator: " ") {
            let word = look.fitted(String(word), width)
            if !line.isEmpty, columns(of: line) + 1 + columns(of: word) > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " \(word)"
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
