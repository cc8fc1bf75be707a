extension Key {
    /// A key by the name that help texts have for it, or tmux: `j`, `Ctrl-d`, `C-d`, `PgDn`, `Enter`, `Escape`.
    public init?(named name: String) {
        var rest = name[...]
        var modifiers: Modifiers = []
        let prefixes: [(String, Modifiers)] = [
            ("Ctrl-", .control), ("C-", .control), ("Alt-", .alt), ("M-", .alt), ("Shift-", .shift), ("S-", .shift),
        ]
        for (prefix, modifier) in prefixes where rest.hasPrefix(prefix) && rest.count > prefix.count {
            rest = rest.dropFirst(prefix.count)
            modifiers.insert(modifier)
        }
        let codes: [String: Code] = [
            "Space": .character(" "), "Enter": .enter, "Tab": .tab, "Esc": .escape, "Escape": .escape, "Backspace": .backspace,
            "BSpace": .backspace, "Up": .up, "↑": .up, "Down": .down, "↓": .down, "Left": .left, "←": .left, "Right": .right, "→": .right,
            "Home": .home, "End": .end, "PgUp": .pageUp, "PgDn": .pageDown, "Ins": .insert, "Del": .delete,
        ]
        if let code = codes[String(rest)] {
            self.init(code, modifiers)
        } else if rest.first == "F", let number = Int(rest.dropFirst()), (1...12).contains(number) {
            self.init(.function(number), modifiers)
        } else if rest.unicodeScalars.count == 1, let scalar = rest.unicodeScalars.first {
            self.init(.character(scalar), modifiers)
        } else {
            return nil
        }
    }
}
