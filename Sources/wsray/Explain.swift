import ArgumentParser
import Rules

struct Explain: ParsableCommand {
    static let configuration = CommandConfiguration(
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

    func run() throws {
        guard let name = rule else { return markdown ? listInMarkdown() : list() }
        guard let rule = Rule(rawValue: name) else { throw Self.noRule(name) }
        let entry = rule.entry
        print("\(rule.rawValue)  (\(entry.severity.name)\(entry.section.map { ", \($0)" } ?? ""))")
        print("\(entry.sentence)")
        print("\(entry.advice)")
    }

    private func list() {
        let width = Rule.allCases.map(\.rawValue.count).max() ?? 0
        for rule in Rule.allCases {
            let padding = String(repeating: " ", count: width - rule.rawValue.count)
            let severity = "\(rule.severity.name)"
            print("\(rule.rawValue)\(padding)  \(severity)\(String(repeating: " ", count: 11 - severity.count))\(rule.entry.sentence)")
        }
    }

    /// The rows of `Docs/Rules.md`.
    private func listInMarkdown() {
        for rule in Rule.allCases {
            let entry = rule.entry
            let section = entry.section.map { "\($0)" } ?? "–"
            print("| `\(rule.rawValue)` | \(entry.severity.name) | \(section) | \(entry.sentence) | \(entry.advice) |")
        }
    }

    static func noRule(_ name: String) -> ValidationError {
        let near = Rule.allCases.map(\.rawValue).filter { $0.contains(name) || name.contains($0) }
        let hint = near.isEmpty ? "wsray explain lists all rules." : "Did you mean \(near.joined(separator: ", "))?"
        return ValidationError("There is no rule \(name). \(hint)")
    }
}
