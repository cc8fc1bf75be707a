import ArgumentParser
import Capture
import Filter
import Inspection

struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command and show its WebSocket traffic, encrypted or not.",
        discussion: """
            The command runs with SSLKEYLOGFILE set to a private file, and with --tls-keylog in NODE_OPTIONS; its TLS connections are \
            decrypted with the keys it writes there, and the file is wiped at the end. Only connections of the command and of the \
            processes it starts are shown. Capturing requires permission: with sudo, the command still runs as you, in your environment.

            wsray writes to standard output, so the command's own output goes to standard error. With -o FILE, wsray writes to FILE \
            and the command's output is left alone.

            The exit status is the command's: 128 plus the signal's number if it was killed, 127 if there is no such command, 126 if \
            it cannot be run.

            EXAMPLES:
              sudo wsray run -- python3 client.py
              sudo wsray run --format jsonl -- node client.js \\
                | jq 'select(.type == "frame")'
              sudo wsray run -w talk.pcapng -- chromium https://example.com
              sudo wsray run -o talk.txt -- ./interactive-client
            """)

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("The command and its arguments.", valueName: "command"))
    var words: [String] = []

    @Option(
        name: [.customShort("i"), .customLong("interface")],
        help: ArgumentHelp("Capture on this interface; may be repeated (default: all of them).", valueName: "iface"))
    var interfaces: [String] = []

    @Option(help: ArgumentHelp("text, which is the timeline, or what dump writes: jsonl, json, csv, har.", valueName: "format"))
    var format = Dump.Format.text

    @Flag(help: "With jsonl, json and csv: one line per message instead of one per frame.")
    var messages = false

    @Option(
        help: ArgumentHelp(
            "Payloads as a preview, in full (pretty: JSON indented), or not at all (default: as for timeline and dump).", valueName: "mode")
    )
    var payload: RunPayload?

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("Write to this file, and leave the command's standard output alone.", valueName: "file"),
        completion: .file())
    var output: String?

    @Option(
        name: [.customShort("w"), .customLong("write")],
        help: ArgumentHelp("Write the command's packets, and the secrets that decrypt them, to this pcapng file.", valueName: "file"),
        completion: .file(extensions: ["pcapng"]))
    var write: String?

    @Option(
        name: .customLong("keys"), parsing: .singleValue,
        help: ArgumentHelp("Also decrypt with this key log; may be repeated.", valueName: "file"))
    var keys: [String] = []

    @Flag(name: .customLong("no-sandbox"), help: ArgumentHelp(noSandboxHelp))
    var noSandbox = false

    @OptionGroup var selection: SelectionOptions
    @OptionGroup var redaction: RedactionOptions
    @OptionGroup(title: "Decoding") var decoding: DecodingOptions
    @OptionGroup var look: LookOptions
    @OptionGroup(visibility: .hidden) var paging: PagerOptions

    /// The command without the `--` before it.
    var command: [String] { words.first == "--" ? Array(words.dropFirst()) : words }

    /// What the command is called in remarks.
    var name: String { command[0].split(separator: "/").last.map(String.init) ?? command[0] }

    mutating func validate() throws {
        if let first = words.first, first != "--", first.hasPrefix("-") {
            if first == "--help" || first == "-h" { throw CleanExit.helpRequest(self) }
            throw ValidationError("Unknown option '\(first)'")
        }
        if command.isEmpty { throw ValidationError("Name a command to run: wsray run -- python3 client.py") }
        if command[0].isEmpty { throw ValidationError("The command's name is empty.") }
        if let condition = try selection.condition(), let field = condition.fieldOfEnding {
            throw ValidationError(
                "--where: \(field) is known when a connection has ended. Write a file first: wsray run -w FILE …, "
                    + "then wsray FILE --where '\(selection.expression ?? "")'")
        }
        if redaction.redact, write != nil {
            throw ValidationError("-w writes packets as they are, with their secrets. Capture first, then share: wsray cut --redact.")
        }
        if messages, format == .text || format == .har { throw ValidationError("--messages goes with jsonl, json and csv.") }
        if payload == .preview || payload == .pretty, format != .text {
            throw ValidationError("--payload preview and pretty go with the timeline.")
        }
        if write == "-" || output == "-" { throw ValidationError("-w and -o write to files.") }
        #if !os(Linux)
            if interfaces.isEmpty { throw ValidationError("Name an interface to capture on: -i lo0, -i en0; wsray interfaces lists them.") }
        #endif
        if interfaces.contains("") { throw ValidationError("-i needs an interface; wsray interfaces lists them.") }
        if Set(interfaces).count < interfaces.count { throw ValidationError("An interface can be named only once.") }
    }

    func run() throws {
        let scene = try orExit { () throws(CaptureError) in try RunScene(self) }
        try scene.play(self)
    }
}
