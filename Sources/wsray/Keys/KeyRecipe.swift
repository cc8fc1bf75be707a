/// How to get a key log from a program: a few words and commands to copy.
struct KeyRecipe {
    /// What it is asked for by, and its other names.
    let name: String
    var others: [String] = []
    let title: String
    /// Lines; those that begin with a blank are commands, or what goes into a file.
    let lines: [String]

    static func named(_ name: String) -> KeyRecipe? {
        let wanted = name.lowercased()
        return all.first { $0.name == wanted || $0.others.contains(wanted) }
    }

    var text: String { "\(title)  (\(name))\n" + lines.map { $0.hasPrefix(" ") ? "   \($0)\n" : "  \($0)\n" }.joined() }

    /// The recipes of these names, or a list of all.
    static func text(_ names: [String]) -> String {
        let chosen = names.compactMap { named($0) }
        if !chosen.isEmpty { return chosen.map(\.text).joined(separator: "\n") }
        let width = all.map(\.name.count).max() ?? 0
        let list = all.map { "  \($0.name)\(String(repeating: " ", count: width + 2 - $0.name.count))\($0.title)\n" }.joined()
        return "A key log is a file in which a TLS library notes the secrets of its connections.\n"
            + "Many programs write one where the environment variable SSLKEYLOGFILE says so:\n\n"
            + "    SSLKEYLOGFILE=$PWD/keys.log PROGRAM\n    wsray --keys keys.log capture.pcapng\n\n"
            + "wsray run does both: sudo wsray run -- PROGRAM\n\n"
            + "Recipes, each by wsray keys --how NAME:\n\(list)\n"
            + "A key log opens the connections in it to everybody who has it: delete it afterwards.\n"
    }
}
