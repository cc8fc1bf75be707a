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
              wsray report --why -o slow.html capture.pcapng
              wsray report --ssh host -f 'port 80' -o report.html
            """)

    @OptionGroup(title: "Input") var source: SourceOptions
    @OptionGroup(title: "Input") var counting: CountOptions
    @OptionGroup(title: "Live Capture") var live: LiveOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var redaction: RedactionOptions
    @OptionGroup(title: "Decoding") var decoding: DecodingOptions

    @OptionGroup var waits: WaitOptions
    @OptionGroup var page: PageOptions

    @Option(
        name: .customLong("payload-limit"),
        help: ArgumentHelp("Show at most this many bytes of each message (default: 64K).", valueName: "size"))
    var payloadLimit: ByteSize?

    mutating func validate() throws {
        try input.validate()
        try redaction.refuseWriting(input)
        try waits.validate(with: decoding)
        if page.output == nil { throw ValidationError("Name the page with -o: wsray report -o report.html capture.pcapng") }
    }

    func run() throws {
        var input = input
        if let path = page.path {
            try Output.refuse(path, readingFrom: input.files)
            input.outputs = [path]
        }
        var options = HTMLReport.Options()
        options.title = page.title
        options.selection = redaction.redact ? nil : input.selection.text
        options.isRedacted = redaction.redact
        options.drain = Output.drain
        if let maxSize = page.maxSize { options.byteCount = maxSize.bytes }
        if let payloadLimit { options.payloadLimit = payloadLimit.bytes }
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.keepsWireBytes = false
        inspection.keptByteCount = options.keptByteCount
        let file = PageFile(page.path)
        defer { file.discard() }
        do {
            try Session.show(input, redaction, decoding, inspection, PageReport(options, file), explainsWaits: waits.explains) {
                $0.remarks
            }
        } catch let code as ExitCode {
            // What could be read is worth its page.
            file.commit()
            throw file.failure ?? code
        }
        file.commit()
        if let failure = file.failure { throw failure }
    }
}
