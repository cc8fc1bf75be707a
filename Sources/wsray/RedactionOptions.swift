import ArgumentParser
import Bytes
import Capture
import Inspection
import Redaction

/// What every command takes that shows headers or payloads.
struct RedactionOptions: ParsableArguments {
    @Flag(help: "Remove secrets: cookies, authorization, tokens in URLs and subprotocols, and in payloads whatever is named like a secret.")
    var redact = false

    @Option(
        name: .customLong("redact-key"),
        help: ArgumentHelp("Also remove values whose names contain this; may be repeated, and implies --redact.", valueName: "name"))
    var keys: [String] = []

    mutating func validate() throws {
        if keys.contains(where: \.isEmpty) { throw ValidationError("--redact-key wants a name, or a part of one.") }
        if !keys.isEmpty { redact = true }
    }

    var names: SecretNames { SecretNames(adding: keys) }

    /// Refuses to write packets where what is shown of them is to have no secrets.
    func refuseWriting(_ input: InputOptions) throws {
        guard redact, input.live.write != nil else { return }
        throw ValidationError("-w writes packets as they are, with their secrets. Capture first, then share: wsray cut --redact.")
    }
}

extension Removed {
    /// What the person is told.
    var remark: String { "redacted: \(text ?? "nothing, no secret was found")" }
}

extension Redactor: Report where Downstream: Report & ~Copyable {
    var output: ByteBuffer {
        _read { yield downstream.output }
        _modify { yield &downstream.output }
    }

    mutating func limit(frames count: UInt64) { downstream.limit(frames: count) }

    mutating func begin(sources: [String]) { downstream.begin(sources: sources) }
    mutating func beginFile(_ name: String, firstPacket: UInt64) { downstream.beginFile(name, firstPacket: firstPacket) }
    mutating func beginAnew() { downstream.beginAnew() }

    static var takesPackets: Bool { Downstream.takesPackets }
    static var takesRecordings: Bool { Downstream.takesRecordings }

    mutating func took(_ header: PacketHeader, _ bytes: Span<UInt8>, _ place: PacketPlace?, of interfaces: [CaptureInterface]) {
        downstream.took(header, bytes, place, of: interfaces)
    }

    mutating func took(_ statistics: InterfaceStatistics, of interfaces: [CaptureInterface]) { downstream.took(statistics, of: interfaces) }

    mutating func finish(_ summary: Summary, failure: String?) {
        downstream.finish(summary, failure: failure)
        Output.remark(removed.remark)
    }
}

extension Session {
    /// The same, and the report sees no secrets when they are to be removed.
    static func show<Shown: Report & ~Copyable>(
        _ input: InputOptions, _ redaction: RedactionOptions, _ inspection: Inspector.Options, _ report: consuming Shown,
        remarks: (Summary) -> [String]
    ) throws {
        guard redaction.redact else { return try show(input, inspection, report, remarks: remarks) }
        try redaction.refuseWriting(input)
        var inspection = inspection
        // A part of a message cannot be searched.
        inspection.keptByteCount = .max
        try show(input, inspection, Redactor(report, names: redaction.names), remarks: remarks)
    }
}
