import ArgumentParser
import Inspection
import Reports
import Rules

extension Severity: ExpressibleByArgument {
    public init?(argument: String) {
        guard let severity = Severity.allCases.first(where: { "\($0.name)" == argument }) else { return nil }
        self = severity
    }

    public static var allValueStrings: [String] { allCases.map { "\($0.name)" } }
}

extension FindingsReport: Report {
    mutating func begin(sources: [String]) {}
    mutating func finish(_ summary: Summary, failure: String?) {}
}

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show findings only; exit status 1 when there are any.",
        discussion: """
            A violation breaks a MUST of an RFC, a warning a SHOULD, and a note is an artefact of the capture.

            EXAMPLES:
              wsray check capture.pcapng
              wsray check --fail-on warning capture.pcapng || echo not conforming
            """)

    @OptionGroup var input: InputOptions
    @OptionGroup var look: LookOptions

    @Option(name: .customLong("fail-on"), help: ArgumentHelp("Least severity that makes the exit status 1.", valueName: "severity"))
    var failOn = Severity.violation

    func run() throws {
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.keepsWireBytes = false
        inspection.keptByteCount = 0
        let failOn = self.failOn
        try Session.show(input, inspection, FindingsReport(palette: look.palette)) { summary in
            summary.remarks
        } status: { summary in
            zip(Severity.allCases, summary.findings).contains { $0 >= failOn && $1 > 0 } ? ExitCode(1) : .success
        }
    }
}
