import ArgumentParser
import Inspection
import Reports
import System

extension TimelineReport.PayloadMode: ExpressibleByArgument {
    public init?(argument: String) {
        switch argument {
        case "preview": self = .preview
        case "full": self = .full
        case "pretty": self = .pretty
        case "none": self = .none
        default: return nil
        }
    }

    public static var allValueStrings: [String] { ["preview", "full", "pretty", "none"] }
}

extension TimelineReport.Clock: ExpressibleByArgument {}

extension TimelineReport: EventReport {
    mutating func begin(sources: [String]) { begin() }
    mutating func finish(_ summary: Summary, failure: String?) { finish(summary) }
}

struct Timeline: JobsCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline",
        abstract: "Show every frame as one annotated line; plain wsray FILE does this.",
        discussion: """
            → is a frame from the client, ← one from the server. ✗ marks what an RFC forbids, ! what it advises against, ○ what the \
            capture lacks. The size of a compressed message is that of its content; "deflated 41 B" says what was sent of it. Control characters from the wire are shown as escapes, never sent to the terminal.

            EXAMPLES:
              wsray capture.pcapng
              wsray capture.pcapng --connection 2 --payload pretty
              wsray capture.pcapng --connection 2 --handshake
              wsray -f 'port 8080' --time absolute monday.pcap.gz tuesday.pcap.gz
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
    @OptionGroup var look: LookOptions
    @OptionGroup var paging: PagerOptions

    @OptionGroup var fit: WidthOptions

    @Option(
        help: ArgumentHelp("Payloads as a preview, in full below each row (pretty: JSON indented), or not at all.", valueName: "mode"))
    var payload = TimelineReport.PayloadMode.preview

    @Option(help: ArgumentHelp("Times since the first row, as time of day (UTC or local), or since the previous row.", valueName: "clock"))
    var time = TimelineReport.Clock.relative

    @Flag(name: [.short, .long], help: "Add packet numbers and masking keys.")
    var verbose = false

    @Flag(help: "Add the opening handshake requirement by requirement, and what a refusing server said.")
    var handshake = false

    static let leastWidth = 60

    mutating func validate() throws {
        try input.validate()
        try jobs.validate(with: input)
        try decoding.validate(with: jobs, input)
        try waits.validate(with: decoding)
        try messageWaits.validate(with: decoding)
    }

    func run() throws {
        if try runSideBySide() { return }
        var options = TimelineReport.Options()
        options.palette = look.palette
        options.width = fit.columns
        options.payload = payload
        options.clock = time
        options.zone = { LocalTime.offset(atSecond: $0) }
        options.isAboutOne = selection.connection.count == 1
        options.isVerbose = verbose
        options.showsHandshake = handshake
        options.part = jobs.part
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        if try beginWithSummary() { return }
        let isWhole = options.showsWholePayload
        inspection.keepsWireBytes = isWhole
        if !isWhole { inspection.keptByteCount = TimelineReport.previewByteCount }
        try Session.show(
            input, redaction, decoding, inspection, TimelineReport(options), explainsWaits: waits.explains,
            explainsMessages: messageWaits.explains
        ) { $0.remarks }
    }
}
