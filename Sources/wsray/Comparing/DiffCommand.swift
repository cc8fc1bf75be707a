import ArgumentParser
import Bytes
import Capture
import Differences
import Input
import Inspection
import Reports
import System

extension DifferenceOptions.Relation: ExpressibleByArgument {}

struct DiffCommand: PacketCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare two captures: before and after a proxy, or a good and a bad run.",
        discussion: """
            Connections are matched by key and accept, by their messages, or by path; then their messages are, one by one. The report \
            lists what is missing, added, changed (member by member in JSON), reordered, late, sent in other frames or compressed differently; \
            which headers and extensions were added, dropped or changed; and how each ended. Through a proxy, the delay of every message is \
            measured.

            Between two runs, ids, times and dates are not compared, nor headers that differ anyway. Where one capture holds both sides of a \
            proxy, name it twice and select the sides.

            EXAMPLES:
              wsray diff client-side.pcap server-side.pcap
              wsray diff good.pcapng bad.pcapng
              wsray diff --where-a 'server.port == 443' --where-b 'server.port == 8080' \\
                both.pcap both.pcap
              wsray diff --ignore header.x-forwarded-for --ignore json.sequence \\
                before.pcap after.pcap
              wsray diff --json good.pcapng bad.pcapng | jq .totals
              wsray diff -o diff.html good.pcapng bad.pcapng

            EXIT STATUS: 0 same, 1 different, 2 an input could not be read to its end.
            """)

    @OptionGroup(title: "Input") var source: SourceOptions
    @OptionGroup(visibility: .hidden) var counting: CountOptions
    @OptionGroup(visibility: .hidden) var live: LiveOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var redaction: RedactionOptions
    @OptionGroup(title: "Decoding") var decoding: DecodingOptions
    @OptionGroup var comparison: ComparisonOptions
    @OptionGroup var fit: WidthOptions
    @OptionGroup var look: LookOptions
    @OptionGroup var paging: PagerOptions

    @Option(name: .customLong("where-a"), help: ArgumentHelp("Compare only what matches this in A.", valueName: "expr"))
    var whereA: String?

    @Option(name: .customLong("where-b"), help: ArgumentHelp("Compare only what matches this in B.", valueName: "expr"))
    var whereB: String?

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("What they are: the two sides of a proxy, or two runs (default: detected).", valueName: "relation"))
    var relation = DifferenceOptions.Relation.auto

    @Flag(name: .customLong("same-clock"), help: "Both captures have the same clock: times are compared as they are.")
    var hasSameClock = false

    @Flag(help: "Write one JSON object instead of text.")
    var json = false

    @OptionGroup(title: "Page for Browsers") var page: PageOptions

    mutating func validate() throws {
        if let interface = live.interfaces.first {
            throw ValidationError("diff compares files. Write the capture to one first: wsray -i \(interface) -w FILE")
        }
        try live.requireInterfaces()
        guard source.files.count == 2 else {
            throw ValidationError(
                "Name two captures: wsray diff A B. One that holds both sides is named twice, with --where-a and --where-b.")
        }
        if json, page.output != nil { throw ValidationError("Either --json or a page with -o.") }
        if page.output == nil, page.title != nil || page.maxSize != nil {
            throw ValidationError("--title and --max-size are for a page: wsray diff -o diff.html A B")
        }
        if input.count != nil { throw ValidationError("diff compares whole connections, which --count would break off.") }
        if decoding.command != nil, !source.noSandbox {
            throw ValidationError("--decode-with starts a program for each capture, and the second one needs --no-sandbox.")
        }
        for expression in [whereA, whereB].compactMap(\.self) {
            var selection = selection
            selection.expression = expression
            _ = try selection.condition()
        }
    }

    func run() throws {
        // Both are opened before anything is given up that reading needs.
        do throws(CaptureError) { try input.giveUpRoot() } catch {
            Output.remark(error.message)
            throw ExitCode(error.exitStatus)
        }
        if UserIdentity.isRoot { HeldFiles.open(input.files + input.keys.logs + input.keys.privateKeys) }
        let shown = comparison.shown(look.palette, fit)
        var file: PageFile?
        if page.output != nil {
            if let path = page.path { try Output.refuse(path, readingFrom: input.files) }
            let opened = PageFile(page.path)
            opened.open()
            if let failure = opened.failure { throw failure }
            file = opened
        }
        defer { file?.discard() }
        if !json, file == nil { Pager.start(paging, input) }
        let (a, codeA) = try collect(source.files[0], where: whereA)
        let (b, codeB) = try collect(source.files[1], where: whereB)
        var options = try comparison.options()
        options.relation = relation
        options.hasSameClock = hasSameClock
        options.keepsMessages = file != nil
        let difference = CaptureDifference(a.capture, b.capture, options)
        let report = DifferenceReport(
            difference, .init(name: InputFile.name(of: source.files[0]), failure: a.failure),
            .init(name: InputFile.name(of: source.files[1]), failure: b.failure), shown)
        if let file { try write(report, to: file) } else { try write(report) }
        if let code = [codeA, codeB].first(where: { $0 != .success }) { throw code }
        if !difference.isSame { throw ExitCode(1) }
    }

    // MARK: What is written

    private func write(_ report: consuming DifferenceReport) throws {
        if json { report.writeJSON(tool: "wsray", version: Wsray.version) } else { report.writeText() }
        try write(&report.output)
    }

    private func write(_ report: consuming DifferenceReport, to file: PageFile) throws {
        var options = DifferencePage.Options()
        options.title = page.title
        options.isRedacted = redaction.redact
        let conditions = [("", selection.text), ("A: ", whereA), ("B: ", whereB)].compactMap { name, text in text.map { name + $0 } }
        if !redaction.redact, !conditions.isEmpty { options.selection = conditions.joined(separator: "; ") }
        if let maxSize = page.maxSize { options.byteCount = maxSize.bytes }
        var document = DifferencePage(report, options)
        document.write(tool: "wsray", version: Wsray.version)
        if let omission = document.omission { Output.remark(omission) }
        file.byteCount = UInt64(document.output.count)
        try write(&document.output)
        file.commit()
        if let failure = file.failure { throw failure }
    }

    private func write(_ output: inout ByteBuffer) throws {
        do throws(Output.Failure) { try Output.flush(&output) } catch {
            if case .system(let reason) = error { Output.remark(reason) }
            if case .system = error { throw ExitCode(2) }
        }
    }

    // MARK: The captures

    /// Reads one of them.
    private func collect(_ file: String, where expression: String?) throws -> (CollectingReport.Result, ExitCode) {
        var one = self
        one.source.files = [file]
        if let expression { one.selection.narrow(to: expression) }
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.keepsWireBytes = false
        let report = CollectingReport(comparison.limits(input.memoryByteCount))
        let collected = report.collected
        do {
            var input = one.input
            input.outputs = page.path.map { [$0] } ?? []
            try Session.show(input, redaction, decoding, inspection, report, explainsWaits: false) { _ in [] }
        } catch let code as ExitCode {
            // Of a capture that was read in part, that part is compared; without it there is nothing to compare.
            guard code == ExitCode(2), collected.failure != nil, !collected.capture.connections.isEmpty else { throw code }
            return (collected, code)
        }
        return (collected, .success)
    }
}
