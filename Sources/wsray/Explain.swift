import ArgumentParser
import Bytes
import Filter
import Rules

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say what a rule means; without a rule, list them all.",
        discussion: """
            EXAMPLES:
              wsray explain
              wsray explain frame.mask.missing
            """)

    @Argument(help: ArgumentHelp("A rule's id, as findings show it.", valueName: "rule"), completion: .list(Rule.allCases.map(\.rawValue)))
    var rule: String?

    @Flag(help: .hidden)
    var markdown = false

    mutating func validate() throws {
        if let rule, Rule(rawValue: rule) == nil { throw Self.noRule(rule) }
    }

    func run() throws {
        var text = ByteBuffer()
        if let rule = rule.flatMap({ Rule(rawValue: $0) }) {
            let entry = rule.entry
            let title = "\(rule.rawValue)  (\(entry.severity.name)\(entry.section.map { ", \($0)" } ?? ""))"
            for line in [title, "\(entry.sentence)", "\(entry.advice)"] { Output.append(prose: line, to: &text) }
        } else if markdown {
            for rule in Rule.allCases { text.append(string: Self.markdown(rule)) }
        } else {
            let width = Rule.allCases.map(\.rawValue.count).max() ?? 0
            for rule in Rule.allCases {
                Output.append(
                    columns: [(rule.rawValue, width + 2), ("\(rule.severity.name)", 11)], prose: "\(rule.entry.sentence)", to: &text)
            }
        }
        try Output.write(text)
    }

    /// A row of `Docs/Rules.md`.
    private static func markdown(_ rule: Rule) -> String {
        let entry = rule.entry
        let section = entry.section.map { "\($0)" } ?? "–"
        return "| `\(rule.rawValue)` | \(entry.severity.name) | \(section) | \(entry.sentence) | \(entry.advice) |\n"
    }

    static func noRule(_ name: String) -> ValidationError {
        let rules = Rule.allCases.map(\.rawValue)
        var near = rules.filter { $0.contains(name) || name.contains($0) }
        if near.isEmpty, let nearest = Suggestion.nearest(to: name, among: rules) { near = [nearest] }
        let hint = near.isEmpty ? "wsray explain lists all rules." : "Did you mean \(near.joined(separator: ", "))?"
        return ValidationError("There is no rule \(name). \(hint)")
    }
}
