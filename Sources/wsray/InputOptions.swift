import ArgumentParser
import Inspection
import System

/// A command that reads packets.
///
/// Its options are groups side by side: a group inside a group makes a debug build, in which the argument parser checks
/// every group whenever it meets it, take three times as long to start.
protocol PacketCommand: ParsableCommand {
    var source: SourceOptions { get set }
    var counting: CountOptions { get }
    var live: LiveOptions { get }
    var selection: SelectionOptions { get }
}

extension PacketCommand {
    /// Of what is set the files are taken over, which are all that a command changes.
    var input: InputOptions {
        get { InputOptions(source, counting, live, selection) }
        set { source.files = newValue.files }
    }
}

/// What a command that reads packets was told about them.
struct InputOptions {
    var files: [String]
    /// Where the capture comes from over TCP.
    let server: ServerAddress?
    /// What is captured on another machine.
    let remote: RemoteOptions?
    let filter: String?
    let count: UInt64?
    let threads: Int
    let limits: Limits
    let memoryByteCount: Int
    let live: LiveOptions
    var selection: SelectionOptions
    let keys: KeyFiles
    /// Nothing is kept that reading does not need (`confine`).
    let isConfined: Bool
    /// Files and directories that are written, besides what live capture writes.
    var outputs: [String] = []
    /// Output of several files waits in a file without a name.
    var isSideBySide = false
    /// What decodes messages, to be started before programs can no longer be.
    var program: DecodingProgram?

    init(_ source: SourceOptions, _ counting: CountOptions, _ live: LiveOptions, _ selection: SelectionOptions) {
        files = source.files
        server = source.connect.flatMap { ServerAddress($0) }
        remote = RemoteOptions(source, live)
        // Its packets are selected there.
        filter = remote == nil ? source.filter : nil
        count = counting.count
        threads = source.threads ?? Processors.count
        limits = source.limits
        memoryByteCount = source.memoryByteCount
        self.live = remote == nil ? live : live.withoutInterfaces
        self.selection = selection
        keys = KeyFiles(logs: source.keys, privateKeys: source.rsaKeys)
        isConfined = !source.noSandbox
    }

    /// Refuses what does not go together.
    func validate() throws {
        // Where another machine captures, that says which options are for this one.
        if let remote { try remote.validate() } else { try live.requireInterfaces() }
        if files.isEmpty, live.interfaces.isEmpty {
            throw ValidationError("Name a capture file, - for standard input, or an interface: wsray capture.pcapng, wsray -i eth0")
        }
        if let file = files.first, !live.interfaces.isEmpty {
            throw ValidationError("Either files or interfaces: \(file) is a file to read; -w FILE writes one.")
        }
    }
}

/// Where to stop.
struct CountOptions: ParsableArguments {
    @Option(name: [.short, .customLong("count")], help: ArgumentHelp("Stop after this many frames.", valueName: "n"))
    var count: UInt64?

    mutating func validate() throws {
        if count == 0 { throw ValidationError("--count must be at least 1.") }
    }
}

