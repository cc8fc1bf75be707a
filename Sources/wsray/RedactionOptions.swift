import ArgumentParser
import Bytes
import Inspection
import Redaction

/// What every command takes that shows headers or payloads.
struct RedactionOptions: ParsableArguments {
    @Flag(help: "Remove secrets: cookies, authorization, tokens in URLs and subprotocols, values of telling names in payloads.")
    var redact = false

    @Option(
        name: .customLong("redact-key"),
        help: ArgumentHelp("Remove values of names with this in them, too; may be repeated, and implies --redact.", valueName: "name"))
    var keys: [String] = []

    mutating func validate() throws {
        if keys.contains(where: \.isEmpty) { throw ValidationError("--redact-key wants a name, or a part of one.") }
        if !keys.isEmpty { redact = true }
    }

    var names: SecretNames { SecretNames(adding: keys) }
}

extension Redactor: Report where Downstream: Report & ~Copyable {
    var output: ByteBuffer {
        _read { yield downstream.output }
        _modify { yield &downstream.output }
    }

    var shownCount: UInt64 { downstream.shownCount }

    mutating func begin(sources: [String]) { downstream.begin(sources: sources) }
    mutating func beginFile(_ name: String, firstPacket: UInt64) { downstream.beginFile(name, firstPacket: firstPacket) }
    mutating func beginAnew() { downstream.beginAnew() }

    mutating func finish(_ summary: Summary, failure: String?) {
        downstream.finish(summary, failure: failure)
        Output.remark("redacted: \(removed.text ?? "nothing, no secret was found")")
    }
}

extension Session {
    /// The same, and the report sees no secrets when they are to be removed.
    static func show<Shown: Report & ~Copyable>(
        _ input: InputOptions, _ redaction: RedactionOptions, _ inspection: Inspector.Options, _ report: consuming Shown,
        remarks: (Summary) -> [String]
    ) throws {
        guard redaction.redact else { return try show(input, inspection, report, remarks: remarks) }
        guard input.live.write == nil else {
            throw ValidationError("-w writes packets as they are, with their secrets. Capture first, then share: wsray cut --redact.")
        }
        var inspection = inspection
        // A part of a message cannot be searched.
        inspection.keptByteCount = .max
        try show(input, inspection, Redactor(report, names: redaction.names), remarks: remarks)
    }
}
