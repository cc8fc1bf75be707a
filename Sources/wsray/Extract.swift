import ArgumentParser
import Capture
import Inspection
import Reports
import Text

struct Extract: PacketCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract",
        abstract: "Write the contents of messages to files, one for each.",
        discussion: """
            A file is named after the connection, the message's number, its sender and the type that its first bytes suggest: \
            c0001-m000012-client.json. No part of a name comes from the wire. index.jsonl has a line for each file. Fragments are \
            joined and compressed messages inflated. Pings, pongs and closes are left out; dump has them.

            EXAMPLES:
              wsray extract --to messages capture.pcapng
              wsray extract --to pngs --where 'bytes contains 0x89504e47' some.pcap
              wsray extract --to up --where 'from == client and opcode == binary' some.pcap
            """)

    @OptionGroup(title: "Input") var source: SourceOptions
    @OptionGroup(title: "Input") var counting: CountOptions
    @OptionGroup(title: "Live Capture") var live: LiveOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var redaction: RedactionOptions

    @Option(
        help: ArgumentHelp("Write files to this directory; it is created if missing.", valueName: "directory"),
        completion: .directory)
    var to: String

    @Flag(help: "Overwrite files that are there already.")
    var force = false

    @Option(name: .customLong("limit-files"), help: ArgumentHelp("The most files to write.", valueName: "n"))
    var limitFiles: Int = 100_000

    @Option(name: .customLong("limit-total"), help: ArgumentHelp("The most bytes to write (default: 4G).", valueName: "size"))
    var limitTotal: ByteSize?

    mutating func validate() throws {
        try input.validate()
        if limitFiles < 1 { throw ValidationError("--limit-files must be at least 1.") }
    }

    func run() throws {
        let directory = OutputDirectory(to, overwrites: force)
        // With interfaces, that is done as soon as they are open.
        if input.live.interfaces.isEmpty {
            try orExit { () throws(CaptureError) in try input.giveUpRoot() }
            do throws(OutputDirectory.Failure) { try directory.open() } catch {
                Output.remark(error.message)
                throw ExitCode(error.exitStatus)
            }
        }
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.keepsWireBytes = false
        let report = ExtractReport(directory, fileCount: limitFiles, byteCount: limitTotal?.bytes ?? 4 << 30)
        var confined = input
        confined.outputs = [to]
        try Session.show(confined, redaction, inspection, report) { $0.remarks }
        if let failure = directory.failure { throw ExitCode(failure.exitStatus) }
    }
}
