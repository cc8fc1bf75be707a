import ArgumentParser
import Inspection
import Reports
import Rules
import Text

/// A severity as an option's value: `Severity` itself has numbers for raw values, which help would show.
enum LeastSeverity: String, ExpressibleByArgument, CaseIterable {
    case note
    case warning
    case violation

    var severity: Severity {
        switch self {
        case .note: .note
        case .warning: .warning
        case .violation: .violation
        }
    }
}

extension FindingsReport: EventReport {
    mutating func begin(sources: [String]) {}
    mutating func beginFile(_ name: String, firstPacket: UInt64) { begin(file: name, firstPacket: firstPacket) }
    mutating func finish(_ summary: Summary, failure: String?) {}
}

extension JUnitReport: EventReport {
    mutating func begin(sources: [String]) {}
    mutating func finish(_ summary: Summary, failure: String?) { finish(failure: failure) }
}

extension SARIFReport: EventReport {
    mutating func begin(sources: [String]) { begin(sources: sources, version: Wsray.version) }
    mutating func finish(_ summary: Summary, failure: String?) { finish(failure: failure) }
}

struct Check: JobsCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        /// JSON Lines of type `finding`.
        case json
        case junit
        case sarif
    }

    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Show findings only; exit status 1 when there is a violation.",
        discussion: """
            A violation breaks a MUST of an RFC, a warning a SHOULD; a note is about the capture and nobody's fault. \
            One line a finding, as FILE:PACKET: SEVERITY: WHAT [RULE, SECTION] WHERE; wsray explain RULE tells more.

            EXAMPLES:
              wsray check capture.pcapng
              wsray check --jobs auto captures/*.pcapng
              wsray check --fail-on warning capture.pcapng || echo not conforming
              wsray check --ignore close.missing --format junit capture.pcapng > wsray.xml
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup(title: "Live Capture") var live: LiveOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var jobs: JobOptions
    @OptionGroup var look: LookOptions

    @Option(name: .customLong("fail-on"), help: ArgumentHelp("Least severity that makes the exit status 1.", valueName: "severity"))
    var failOn = LeastSeverity.violation

    @Option(
        help: ArgumentHelp("Leave out findings of this rule; may be repeated.", valueName: "rule"),
        completion: .list(Rule.allCases.map(\.rawValue)))
    var ignore: [String] = []

    @Option(help: ArgumentHelp("Lines for people, JSON Lines, JUnit XML or SARIF 2.1.0.", valueName: "format"))
    var format = Format.text

    mutating func validate() throws {
        try input.validate()
        try jobs.validate(with: input)
        if format == .junit || format == .sarif { try jobs.refuse(format.rawValue) }
        for name in ignore where Rule(rawValue: name) == nil { throw Explain.noRule(name) }
    }

    func run() throws {
        if try runSideBySide() { return }
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.keepsWireBytes = false
        inspection.keptByteCount = 0
        inspection.ignoredRules = Set(ignore.compactMap { Rule(rawValue: $0) })
        switch format {
        case .text: try show(FindingsReport(palette: look.palette), inspection)
        case .json:
            var options = JSONLinesReport.Options()
            options.findingsOnly = true
            try show(JSONLinesReport(options), inspection)
        case .junit: try show(JUnitReport(failOn: failOn.severity), inspection)
        case .sarif: try show(SARIFReport(), inspection)
        }
    }

    private func show<Shown: Report & ~Copyable>(_ report: consuming Shown, _ inspection: Inspector.Options) throws {
        let failOn = self.failOn.severity
        var inspection = inspection
        inspection.omitsOrdinaryFrames = input.selection.expression == nil && input.count == nil
        try Session.show(input, inspection, report, selectsFindings: true) { summary in
            summary.remarks
        } verdict: { summary in
            [verdict(on: summary)]
        } status: { summary in
            zip(Severity.allCases, summary.findings).contains { $0 >= failOn && $1 > 0 } ? ExitCode(1) : .success
        }
    }

    /// What was found in all, so that silence is never mistaken for a check that did not run.
    private func verdict(on summary: Summary) -> String {
        let found = zip(Severity.allCases, summary.findings).reversed().filter { $1 > 0 }.map { Quantity.counted($1, "\($0.name)") }
        let seen = "\(Quantity.counted(summary.connections, "connection")), \(Quantity.counted(summary.frames, "frame"))"
        return "\(found.isEmpty ? "no findings" : found.joined(separator: ", ")) in \(seen)"
    }
}
