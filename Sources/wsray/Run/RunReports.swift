import ArgumentParser
import Decoding
import Filter
import Inspection
import Redaction
import Reports

/// How much of payloads `run` shows.
enum RunPayload: String, ExpressibleByArgument, CaseIterable {
    case preview
    case full
    case pretty
    case hidden = "none"
}

/// Does something with a report, whatever its type.
protocol ReportUser: ~Copyable {
    /// - Parameter program: what decodes messages, to be started before programs can no longer be, and ended with the report.
    mutating func use<Shown: Report & ~Copyable>(_ report: inout Shown, _ inspection: Inspector.Options, _ program: DecodingProgram?)
}

extension Run {
    /// Makes the report that was asked for, and hands it over.
    func withReport(_ user: inout some ReportUser & ~Copyable) throws {
        switch format {
        case .jsonl, .json: try select(JSONLinesReport(objects), objects.keptByteCount, objects.keepsWireBytes, &user)
        case .csv: try select(CSVReport(objects), objects.keptByteCount, objects.keepsWireBytes, &user)
        case .har:
            var options = HARReport.Options()
            options.leavesOutPayloads = payload == .hidden
            options.drain = Output.drain
            try select(HARReport(options), options.keptByteCount, false, &user)
        case .text:
            var options = TimelineReport.Options()
            options.palette = look.palette
            options.width = Output.columns.map { max($0, Timeline.leastWidth) }
            if payload == .full { options.payload = .full }
            if payload == .pretty { options.payload = .pretty }
            if payload == .hidden { options.payload = .none }
            let isWhole = options.showsWholePayload
            try select(TimelineReport(options), isWhole ? .max : TimelineReport.previewByteCount, isWhole, &user)
        }
    }

    private var objects: JSONLinesReport.Options {
        var options = JSONLinesReport.Options()
        options.messages = messages
        if payload == .hidden { options.payload = .none }
        options.isArray = format == .json
        return options
    }

    /// Puts what selects and what redacts before a report.
    private func select<Shown: Report & ~Copyable>(
        _ report: consuming Shown, _ keptByteCount: Int, _ keepsWireBytes: Bool, _ user: inout some ReportUser & ~Copyable
    ) throws {
        var inspection = Inspector.Options()
        inspection.keptByteCount = redaction.redact ? .max : keptByteCount
        inspection.keepsWireBytes = keepsWireBytes
        if redaction.redact {
            try select(Redactor(report, names: redaction.names), inspection, &user)
        } else {
            try select(report, inspection, &user)
        }
    }

    private func select<Shown: Report & ~Copyable>(
        _ report: consuming Shown, _ inspection: Inspector.Options, _ user: inout some ReportUser & ~Copyable
    ) throws {
        var inspection = inspection
        if !decoding.isOff { inspection.keptByteCount = DecodingOptions.keptByteCount }
        inspection.reportsPolling = !decoding.isOff
        let program = decoding.makeProgram()
        let schema = try decoding.schema()
        defer {
            program?.finish()
            if let failure = program?.failure { Output.remark(failure) }
        }
        guard let condition = try selection.condition() else {
            var decoded = DecodingSink(
                report, isDecoding: !decoding.isOff, rules: decoding.rules, program: program,
                schema: schema)
            return user.use(&decoded, inspection, program)
        }
        if decoding.isOff, let field = condition.fieldOfOperation {
            throw ValidationError("\(field) is known of messages that are decoded: leave --no-decode out.")
        }
        inspection.keptByteCount = max(inspection.keptByteCount, condition.keptByteCount)
        var decoded = DecodingSink(
            FilteringSink(report, condition), isDecoding: !decoding.isOff, rules: decoding.rules, program: program,
            schema: schema)
        user.use(&decoded, inspection, program)
    }
}
