import ArgumentParser
import Bytes
import Reports

struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of the lines that dump writes.",
        discussion: """
            EXAMPLES:
              wsray schema > wsray.schema.json
              wsray schema --stats
              wsray schema --diff
            """)

    @Flag(help: "Print the schema of what stats --json writes instead.")
    var stats = false

    @Flag(help: "Print the schema of what diff --json writes instead.")
    var diff = false

    mutating func validate() throws {
        if stats, diff { throw ValidationError("Either --stats or --diff.") }
    }

    func run() throws {
        var text = ByteBuffer()
        text.append((stats ? StatsReport.schema : diff ? DifferenceReport.schema : JSONLinesReport.schema).span)
        try Output.write(text)
    }
}
