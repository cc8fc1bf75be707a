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

    func run() throws {
        guard let name = rule else {
            let width = Rule.allCases.map(\.rawValue.count).max() ?? 0
            for rule in Rule.allCases {
                let padding = String(repeating: " ", count: width - rule.rawValue.count)
                let severity = "\(rule.severity.name)"
                print("\(rule.rawValue)\(padding)  \(severity)\(String(repeating: " ", count: 11 - severity.count))\(rule.entry.sentence)")
            }
            return
        }
        guard let rule = Rule(rawValue: name) else {
            let near = Rule.allCases.map(\.rawValue).filter { $0.contains(name) || name.contains($0) }
            let hint = near.isEmpty ? "wsray explain lists all rules." : "Did you mean \(near.joined(separator: ", "))?"
            throw ValidationError("There is no rule \(name). \(hint)")
        }
        let entry = rule.entry
        print("\(rule.rawValue)  (\(entry.severity.name)\(entry.section.map { ", \($0)" } ?? ""))")
        print("\(entry.sentence)")
        print("\(entry.advice)")
    }
}
