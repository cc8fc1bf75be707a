import ArgumentParser
import Capture
import System

/// What a capture on interfaces takes.
struct LiveOptions: ParsableArguments {
    @Option(
        name: [.customShort("i"), .customLong("interface")],
        help: ArgumentHelp("Capture on this interface (any: on all); may be repeated.", valueName: "iface"),
        completion: .shellCommand("wsray interfaces --names 2>/dev/null"))
    var interfaces: [String] = []

    @Option(
        help: ArgumentHelp(
            "Capture in this network namespace: its name, or the number of a process in it (interface: any, if -i is not given).",
            valueName: "name|pid"),
        completion: .shellCommand("ip netns list 2>/dev/null | cut -d ' ' -f 1"))
    var netns: String?

    @Option(
        help: ArgumentHelp("Capture in the network namespace of this container (docker, podman, nerdctl).", valueName: "name"),
        completion: .shellCommand("docker ps --format '{{.Names}}' 2>/dev/null"))
    var container: String?

    @Option(
        name: [.customShort("w"), .customLong("write")],
        help: ArgumentHelp("Also write the captured packets to this pcapng file.", valueName: "file"),
        completion: .file(extensions: ["pcapng"]))
    var write: String?

    @Flag(name: .customLong("ws-only"), help: "Write only packets of WebSocket connections, handshakes included.")
    var webSocketOnly = false

    @Option(
        help: ArgumentHelp("Begin a new file after this many bytes (100M) or this much time (15m, 1h).", valueName: "size|time"))
    var rotate: Rotation?

    @Option(help: ArgumentHelp("Keep only the newest N files.", valueName: "n"))
    var keep: Int?

    @Option(help: ArgumentHelp("Stop after this time: 30s, 15m, 1h.", valueName: "time"))
    var duration: TimeSpan?

    @Option(
        name: .customLong("idle-exit"),
        help: ArgumentHelp("Stop when no frame has arrived for this time.", valueName: "time"))
    var idleExit: TimeSpan?

    @Option(help: ArgumentHelp("Size of the kernel's buffer, and of wsray's own (default: 64M).", valueName: "size"))
    var buffer: ByteSize?

    @Option(help: ArgumentHelp("Bytes captured of each packet (default: 262144).", valueName: "size"))
    var snaplen: ByteSize?

    @Flag(help: "Also capture packets for other hosts.")
    var promiscuous = false

    @Option(help: ArgumentHelp("User to become once the input is open (default: the user who called sudo).", valueName: "name"))
    var user: String?

    mutating func validate() throws {
        if let user, UserIdentity(named: user) == nil { throw ValidationError("There is no user \(user).") }
        if netns != nil, container != nil { throw ValidationError("Either --netns or --container: each says whose interfaces are meant.") }
        if netns == "" || container == "" { throw ValidationError("--netns and --container need a name.") }
        if interfaces.isEmpty, namespace != nil { interfaces = ["any"] }
        if !interfaces.isEmpty, write == nil {
            let given: [(String, Bool)] = [("--ws-only", webSocketOnly), ("--rotate", rotate != nil), ("--keep", keep != nil)]
            if let (name, _) = given.first(where: \.1) { throw ValidationError("\(name) is about the file that -w writes.") }
        }
        if write == "-" { throw ValidationError("-w writes to a file; for a pipe use tcpdump -U -w -.") }
        if let keep, keep < 1 { throw ValidationError("--keep must be at least 1.") }
        if let buffer, !(65_536...(1 << 30)).contains(buffer.bytes) { throw ValidationError("--buffer must be between 64K and 1G.") }
        if let snaplen, !(64...262_144).contains(snaplen.bytes) { throw ValidationError("--snaplen must be between 64 and 262144.") }
        if case .size(let size) = rotate, size < 4_096 { throw ValidationError("--rotate must be at least 4K.") }
        if interfaces.contains("") { throw ValidationError("-i needs an interface; wsray interfaces lists them.") }
        if Set(interfaces).count < interfaces.count { throw ValidationError("An interface can be named only once.") }
    }

    /// Refuses what is about interfaces where none is named.
    func requireInterfaces() throws {
        guard interfaces.isEmpty else { return }
        let given: [(String, Bool)] = [
            ("--write", write != nil), ("--ws-only", webSocketOnly), ("--rotate", rotate != nil), ("--keep", keep != nil),
            ("--duration", duration != nil), ("--idle-exit", idleExit != nil), ("--buffer", buffer != nil),
            ("--snaplen", snaplen != nil), ("--promiscuous", promiscuous),
        ]
        guard let (name, _) = given.first(where: \.1) else { return }
        throw ValidationError("\(name) is for a live capture: name an interface with -i.")
    }

    /// The same where its interfaces are those of another machine.
    var withoutInterfaces: LiveOptions {
        var rest = self
        rest.interfaces = []
        return rest
    }

    /// Whose interfaces they are; nil for those of this process.
    var namespace: NamespaceChoice? { NamespaceChoice(netns: netns, container: container) }

    /// The interfaces as a person reads them.
    var title: String { interfaces.joined(separator: ", ") + (namespace.map { " in \($0.title)" } ?? "") }

    /// - Parameter filter: the expression, checked already.
    func capture(filter: String?) -> LiveCapture.Options {
        var options = LiveCapture.Options()
        if let buffer { options.bufferByteCount = buffer.bytes }
        if let snaplen { options.snapLength = snaplen.bytes }
        options.isPromiscuous = promiscuous
        options.filter = filter
        return options
    }

    /// The file to write, if one is.
    var file: CaptureFile.Options? {
        guard let write else { return nil }
        var options = CaptureFile.Options(path: write)
        switch rotate {
        case .size(let count): options.rotationByteCount = UInt64(count)
        case .time(let nanoseconds): options.rotationNanoseconds = nanoseconds
        case nil: break
        }
        options.keptFileCount = keep
        options.application = "wsray \(Wsray.version)"
        return options
    }
}

/// A time, as `500ms`, `30` or `30s`, `15m`, `1h` or `7d`.
struct TimeSpan: ExpressibleByArgument {
    var nanoseconds: Int64

    init?(argument: String) {
        let units: [(String, Int64)] = [("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000)]
        let all = units + [("d", 86_400_000_000_000), ("", 1_000_000_000)]
        guard let (unit, factor) = all.first(where: { argument.hasSuffix($0.0) }) else { return nil }
        guard let number = Int64(argument.dropLast(unit.count)), number > 0 else { return nil }
        let (nanoseconds, overflowed) = number.multipliedReportingOverflow(by: factor)
        guard !overflowed else { return nil }
        self.nanoseconds = nanoseconds
    }
}

/// When the next file is begun: `100M` is a size, `15m` a time.
enum Rotation: ExpressibleByArgument {
    case size(Int)
    case time(Int64)

    init?(argument: String) {
        if let last = argument.last, "KMG".contains(last) || last.isNumber, let size = ByteSize(argument: argument) {
            self = .size(size.bytes)
        } else if let time = TimeSpan(argument: argument) {
            self = .time(time.nanoseconds)
        } else {
            return nil
        }
    }
}
