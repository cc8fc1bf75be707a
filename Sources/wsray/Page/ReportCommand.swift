import ArgumentParser
import Capture
import Inspection
import Reports
import Text

struct ReportCommand: PacketCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write one HTML page that shows a capture in any browser.",
        discussion: """
            The page needs no network and no other file, so it can be mailed, attached to a ticket or kept by CI. Verdicts come first, \
            and need no script; then findings with their RFC sections, rates, latencies, and each connection with its frames on a time \
            line, its messages as text, JSON or bytes, and a search. page.html#c3f41 opens connection 3 at frame 41.

            If a capture has more than --max-size can hold, long connections lose their middle, then connections that ended well are \
            left out; the page says what is missing.

            EXAMPLES:
              wsray report -o report.html capture.pcapng
              wsray report -o failed.html --where 'verdict.how != "closed"' capture.pcapng
              wsray report --redact --title 'Incident 4711' -o shared.html mon.pcap
              wsray report --keys keys.log --max-size 5M -o report.html capture.pcapng
              wsray report --ssh host -f 'port 80' -o report.html
            """)

    @OptionGroup(title: "Input") var source: SourceOptions
    @OptionGroup(title: "Live Capture") var live: LiveOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var redaction: RedactionOptions
    @OptionGroup(title: "Decoding") var decoding: DecodingOptions

    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Write the page to this file, once it is complete; - is standard output.", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var output: String

    @Option(help: ArgumentHelp("The title of the page (default: the names of the inputs).", valueName: "text"))
    var title: String?

    @Option(name: .customLong("max-size"), help: ArgumentHelp("Bytes of the page (default: 20M).", valueName: "size"))
    var maxSize: ByteSize?

    @Option(
        name: .customLong("payload-limit"),
        help: ArgumentHelp("Show at most this many bytes of each message (default: 64K).", valueName: "size"))
    var payloadLimit: ByteSize?

    mutating func validate() throws {
        try input.validate()
        try redaction.refuseWriting(input)
        if output.isEmpty { throw ValidationError("-o wants the name of a file, or - for standard output.") }
        if output == "-", Output.isTerminal { throw ValidationError("A page is not for a terminal. Name a file with -o, or pipe it.") }
        if let maxSize, maxSize.bytes < leastSize { throw ValidationError("--max-size must be at least 1M.") }
    }

    private var leastSize: Int { 1 << 20 }

    func run() throws {
        var input = input
        if output != "-" {
            try Output.refuse(output, readingFrom: input.files)
            input.outputs = [output]
        }
        var options = HTMLReport.Options()
        options.title = title
        options.selection = redaction.redact ? nil : input.selection.expression
        options.isRedacted = redaction.redact
        options.drain = Output.drain
        if let maxSize { options.byteCount = maxSize.bytes }
        if let payloadLimit { options.payloadLimit = payloadLimit.bytes }
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.keepsWireBytes = false
        inspection.keptByteCount = options.keptByteCount
        let page = PageFile(output == "-" ? nil : output)
        defer { page.discard() }
        do {
            try Session.show(input, redaction, decoding, inspection, PageReport(options, page), explainsWaits: false) { $0.remarks }
        } catch let code as ExitCode {
            // What could be read is worth its page.
            page.commit()
            throw page.failure ?? code
        }
        page.commit()
        if let failure = page.failure { throw failure }
    }
}
