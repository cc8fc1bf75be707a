import ArgumentParser
import Capture
import Cutting
import Decoding
import Filter
import Input
import Inspection
import System
import TLS
import Text

struct Cut: PacketCommand {
    static let configuration = CommandConfiguration(
        commandName: "cut",
        abstract: "Write the packets of the selected connections to a pcapng file.",
        discussion: """
            All packets of a TCP connection are written if anything in it is selected, so that the file shows the same frames. To decrypt \
            TLS in the file, give the key log again, or use --with-secrets. Findings become comments on packets. The input is read two to \
            four times; a pipe is first copied to a file in TMPDIR.

            EXAMPLES:
              wsray cut --connection 3 -o three.pcapng capture.pcapng
              wsray cut --where 'close.code == 1011' -o failed.pcapng mon.pcap tue.pcap
              wsray cut --redact -o to-share.pcapng capture.pcapng
              wsray cut --where 'url ~ "/chat"' capture.pcapng | wsray -
              wsray cut --keys keys.txt --with-secrets --connection 3 -o three.pcapng \\
                capture.pcapng
            """)

    @OptionGroup(title: "Input") var source: SourceOptions
    @OptionGroup(visibility: .hidden) var counting: CountOptions
    @OptionGroup(title: "Live Capture") var live: LiveOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var redaction: RedactionOptions

    @Option(
        name: [.short, .long], help: ArgumentHelp("Write to this file (default and -: standard output).", valueName: "file"),
        completion: .file(extensions: ["pcapng"]))
    var output: String?

    @Flag(
        help: """
            Write the TLS secrets of the selected connections only: whoever has the file can decrypt them. \
            Without this the file has none.
            """)
    var withSecrets = false

    @Flag(
        help: """
            Overwrite what other streams of HTTP/2 say on the same TCP connection: their payloads and the values of their header fields. \
            Without TLS only.
            """)
    var concealOthers = false

    @Option(
        name: .customLong("limit-spool"),
        help: ArgumentHelp("Bytes to copy of an input that can be read only once (default: 4G).", valueName: "size"))
    var limitSpool: ByteSize?

    @Option(
        name: .customLong("limit-plan"),
        help: ArgumentHelp(
            "With --redact or --conceal-others: memory for the list of what to overwrite (default: 256M).", valueName: "size"))
    var limitPlan: ByteSize?

    mutating func validate() throws {
        try input.validate()
        if !input.live.interfaces.isEmpty {
            throw ValidationError("cut reads a capture more than once. Write it to a file: wsray -i \(input.live.interfaces[0]) -w FILE")
        }
        if withSecrets, redaction.redact { throw ValidationError("Either --with-secrets or --redact.") }
        if limitPlan != nil, !redaction.redact, !concealOthers {
            throw ValidationError("--limit-plan goes with --redact or --conceal-others.")
        }
        if concealOthers, selection.isEverything {
            throw ValidationError("--conceal-others needs --connection or --where, which say what is not to be concealed.")
        }
        if input.count != nil { throw ValidationError("cut takes whole connections, which --count would break off.") }
        if output == "-" { output = nil }
        if output == nil, Output.isTerminal { throw ValidationError("pcapng is not for a terminal. Name a file with -o, or pipe it.") }
    }

    func run() throws {
        Interrupt.install()
        try orExit { () throws(CaptureError) in try input.giveUpRoot() }
        var reading = Reading(input)
        reading.input.outputs = output.map { [$0] } ?? []
        for (index, file) in input.files.enumerated() where InputCopy.isNeeded(for: file) {
            let copy = try orExit { () throws(CaptureError) in try InputCopy(of: file, limit: limitSpool?.bytes ?? 4 << 30) }
            if copy.isCut { Output.remark("\(InputFile.name(of: file)) is longer than --limit-spool: only its beginning is read") }
            reading.input.files[index] = copy.path
            reading.names[copy.path] = InputFile.name(of: file)
            reading.copies.append(copy)
        }
        let plan = try plan(for: try selected(by: reading), reading)
        try redirectOutput(besides: input.files)
        try write(PacketCutter(plan), reading)
    }

