import ArgumentParser
import Inspection
import Reports
import Rules
import Subprotocols
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
    mutating func finish(_ summary: Summary, failure: String?) { finish() }
}

extension JUnitReport: EventReport {
    mutating func beginFile(_ name: String, firstPacket: UInt64) { begin(file: name, firstPacket: firstPacket) }
}

extension SARIFReport: EventReport {
    mutating func begin(sources: [String]) { begin(sources: sources, version: Wsray.version) }
    mutating func beginFile(_ name: String, firstPacket: UInt64) { begin(file: name, firstPacket: firstPacket) }
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
        abstract: "Show findings only; exit status 1 when there is a violation, 3 when there was nothing to check.",
        discussion: """
            A violation breaks a MUST of an RFC, a warning a SHOULD; a note is about the capture and nobody's fault. \
            There is one line per finding: FILE:PACKET: SEVERITY: WHAT [RULE, SECTION] WHERE; wsray explain RULE explains it. Identical findings \
            share a line, with ×N at its end; of one rule and one connection ten lines are shown, and the rest is counted. --max-latency and --no-unanswered judge requests inside WebSocket, where wsray knows the protocol. Where there was no WebSocket connection to check, or no request to judge, the status is 3, unless it is 1.

            EXAMPLES:
              wsray check capture.pcapng
              wsray check --jobs auto captures/*.pcapng
              wsray check --fail-on warning capture.pcapng || echo not conforming
              wsray check --forbid 'browser.code == 1006' --min-connections 10 \\
                capture.pcapng
              wsray check --max-latency p99=500ms --max-latency max=2s --no-unanswered \\
                capture.pcapng
              wsray check --ignore close.missing --format junit capture.pcapng > wsray.xml
            """)

    @OptionGroup(title: "Input") var source: SourceOptions
    @OptionGroup(title: "Input") var counting: CountOptions
    @OptionGroup(title: "Live Capture") var live: LiveOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var jobs: JobOptions
    @OptionGroup var pairing: PairingOptions
    @OptionGroup var look: LookOptions
    @OptionGroup var paging: PagerOptions

    @Option(name: .customLong("fail-on"), help: ArgumentHelp("The lowest severity that makes the exit status 1.", valueName: "severity"))
    var failOn = LeastSeverity.violation

    @Option(
        help: ArgumentHelp("Leave out findings of this rule; may be repeated.", valueName: "rule"),
        completion: .list(Rule.allCases.map(\.rawValue)))
    var ignore: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A connection for which this is true is a violation: 'browser.code == 1006'; may be repeated.", valueName: "expr")
    )
    var forbid: [String] = []

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A connection for which this is not true is a violation: 'subprotocol == \"mqtt\"'; may be repeated.", valueName: "expr"))
    var require: [String] = []

    @Option(
        name: .customLong("max-latency"), parsing: .singleValue,
        help: ArgumentHelp(
            "Answers later than this are a violation: p50=100ms, p95=…, p99=…, max=2s; may be repeated.", valueName: "limit"))
    var maxLatency: [LatencyLimit] = []

    @Flag(name: .customLong("no-unanswered"), help: "A request that has no answer when its connection ends is a violation.")
    var noUnanswered = false

    @Option(
        name: .customLong("min-connections"),
        help: ArgumentHelp("Exit with status 3 if there were fewer WebSocket connections.", valueName: "n"))
    var leastConnectionCount: UInt64 = 1

    @Flag(name: .customLong("all"), help: "Write a line for each finding, even if several are alike.")
    var showsAll = false

    @Option(help: ArgumentHelp("Lines for people, JSON Lines, JUnit XML or SARIF 2.1.0.", valueName: "format"))
    var format = Format.text

    mutating func validate() throws {
        try input.validate()
        try jobs.validate(with: input)
        if format == .junit || format == .sarif { try jobs.refuse(format.rawValue) }
        _ = try expectations()
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
        case .text:
            let palette = look.palette
            let width = Output.proseWidth
            Pager.start(paging, input)
            try show(FindingsReport(palette: palette, width: width, groups: !showsAll && input.live.interfaces.isEmpty), inspection)
        case .json:
            var options = JSONLinesReport.Options()
            options.findingsOnly = true
            try show(JSONLinesReport(options), inspection)
        case .junit: try show(JUnitReport(failOn: failOn.severity, least: leastConnectionCount), inspection)
        case .sarif: try show(SARIFReport(least: leastConnectionCount), inspection)
        }
    }

    private func expectations() throws -> [Expectation] {
        try forbid.map { try Expectation($0, isForbidden: true) } + require.map { try Expectation($0, isForbidden: false) }
    }

    private func show<Shown: Report & ~Copyable>(_ report: consuming Shown, _ inspection: Inspector.Options) throws {
        let expectations = try expectations()
        let broken = BrokenExpectations()
        let judge = ConnectionJudge(expectations: expectations, broken: broken)
        let wanted = OperationExpectations(latencies: maxLatency, wantsAnswers: noUnanswered)
        if wanted.isEmpty {
            if expectations.isEmpty { return try showAll(report, inspection, broken) }
            return try showAll(JudgedReport(report, judge), inspection, broken)
        }
        let judged = JudgedOperations()
        try showAll(JudgedReport(JudgedReport(report, judge), OperationJudge(wanted, judged)), inspection, broken, judged)
    }

    private func showAll<Shown: Report & ~Copyable>(
        _ report: consuming Shown, _ inspection: Inspector.Options, _ broken: BrokenExpectations, _ judged: JudgedOperations? = nil
    ) throws {
        let failOn = self.failOn.severity
        let least = leastConnectionCount
        let read = ReadConnections()
        var inspection = inspection
        inspection.omitsOrdinaryFrames = input.selection.isEverything && input.count == nil && judged == nil
        if judged != nil { inspection.keptByteCount = DecodingOptions.keptByteCount }
        try Session.show(input, inspection, report, selectsFindings: true, decodes: judged != nil, rules: pairing.rules) { summary in
            read.count = summary.connections - min(summary.connections, summary.unreadAnswers)
            read.lacksNamed = !input.selection.missing(from: summary).isEmpty
            return summary.remarks + summary.attemptRemarks
        } verdict: { summary in
            broken.count += judged?.brokenCount ?? 0
            return [verdict(on: summary, broken.count)]
                + (read.count < least && least > 1 ? ["fewer than \(least) connections: --min-connections"] : [])
                + broken.remarks + (judged.map(Self.remarks) ?? [])
        } status: { summary in
            if broken.count > 0 || zip(Severity.allCases, summary.findings).contains(where: { $0 >= failOn && $1 > 0 }) {
                return ExitCode(1)
            }
            return read.count < least || read.lacksNamed || broken.unjudgedCount > 0 || judged?.isEmpty ?? false ? ExitCode(3) : .success
        }
    }

    private static func remarks(on judged: JudgedOperations) -> [String] {
        if judged.isEmpty { return ["no request was seen: --max-latency and --no-unanswered had nothing to judge"] }
        func remark(_ count: UInt64, _ noun: String, _ words: String) -> String? {
            count == 0 ? nil : "\(Quantity.counted(count, noun)) \(words): not judged"
        }
        return [
            remark(judged.uncertainCount, "request", "without an answer where messages are missing or not decoded"),
            remark(judged.unpairedCount, "request", "not paired, since too many were open at once or an id was too long"),
            remark(judged.omittedCount, "operation", "beyond the \(Quantity.count(UInt64(Meaning.operationLimit))) kept of a message"),
        ].compactMap { $0 }
    }

    /// Connections of the whole input, of which a condition may have selected some.
    private final class ReadConnections {
        var count: UInt64 = 0
        /// It has not all those that --connection names.
        var lacksNamed = false
    }

    /// What was found in all, so that silence is never mistaken for a check that did not run.
    private func verdict(on summary: Summary, _ brokenCount: UInt64) -> String {
        var counts = summary.findings
        counts[Severity.violation.rawValue] += brokenCount
        let found = zip(Severity.allCases, counts).reversed().filter { $1 > 0 }.map { Quantity.counted($1, "\($0.name)") }
        let seen = "\(Quantity.counted(summary.connections, "connection")), \(summary.traffic)"
        return "\(found.isEmpty ? "no findings" : found.joined(separator: ", ")) in \(seen)"
    }
}
