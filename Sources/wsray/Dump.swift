import ArgumentParser
import Filter
import Inspection
import Reports
import Text

extension JSONLinesReport.PayloadMode: ExpressibleByArgument {}

extension JSONLinesReport: EventReport {
    mutating func begin(sources: [String]) { begin(sources: sources, tool: "wsray", version: Wsray.version) }

    mutating func finish(_ summary: Summary, failure: String?) { finish(summary, brokenOff: failure) }
}

extension FieldsReport: EventReport {
    mutating func begin(sources: [String]) { begin() }
    mutating func finish(_ summary: Summary, failure: String?) {}
}

extension CSVReport: EventReport {
    mutating func begin(sources: [String]) { begin() }
    mutating func finish(_ summary: Summary, failure: String?) {}
}

extension HARReport: EventReport {
    mutating func begin(sources: [String]) { begin(tool: "wsray", version: Wsray.version) }

    mutating func finish(_ summary: Summary, failure: String?) {
        finish(brokenOff: failure)
        if omittedCount > 0 {
            Output.remark("\(Quantity.counted(omittedCount, "message")) left out: more waited than --limit-har allows")
        }
    }
}

struct Dump: JobsCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        /// JSON Lines.
        case jsonl
        /// The same objects in one array.
        case json
        case csv
        case har
        /// The timeline.
        case text
    }

    static let configuration = CommandConfiguration(
        commandName: "dump",
        abstract: "Write JSON Lines, JSON, CSV or HAR: one object or row per frame or message.",
        discussion: """
            jsonl has one object per line: for each connection, frame, finding and end. json is one array of the same objects. csv has a \
            row per frame. har is an HTTP Archive for browsers' developer tools, always of whole messages. text is the timeline. \
            Members and columns are described in Docs/JSON.md; wsray schema prints their JSON Schema.

            EXAMPLES:
              wsray dump capture.pcapng | jq 'select(.kind == "close").close'
              wsray dump --messages --payload digest capture.pcapng
              wsray dump --messages --format csv capture.pcapng > messages.csv
              wsray dump --format har capture.pcapng > capture.har
              wsray dump --jobs auto captures/*.pcapng > all.jsonl
              wsray dump --fields time,from,length,json.type --where text capture.pcapng
            """)

    @OptionGroup(title: "Input") var source: SourceOptions
    @OptionGroup(title: "Input") var counting: CountOptions
    @OptionGroup(title: "Live Capture") var live: LiveOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var jobs: JobOptions
    @OptionGroup var redaction: RedactionOptions
    @OptionGroup(title: "Decoding") var decoding: DecodingOptions
    @OptionGroup var waits: WaitOptions
    @OptionGroup var messageWaits: MessageWaitOptions

    @Option(help: ArgumentHelp("What to write.", valueName: "format"))
    var format = Format.jsonl

    @Option(
        help: ArgumentHelp(
            "Only these fields: time,from,opcode,length,json.type. One row per frame, separated by tabs, or with --format csv by commas.",
            valueName: "list"))
    var fields: String?

    @Flag(help: "One line per message instead of one per frame.")
    var messages = false

    @Flag(help: "Add the opening handshake requirement by requirement, and what was offered and chosen.")
    var handshake = false

    @Option(help: ArgumentHelp("Payloads in full, not at all, or only their SHA-256.", valueName: "mode"))
    var payload = JSONLinesReport.PayloadMode.full

    @Option(
        name: .customLong("payload-limit"),
        help: ArgumentHelp("Write at most this many bytes of each payload (default: no limit).", valueName: "size"))
    var payloadLimit: ByteSize?

    @Option(
        name: .customLong("limit-har"),
        help: ArgumentHelp(
            "Bytes of HAR that may wait for the end of their connection (default: a quarter of --memory).", valueName: "size"))
    var limitHAR: ByteSize?

    mutating func validate() throws {
        try input.validate()
        try jobs.validate(with: input)
        try decoding.validate(with: jobs, input)
        try waits.validate(with: decoding)
        try messageWaits.validate(with: decoding)
        if format == .har { try jobs.refuse("har") }
        if try chosenFields() != nil {
            guard format == .jsonl || format == .csv else {
                throw ValidationError("--fields writes rows: leave --format out, or use --format csv.")
            }
            if messages {
                throw ValidationError(
                    "--fields has a row per frame; for whole messages add --where ends and ask for message.length, text and so on.")
            }
            if handshake { throw ValidationError("--handshake goes with jsonl, json and text, not with --fields.") }
            if payload != .full || payloadLimit != nil {
                throw ValidationError("--payload and --payload-limit do not go with --fields, which names what is wanted.")
            }
        }
        if payload == .digest, format == .har || format == .text {
            throw ValidationError("--payload digest goes with jsonl, json and csv; \(format.rawValue) has no place for it.")
        }
        if format == .text, messages { throw ValidationError("The timeline has a row per frame: --messages goes with the other formats.") }
        if format == .text, payloadLimit != nil { throw ValidationError("--payload-limit goes with jsonl, json, csv and har.") }
        if handshake, format == .csv || format == .har { throw ValidationError("--handshake goes with jsonl, json and text.") }
        if format != .har, limitHAR != nil { throw ValidationError("--limit-har goes with --format har.") }
    }

    /// The fields asked for, nil where whole objects are.
    private func chosenFields() throws -> [FieldReference]? {
        guard let fields else { return nil }
        do throws(ConditionError) {
            return try FieldReference.list(fields)
        } catch {
            throw ValidationError(error.rendered(in: fields))
        }
    }

    func run() throws {
        if try runSideBySide(closing: format == .json ? "]\n" : "") { return }
        if let fields = try chosenFields() {
            let report = FieldsReport(fields, form: format == .csv ? .commas : .tabs, part: jobs.part)
            return try show(report, keeping: FieldsReport.keptByteCount(for: fields), wireBytes: false)
        }
        switch format {
        case .jsonl, .json: try show(JSONLinesReport(objects), keeping: objects.keptByteCount, wireBytes: objects.keepsWireBytes)
        case .csv: try show(CSVReport(objects), keeping: objects.keptByteCount, wireBytes: objects.keepsWireBytes)
        case .har: try show(HARReport(archive), keeping: archive.keptByteCount, wireBytes: false)
        case .text:
            var options = TimelineReport.Options()
            options.payload = payload == .none ? .none : .full
            options.showsHandshake = handshake
            options.part = jobs.part
            let isFull = payload == .full
            try show(TimelineReport(options), keeping: isFull ? .max : TimelineReport.previewByteCount, wireBytes: isFull)
        }
    }

    private var objects: JSONLinesReport.Options {
        var options = JSONLinesReport.Options()
        options.messages = messages
        options.handshake = handshake
        options.payload = payload
        options.payloadLimit = payloadLimit?.bytes
        options.isArray = format == .json
        options.part = jobs.part
        return options
    }

    private var archive: HARReport.Options {
        var options = HARReport.Options()
        options.leavesOutPayloads = payload == .none
        options.payloadLimit = payloadLimit?.bytes
        options.waitingByteCount = limitHAR?.bytes ?? source.memoryByteCount / 4
        options.drain = Output.drain
        return options
    }

    /// - Parameters:
    ///   - count: payload bytes that the report wants to see of a frame or message.
    ///   - wireBytes: it shows the bytes of compressed frames.
    private func show(_ report: consuming some Report & ~Copyable, keeping count: Int, wireBytes: Bool) throws {
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.keepsWireBytes = wireBytes
        inspection.keptByteCount = count
        try Session.show(
            input, redaction, decoding, inspection, report, explainsWaits: waits.explains, explainsMessages: messageWaits.explains
        ) { $0.remarks }
    }
}
