import ArgumentParser
import Inspection
import Reports

extension JSONLinesReport.PayloadMode: ExpressibleByArgument {}

extension JSONLinesReport: Report {
    mutating func begin(sources: [String]) { begin(sources: sources, tool: "wsray", version: Wsray.version) }

    mutating func finish(_ summary: Summary, failure: String?) { finish(summary, brokenOff: failure) }
}

struct Dump: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write JSON Lines: one object per connection, frame, finding and end.",
        discussion: """
            The members are described in Docs/JSON.md; wsray schema prints their JSON Schema.

            EXAMPLES:
              wsray dump capture.pcapng | jq 'select(.kind == "close").close'
              wsray dump --messages --payload digest capture.pcapng
            """)

    @OptionGroup var input: InputOptions

    @Flag(help: "One line per message instead of one per frame.")
    var messages = false

    @Option(help: ArgumentHelp("Payloads in full, not at all, or only their SHA-256.", valueName: "mode"))
    var payload = JSONLinesReport.PayloadMode.full

    @Option(
        name: .customLong("payload-limit"),
        help: ArgumentHelp("Write at most this many bytes of each payload (default: no limit).", valueName: "size"))
    var payloadLimit: ByteSize?

    func run() throws {
        var options = JSONLinesReport.Options()
        options.messages = messages
        options.payload = payload
        options.payloadLimit = payloadLimit?.bytes
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.keepsWireBytes = options.keepsWireBytes
        inspection.keptByteCount = options.keptByteCount
        try Session.show(input, inspection, JSONLinesReport(options)) { $0.remarks }
    }
}
