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
            text.append(string: "\(rule.rawValue)  (\(entry.severity.name)\(entry.section.map { ", \($0)" } ?? ""))\n")
            text.append(string: "\(entry.sentence)\n\(entry.advice)\n")
        } else if markdown {
            for rule in Rule.allCases { text.append(string: Self.markdown(rule)) }
        } else {
            let width = Rule.allCases.map(\.rawValue.count).max() ?? 0
            for rule in Rule.allCases {
                let severity = "\(rule.severity.name)"
                text.append(string: rule.rawValue + String(repeating: " ", count: width + 2 - rule.rawValue.count))
                text.append(string: severity + String(repeating: " ", count: 11 - severity.count) + "\(rule.entry.sentence)\n")
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
