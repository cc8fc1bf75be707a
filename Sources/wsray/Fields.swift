import ArgumentParser
import Bytes
import Filter

struct Fields: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fields",
        abstract: "List the fields of --where and --fields: name, type, meaning, example.",
        discussion: """
            Docs/Filter.md describes the language. How a connection ended is known only at its end. --where can test it in files, \
            which are then read twice; only summary --fields can print it. op.unanswered has no column.

            EXAMPLES:
              wsray fields
              wsray fields rtt
              wsray fields --json | jq -r '.name + " " + .type'
            """)

    @Argument(
        help: ArgumentHelp("A field, or one of its other names.", valueName: "field"),
        completion: .list(Field.allCases.map(\.rawValue)))
    var name: String?

    @Flag(help: "Write one JSON object per line.")
    var json = false

    @Flag(help: .hidden)
    var markdown = false

    mutating func validate() throws { _ = try shown() }

    func run() throws {
        var text = ByteBuffer()
        let fields = try shown()
        for field in fields {
            if json {
                text.append(string: Self.object(field))
            } else if markdown {
                text.append(string: Self.row(field))
            } else if name != nil {
                for line in Self.page(field) { Output.append(prose: line, to: &text) }
            } else {
                let entry = field.entry
                Output.append(
                    columns: [(field.rawValue, Self.nameWidth + 2), (entry.type.rawValue, 10)], prose: "\(entry.summary)", to: &text)
            }
        }
        try Output.write(text)
    }

    private func shown() throws -> [Field] {
        guard let name else { return Field.allCases }
        do throws(ConditionError) {
            return [try Field(named: name)]
        } catch {
            throw ValidationError(error.rendered(in: name))
        }
    }

    // MARK: Forms

    private static let nameWidth = Field.allCases.map(\.rawValue.count).max() ?? 0

    private static func page(_ field: Field) -> [String] {
        let entry = field.entry
        return [
            "\(field.rawValue)  (\(entry.type.rawValue), of the \(entry.level.name))", "\(entry.summary)", values(of: field),
            "Example: --where '\(entry.example)'", entry.synonyms.isEmpty ? nil : "Also: \(entry.synonyms.joined(separator: ", "))",
        ].compactMap(\.self)
    }

    private static func values(of field: Field) -> String? {
        if field == .finding { return "Values: the rules that wsray explain lists" }
        return field.valueNames.map { "Values: \($0.joined(separator: ", "))" }
    }

    /// A row of the table in `Docs/Filter.md`.
    private static func row(_ field: Field) -> String {
        let entry = field.entry
        let others = entry.synonyms.map { "`\($0)`" }.joined(separator: ", ")
        return
            "| `\(field.rawValue)` | \(entry.type.rawValue) | \(entry.level.name) | \(entry.summary) | `\(entry.example)` | \(others) |\n"
    }

    private static func object(_ field: Field) -> String {
        let entry = field.entry
        let others = entry.synonyms.map(quoted).joined(separator: ",")
        let members = [
            ("name", quoted(field.rawValue)), ("type", quoted(entry.type.rawValue)), ("of", quoted("\(entry.level.name)")),
            ("summary", quoted("\(entry.summary)")), ("example", quoted("\(entry.example)")), ("synonyms", "[\(others)]"),
        ]
        let values = field.valueNames.map { [("values", "[\($0.map(quoted).joined(separator: ","))]")] } ?? []
        return "{" + (members + values).map { "\(quoted($0)):\($1)" }.joined(separator: ",") + "}\n"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
