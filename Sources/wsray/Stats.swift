import ArgumentParser
import Inspection
import Reports
import Statistics

extension StatsReport: EventReport {
    // What it counts is frames, headers and packets.
    static var takesRecordings: Bool { false }

    mutating func finish(_ summary: Summary, failure: String?) {
        finish(summary, failure: failure, tool: "wsray", version: Wsray.version)
        if let removed { Output.remark(removed.remark) }
    }
}

struct Stats: PacketCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Count what the traffic costs: bytes by purpose, round trips, polling.",
        discussion: """
            Totals, a row per connection, operations by protocol and name with their latencies, pings and pongs beside TCP's own \
            acknowledgements, TCP connections that HTTP/2 streams share, with how long they waited for each other, clients that lost \
            connections and tried again, and HTTP polling with what the same payloads would cost as frames. Everything is written when \
            the input has ended.

            EXAMPLES:
              wsray stats capture.pcapng
              wsray stats --top 10 capture.pcapng
              wsray stats --json capture.pcapng | jq .total
              wsray stats --json capture.pcapng \\
                | jq '.chains[] | {client, cutOff, backOff}'
              wsray stats --json capture.pcapng \\
                | jq '.operations[] | select(.unanswered > 0)'
            """)

    @OptionGroup(title: "Input") var source: SourceOptions
    @OptionGroup(title: "Input") var counting: CountOptions
    @OptionGroup(title: "Live Capture") var live: LiveOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var redaction: RedactionOptions
    @OptionGroup(title: "Decoding") var decoding: DecodingOptions
    @OptionGroup var look: LookOptions
    @OptionGroup var paging: PagerOptions

    @OptionGroup var fit: WidthOptions

    @Option(help: ArgumentHelp("Show only the N connections with the most bytes; totals are for all.", valueName: "n"))
    var top: Int?

    @Flag(help: "Write one JSON object instead of tables.")
    var json = false

    @Option(
        name: .customLong("limit-rows"),
        help: ArgumentHelp("Connections kept for the table; further ones only count in the totals (default: 100000).", valueName: "n"))
    var limitRows: Int?

    @Option(
        name: .customLong("limit-targets"),
        help: ArgumentHelp("Targets of HTTP requests watched for polling (default: 10000).", valueName: "n"))
    var limitTargets: Int?

    @Option(
        name: .customLong("limit-operations"),
        help: ArgumentHelp("Names of operations counted separately (default: 10000).", valueName: "n"))
    var limitOperations: Int?

    mutating func validate() throws {
        try input.validate()
        try redaction.refuseWriting(input)
        try input.selection.requireConnections("stats counts what whole connections cost")
        for (name, number) in [
            ("--top", top), ("--limit-rows", limitRows), ("--limit-targets", limitTargets), ("--limit-operations", limitOperations),
        ] {
            if let number, number < 1 { throw ValidationError("\(name) must be at least 1.") }
        }
    }

    func run() throws {
        var options = StatsReport.Options()
        options.palette = look.palette
        options.width = fit.columns
        options.only = selection.connection.isEmpty ? nil : Set(selection.connection)
        options.top = top
        options.isJSON = json
        options.limits = input.limits
        options.secretNames = redaction.redact ? redaction.names : nil
        if let limitRows { options.limits.rowCount = limitRows }
        if let limitTargets { options.limits.pollTargetCount = limitTargets }
        if let limitOperations { options.limits.operationNameCount = limitOperations }
        var inspection = Inspector.Options()
        inspection.limits = options.limits
        inspection.measuresTraffic = true
        inspection.keepsWireBytes = false
        inspection.keptByteCount = max(TrafficCount.comparedByteCount, decoding.isOff ? 0 : DecodingOptions.keptByteCount)
        if !json { Pager.start(paging, input) }
        // The report has to see the others: what was polled, and whom a connection followed.
        var input = input
        input.selection.connection = []
        try Session.showDecoded(input, decoding, inspection, StatsReport(options), unansweredLimit: .max) { summary in
            selection.remarks(on: summary) + summary.remarks
        }
    }
}