/// Files, and how they are read.
struct SourceOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Capture files, read one after another; - is standard input.", valueName: "file"),
        completion: .file(extensions: ["pcap", "pcapng", "cap", "gz"]))
    var files: [String] = []

    @Option(
        name: .customShort("r"), parsing: .singleValue,
        help: ArgumentHelp("Read this capture file, as for tcpdump: the same as naming it.", valueName: "file"),
        completion: .file(extensions: ["pcap", "pcapng", "cap", "gz"]))
    var alsoFiles: [String] = []

    @Option(
        help: ArgumentHelp(
            "Read a capture that a server sends over TCP (PCAP-over-IP), as netcat and PolarProxy do.", valueName: "host:port"))
    var connect: String?

    @Option(
        help: ArgumentHelp(
            "Capture on another machine: ssh runs tcpdump there, on all interfaces or the one of -i.", valueName: "[user@]host"))
    var ssh: String?

    @Flag(name: .customLong("ssh-sudo"), help: "Run that tcpdump by sudo, which must not ask for a password.")
    var sshSudo = false

    @Option(
        name: [.short, .customLong("filter")],
        help: ArgumentHelp("Look only at packets that match, written as for tcpdump.", valueName: "bpf"))
    var filter: String?

    @Option(
        help: ArgumentHelp(
            "Number of threads; 1 disables parallel reading and reporting (default: 2 on multiprocessor machines).", valueName: "n"))
    var threads: Int?

    @Option(
        name: .customLong("keys"), parsing: .singleValue,
        help: ArgumentHelp(
            "Decrypt TLS with this key log, as programs write it to SSLKEYLOGFILE; may be repeated.", valueName: "file"))
    var keys: [String] = []

    @Option(
        name: .customLong("rsa-key"), parsing: .singleValue,
        help: ArgumentHelp("The server's private key (PEM), which decrypts TLS 1.2 and older with RSA key exchange.", valueName: "file"))
    var rsaKeys: [String] = []

    @Flag(name: .customLong("no-sandbox"), help: ArgumentHelp(noSandboxHelp))
    var noSandbox = false

    @Option(
        name: .customLong("limit-message"),
        help: ArgumentHelp("Bytes of a message to keep; the rest is checked and counted (default: 16M).", valueName: "size"))
    var limitMessage: ByteSize?

    @Option(name: .customLong("limit-head"), help: ArgumentHelp("Bytes of an HTTP head (default: 64K).", valueName: "size"))
    var limitHead: ByteSize?

    @Option(
        name: .customLong("limit-body"),
        help: ArgumentHelp("Bytes to keep of the body of a refused upgrade (default: 4K).", valueName: "size"))
    var limitBody: ByteSize?

    @Option(
        name: .customLong("limit-reorder"),
        help: ArgumentHelp("Out-of-order bytes buffered after a gap, per direction (default: 1M).", valueName: "size"))
    var limitReorder: ByteSize?

    @Option(
        name: .customLong("limit-connections"),
        help: ArgumentHelp("TCP connections followed at a time (default: 65536).", valueName: "n"))
    var limitConnections: Int?

    @Option(
        help: ArgumentHelp(
            "Total memory budget; limits not set explicitly are derived from it (default: 512M).", valueName: "size"))
    var memory: ByteSize?

    @Option(
        name: .customLong("limit-memory"),
        help: ArgumentHelp("Bytes buffered in all connections together (default: half of --memory).", valueName: "size"))
    var limitMemory: ByteSize?

    mutating func validate() throws {
        files += alsoFiles
        alsoFiles = []
        if connect != nil, ssh != nil { throw ValidationError("Either --connect or --ssh: each says where packets come from.") }
        if sshSudo, ssh == nil { throw ValidationError("--ssh-sudo is for --ssh.") }
        if let connect {
            guard files.isEmpty else { throw ValidationError("Either files or --connect: \(files[0]) is a file to read.") }
            guard ServerAddress(connect) != nil else {
                throw ValidationError("--connect needs a host and a port: localhost:57012, or [::1]:57012")
            }
            // It is read in place of standard input.
            files = ["-"]
        } else if let ssh {
            guard files.isEmpty else { throw ValidationError("Either files or --ssh: \(files[0]) is a file to read.") }
            guard !ssh.isEmpty, !ssh.hasPrefix("-") else { throw ValidationError("--ssh needs a host, as ssh takes it.") }
            files = ["-"]
        } else if files.contains("-"), Output.isInputTerminal {
            throw ValidationError("Standard input is a terminal. Pipe a capture into it: tcpdump -U -w - port 80 | wsray -")
        }
        if files.filter({ $0 == "-" }).count > 1 { throw ValidationError("Standard input can be read only once.") }
        if let limitConnections, limitConnections < 1 { throw ValidationError("--limit-connections must be at least 1.") }
        if let threads, threads < 1 { throw ValidationError("--threads must be at least 1.") }
        if let memory, memory.bytes < 16 << 20 { throw ValidationError("--memory must be at least 16M.") }
    }

    /// The memory for one reading: files side by side share what there is.
    var memoryByteCount: Int { (memory?.bytes ?? 512 << 20) / (FileJob.current?.threadCount ?? 1) }

    var limits: Limits {
        var limits = Limits(memoryByteCount: memoryByteCount)
        if let limitMessage { limits.messageByteCount = limitMessage.bytes }
        if let limitHead { limits.headByteCount = limitHead.bytes }
        if let limitBody { limits.refusalByteCount = limitBody.bytes }
        if let limitReorder { limits.heldByteCount = limitReorder.bytes }
        if let limitConnections { limits.connectionCount = limitConnections }
        if let limitMemory { limits.totalByteCount = limitMemory.bytes }
        return limits
    }
}

/// A number of bytes, as `4096`, `64K`, `16M` or `1G` (powers of 1024).
struct ByteSize: ExpressibleByArgument {
    var bytes: Int

    init?(argument: String) {
        var digits = argument[...]
        var factor = 1
        switch digits.last {
        case "k", "K": factor = 1 << 10
        case "m", "M": factor = 1 << 20
        case "g", "G": factor = 1 << 30
        default: break
        }
        if factor > 1 { digits = digits.dropLast() }
        guard let number = Int(digits), number >= 0 else { return nil }
        let (bytes, overflowed) = number.multipliedReportingOverflow(by: factor)
        guard !overflowed else { return nil }
        self.bytes = bytes
    }
}
