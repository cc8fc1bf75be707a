import ArgumentParser
import Filter
import Inspection
import Reports
import Text

extension SummaryReport: EventReport {
    mutating func begin(sources: [String]) { begin() }

    mutating func finish(_ summary: Summary, failure: String?) {
        finish(summary)
        if options.form != .table, omittedCount > 0 {
            Output.remark("\(Quantity.counted(omittedCount, "connection")) left out: --sort keeps no more rows than --limit-rows")
        }
    }
}

extension SummaryReport.Order: ExpressibleByArgument {}

struct SummaryCommand: PacketCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        /// JSON Lines.
        case json
        case csv
    }

    static let configuration = CommandConfiguration(
        commandName: "summary",
        abstract: "Show what became of each connection, the worst first.",
        discussion: """
            Connections to the same URL that ended alike share a row: "first" is the number of the first one, × how many there are. \
            "browser" is the code that a browser in the client's place reports. Totals cover all connections; what was not decoded, \
            and why, comes last. Clients that lost connections and tried again have a section of their own: how long they were cut off, \
            why, and by which rule they wait. json and csv have a row for each connection, with every connection field that wsray fields \
            lists.

            EXAMPLES:
              wsray summary capture.pcapng
              wsray summary --sort duration --where 'host == "example.com"' capture.pcapng
              wsray summary --fields connection,url,verdict.browser.code,duration \\
                capture.pcapng
              wsray summary --format csv capture.pcapng > connections.csv
              wsray summary --format json capture.pcapng \\
                | jq 'select(."verdict.browser.code" == 1006)'
            """)

    @OptionGroup(title: "Input") var source: SourceOptions
    @OptionGroup(title: "Input") var counting: CountOptions
    @OptionGroup(title: "Live Capture") var live: LiveOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var redaction: RedactionOptions
    @OptionGroup var look: LookOptions
    @OptionGroup var paging: PagerOptions

    @OptionGroup var fit: WidthOptions

    @Option(
        help: ArgumentHelp(
            "What comes first: the worst, the earliest (time), the most bytes, or the longest (duration); or by how they ended (state).",
            valueName: "order"))
    var sort: SummaryReport.Order?

    @Flag(name: .customLong("all"), help: "A row for each connection, even where several ended alike.")
    var showsAll = false

    @Option(help: ArgumentHelp("A table for people, JSON Lines or CSV.", valueName: "format"))
    var format = Format.text

    @Option(
        help: ArgumentHelp(
            "Only these fields: connection,url,duration. One row per connection, separated by tabs, or in the form that --format says.",
            valueName: "list"))
    var fields: String?

    @Option(
        name: .customLong("limit-rows"),
        help: ArgumentHelp("Rows kept until the end; further connections only count in the totals (default: 100000).", valueName: "n"))
    var limitRows: Int?

    mutating func validate() throws {
        try input.validate()
        try redaction.refuseWriting(input)
        try input.selection.requireConnections("summary has rows for whole connections")
        if let limitRows, limitRows < 1 { throw ValidationError("--limit-rows must be at least 1.") }
        if showsAll, format != .text || fields != nil {
            throw ValidationError("--all goes with the table; other formats have a row for each connection.")
        }
        _ = try chosenFields()
    }

    private func chosenFields() throws -> [FieldReference]? {
        guard let fields else { return nil }
        do throws(ConditionError) {
            return try FieldReference.listOfConnections(fields)
        } catch {
            throw ValidationError(error.rendered(in: fields))
        }
    }

    func run() throws {
        var options = SummaryReport.Options()
        options.palette = look.palette
        options.width = fit.columns
        options.order = sort
        options.showsAll = showsAll
        options.fields = try chosenFields()
        if let limitRows { options.rowLimit = limitRows }
        options.form =
            switch format {
            case .text: fields == nil ? .table : .tabs
            case .json: .json
            case .csv: .csv
            }
        if Output.isTerminal, options.form == .table { options.advice = advice }
        let isTable = options.form == .table
        if isTable { Pager.start(paging, input) }
        try Session.show(input, redaction, Self.inspection(input), SummaryReport(options)) { isTable ? [] : $0.remarks }
    }

    /// Nothing is wanted but how connections begin and end.
    static func inspection(_ input: InputOptions) -> Inspector.Options {
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.keepsWireBytes = false
        inspection.keptByteCount = 0
        // Frames that are selected are counted where they are shown.
        inspection.omitsOrdinaryFrames = input.selection.isEverything && input.count == nil
        return inspection
    }

    /// How to go on from the table.
    private var advice: [(command: String, purpose: String)] {
        guard input.files.count == 1, let file = input.files.first, file != "-" else { return [] }
        return Self.advice(for: file)
    }

    static func advice(for file: String) -> [(command: String, purpose: String)] {
        [
            ("wsray \(file) --connection N", "every frame of connection N"),
            ("wsray view \(file)", "look through all of it"),
        ]
    }
}
