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
            """)

    @Flag(help: "Print the schema of what stats --json writes instead.")
    var stats = false

    func run() throws {
        var text = ByteBuffer()
        text.append((stats ? StatsReport.schema : JSONLinesReport.schema).span)
        try Output.write(text)
    }
}
