import ArgumentParser
import Decoding
import Filter
import Inspection
import Redaction

extension Session {
    /// Runs a report that shows what messages mean.
    ///
    /// Messages are decoded first, so that conditions can ask about operations, and secrets are removed from these too.
    static func show<Shown: Report & ~Copyable>(
        _ input: InputOptions, _ redaction: RedactionOptions, _ decoding: DecodingOptions, _ inspection: Inspector.Options,
        _ report: consuming Shown, explainsWaits: Bool, explainsMessages: Bool = false,
        remarks: (Summary) -> [String]
    ) throws {
        var inspection = inspection
        inspection.reportsTransport = explainsWaits || explainsMessages
        if !decoding.isOff { inspection.keptByteCount = DecodingOptions.keptByteCount }
        guard redaction.redact else {
            return try showDecoded(
                input, decoding, inspection, report, explainsWaits: explainsWaits, explainsMessages: explainsMessages, remarks: remarks)
        }
        try redaction.refuseWriting(input)
        // A part of a message cannot be searched.
        inspection.keptByteCount = .max
        try showDecoded(
            input, decoding, inspection, Redactor(report, names: redaction.names), explainsWaits: explainsWaits,
            explainsMessages: explainsMessages, remarks: remarks)
    }

    /// The same where nothing is redacted.
    /// - Parameter unansweredLimit: requests without an answer that the report hears of at the end of a connection.
    static func showDecoded<Shown: Report & ~Copyable>(
        _ input: InputOptions, _ decoding: DecodingOptions, _ inspection: Inspector.Options, _ report: consuming Shown,
        explainsWaits: Bool = false, explainsMessages: Bool = false, unansweredLimit: Int = DecodingOptions.unansweredLimit,
        remarks: (Summary) -> [String]
    ) throws {
        var inspection = inspection
        inspection.reportsPolling = !decoding.isOff
        let program = decoding.makeProgram()
        var input = input
        input.program = program
        let schema = try decoding.schema()
        defer { program?.finish() }
        let failures = { program?.failure.map { [$0] } ?? [] }
        guard let condition = try input.selection.condition() else {
            var decoded = DecodingSink(
                report, isDecoding: !decoding.isOff, explainsWaits: explainsWaits, explainsMessages: explainsMessages,
                rules: decoding.rules, program: program, schema: schema,
                unansweredLimit: unansweredLimit)
            return try run(input, inspection, &decoded) { _, summary in
                remarks(summary) + failures()
            } status: { _, _ in
                .success
            }
        }
        if decoding.isOff, let field = condition.fieldOfOperation {
            throw ValidationError("\(field) is known of messages that are decoded: leave --no-decode out.")
        }
        inspection.keptByteCount = max(inspection.keptByteCount, condition.keptByteCount)
        let endings = try endings(input, inspection, condition, decoding.rules, program)
        var decoded = DecodingSink(
            FilteringSink(report, condition, endings), isDecoding: !decoding.isOff, explainsWaits: explainsWaits,
            explainsMessages: explainsMessages,
            rules: decoding.rules,
            program: program, schema: schema, unansweredLimit: unansweredLimit)
        try run(input, inspection, &decoded) { decoded, summary in
            remarks(summary) + failures() + input.selection.remarks(on: decoded.downstream, summary)
        } status: { _, _ in
            .success
        }
    }
}
