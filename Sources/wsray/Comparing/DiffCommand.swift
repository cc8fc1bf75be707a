import ArgumentParser
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
            Connections are matched by key and accept, by their messages, or by path; then their messages are, one by one. It is said what is \
            missing, added, changed (in JSON by member), reordered, late, sent in other frames or compressed otherwise; which headers and \
            extensions were added, dropped or changed; and how each ended. Through a proxy the delay of every message is measured.

            Between two runs, ids, times and dates are not compared, nor headers that differ anyway. Where one capture holds both sides of a \
            proxy, name it twice and select the sides.

            EXAMPLES:
              wsray diff client-side.pcap server-side.pcap
              wsray diff good.pcapng bad.pcapng
              wsray diff --where-a 'server.port == 443' --where-b 'server.port == 8080' both.pcap both.pcap
              wsray diff --ignore header.x-forwarded-for --ignore json.sequence before.pcap after.pcap
              wsray diff --json good.pcapng bad.pcapng | jq .totals

            EXIT STATUS: 0 same, 1 different, 2 an input could not be read to its end.
            """)

    @OptionGroup(title: "Input") var source: SourceOptions
    @OptionGroup(visibility: .hidden) var live: LiveOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var redaction: RedactionOptions
    @OptionGroup(title: "Decoding") var decoding: DecodingOptions
    @OptionGroup var comparison: ComparisonOptions
    @OptionGroup var look: LookOptions

    @Option(name: .customLong("where-a"), help: ArgumentHelp("Compare only what matches this in A.", valueName: "expr"))
    var whereA: String?

    @Option(name: .customLong("where-b"), help: ArgumentHelp("Compare only what matches this in B.", valueName: "expr"))
    var whereB: String?

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("What they are: the two sides of a proxy, or two runs (default: found out).", valueName: "relation"))
    var relation = DifferenceOptions.Relation.auto

    @Flag(name: .customLong("same-clock"), help: "Both captures have the same clock: times are compared as they are.")
    var hasSameClock = false

    @Flag(help: "Write one JSON object instead of text.")
    var json = false

    mutating func validate() throws {
        if let interface = live.interfaces.first {
            throw ValidationError("diff compares files. Write the capture to one first: wsray -i \(interface) -w FILE")
        }
        guard source.files.count == 2 else {
            throw ValidationError(
                "Name two captures: wsray diff A B. One that holds both sides is named twice, with --where-a and --where-b.")
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
        let shown = comparison.shown(look.palette)
        if !json { Pager.start(look, input) }
        let (a, codeA) = try collect(source.files[0], where: whereA)
        let (b, codeB) = try collect(source.files[1], where: whereB)
        var options = try comparison.options()
        options.relation = relation
        options.hasSameClock = hasSameClock
        let difference = CaptureDifference(a.capture, b.capture, options)
        var report = DifferenceReport(
            difference, .init(name: InputFile.name(of: source.files[0]), failure: a.failure),
            .init(name: InputFile.name(of: source.files[1]), failure: b.failure), shown)
        if json { report.writeJSON(tool: "wsray", version: Wsray.version) } else { report.writeText() }
        do throws(Output.Failure) { try Output.flush(&report.output) } catch {
            if case .system(let reason) = error { Output.remark(reason) }
            if case .system = error { throw ExitCode(2) }
        }
        if let code = [codeA, codeB].first(where: { $0 != .success }) { throw code }
        if !difference.isSame { throw ExitCode(1) }
    }

    // MARK: The captures

    /// Reads one of them.
    private func collect(_ file: String, where expression: String?) throws -> (CollectingReport.Result, ExitCode) {
        var one = self
        one.source.files = [file]
        if let expression { one.selection.expression = selection.expression.map { "(\($0)) and (\(expression))" } ?? expression }
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.keepsWireBytes = false
        let report = CollectingReport(comparison.limits(input.memoryByteCount))
        let collected = report.collected
        do {
            try Session.show(one.input, redaction, decoding, inspection, report, explainsWaits: false) { _ in [] }
        } catch let code as ExitCode {
            // Of a capture that was read in part, that part is compared; without it there is nothing to compare.
            guard code == ExitCode(2), collected.failure != nil, !collected.capture.connections.isEmpty else { throw code }
            return (collected, code)
        }
        return (collected, .success)
    }
}