    /// An input as it is read several times.
    private struct Reading {
        var input: InputOptions
        var names: [String: String] = [:]
        var copies: [InputCopy] = []

        init(_ input: InputOptions) { self.input = input }

        func callAsFunction(_ inspection: Inspector.Options, _ report: inout some Report & ~Copyable, isLast: Bool = false) throws
            -> ExitCode
        {
            var session = try orExit { () throws(CaptureError) in try Session(input, inspection: inspection) }
            session.names = names
            session.makesRemarks = isLast
            let code = session.run(&report)
            // Where there is nothing to cut, no file is made.
            if !isLast, code != .success, !session.hasReadAnything {
                session.remarkOnFailure()
                throw code
            }
            return code
        }
    }

    // MARK: The readings

    /// Numbers of the connections that are wanted; nil for all.
    private func selected(by reading: Reading) throws -> Set<UInt64>? {
        guard selection.expression != nil, let condition = try selection.condition() else {
            return selection.connection.isEmpty ? nil : Set(selection.connection)
        }
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.keepsWireBytes = false
        inspection.keptByteCount = condition.keptByteCount
        inspection.reportsPolling = condition.asksAboutOperations
        var learning = DecodingSink(EndingsSink(condition), isDecoding: condition.asksForUnanswered, unansweredLimit: .max)
        if condition.asksAboutEndings { _ = try reading(inspection.forEndings(of: condition), &learning) }
        var selecting = DecodingSink(
            FilteringSink(SelectionReport(), condition, learning.downstream.endings), isDecoding: condition.asksAboutOperations)
        _ = try reading(inspection, &selecting)
        return selecting.downstream.inner.connections
    }

    private func plan(for connections: Set<UInt64>?, _ reading: Reading) throws -> CutPlan {
        var options = CutPlan.Options()
        options.connections = connections
        options.names = redaction.redact ? redaction.names : nil
        options.concealsOthers = concealOthers
        if let limitPlan { options.planByteCount = limitPlan.bytes }
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.locates = true
        inspection.keepsWireBytes = false
        inspection.keptByteCount = redaction.redact ? .max : concealOthers ? 125 : 0
        var plan = CutPlan(options)
        _ = try reading(inspection, &plan)
        return plan
    }

    private func write(_ cutter: consuming PacketCutter, _ reading: Reading) throws {
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.locates = true
        inspection.keepsWireBytes = false
        inspection.keptByteCount = 0
        // A condition may well have been put on what is to be hidden.
        let comment = redaction.redact ? nil : input.selection.expression.map { "--where \($0)" }
        let secrets = withSecrets ? reading.input.keys.store.keyLog(of: cutter.clientRandoms) : []
        var report = CutReport(cutter, selection: comment, secrets: secrets)
        let code = try reading(inspection, &report, isLast: true)
        let count = report.cutter.connections.count
        let packets = Quantity.counted(report.cutter.packetCount, "packet")
        for number in selection.connection where !report.cutter.connections.contains(number) {
            Output.remark("connection \(number) is not in the input, or not selected")
        }
        Output.remark("cut: \(Quantity.counted(UInt64(count), "connection")) in \(packets)")
        if let removed = report.cutter.removedText { Output.remark("redacted: \(removed)") }
        for remark in report.remarks { Output.remark(remark) }
        if code != .success { throw code }
    }

    // MARK: Output

    /// Lets standard output go to the file that was named; never to one that is read.
    private func redirectOutput(besides inputs: [String]) throws {
        guard let output else { return }
        try Output.refuse(output, readingFrom: inputs)
        try orExit { () throws(CaptureError) in
            let descriptor: Descriptor
            do throws(PathError) { descriptor = try OutputPath.createFile(output, .isEmptied) } catch {
                throw User.explaining(CaptureError(error))
            }
            guard Descriptor.standardOutput.become(descriptor) else { throw CaptureError(.unreadable, "no file descriptors left") }
            descriptor.close()
        }
    }
}
