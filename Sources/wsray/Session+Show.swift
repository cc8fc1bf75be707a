import ArgumentParser
import Capture
import Decoding
import Filter
import Inspection
import Subprotocols

extension Session {
    /// Runs a report over what is selected of the input, says what there is to remark, and leaves with the status that is due.
    /// - Parameters:
    ///   - selectsFindings: see `FilteringSink`.
    ///   - decodes: the report wants to know what messages mean.
    ///   - rules: how messages belong together where the handshake names no protocol.
    ///   - remarks: of all that was read.
    ///   - verdict: of what was selected.
    ///   - status: for what was selected.
    static func show<Shown: Report & ~Copyable>(
        _ input: InputOptions, _ inspection: Inspector.Options, _ report: consuming Shown, selectsFindings: Bool = false,
        decodes: Bool = false, rules: [PairRule] = [], remarks: (Summary) -> [String], verdict: (Summary) -> [String] = { _ in [] },
        status: (Summary) -> ExitCode = { _ in .success }
    ) throws {
        guard let condition = try input.selection.condition() else {
            guard decodes else {
                var report = report
                return try run(input, inspection, &report) { _, summary in
                    remarks(summary) + verdict(summary)
                } status: {
                    status($1)
                }
            }
            var inspection = inspection
            inspection.reportsPolling = true
            var decoded = DecodingSink(report, rules: rules)
            return try run(input, inspection, &decoded) { _, summary in
                remarks(summary) + verdict(summary)
            } status: {
                status($1)
            }
        }
        var inspection = inspection
        inspection.keptByteCount = max(inspection.keptByteCount, condition.keptByteCount)
        inspection.reportsPolling = decodes || condition.asksAboutOperations
        let endings = try endings(input, inspection, condition, rules)
        var selecting = FilteringSink(report, condition, endings)
        selecting.selectsFindings = selectsFindings
        guard decodes || condition.asksAboutOperations else {
            return try run(input, inspection, &selecting) { selecting, summary in
                remarks(summary) + input.selection.remarks(on: selecting, summary) + verdict(selecting.shown)
            } status: { selecting, _ in
                status(selecting.shown)
            }
        }
        var decoded = DecodingSink(selecting, rules: rules)
        try run(input, inspection, &decoded) { decoded, summary in
            remarks(summary) + input.selection.remarks(on: decoded.downstream, summary) + verdict(decoded.downstream.shown)
        } status: { decoded, _ in
            status(decoded.downstream.shown)
        }
    }

    static func run<Shown: Report & ~Copyable>(
        _ input: InputOptions, _ inspection: Inspector.Options, _ report: inout Shown, remarks: (borrowing Shown, Summary) -> [String],
        status: (borrowing Shown, Summary) -> ExitCode
    ) throws {
        let code: ExitCode
        do throws(CaptureError) {
            var session = try Session(input, inspection: inspection)
            let inputStatus = session.run(&report)
            if session.hasReadAnything, !session.isClosed {
                for remark in session.captureRemarks() + remarks(report, session.summary) + input.keyRemarks(session.summary) {
                    Output.remark(remark)
                }
            }
            code = inputStatus == .success ? status(report, session.summary) : inputStatus
        } catch {
            Output.remark(error.message)
            throw ExitCode(error.exitStatus)
        }
        if code != .success { throw code }
    }
}
