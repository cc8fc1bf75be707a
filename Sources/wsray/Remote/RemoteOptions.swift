import ArgumentParser
import Bytes
import Capture
import Text

/// What is to be captured on another machine, and how ssh is asked for it.
struct RemoteOptions: Sendable {
    /// As ssh takes it: `host`, `user@host`, a name of its configuration, or `ssh://user@host:port`.
    let destination: String
    let interface: String
    let filter: String?
    let snapLength: Int
    /// Bytes of the kernel's buffer; nil for what tcpdump takes.
    let bufferByteCount: Int?
    let isPromiscuous: Bool
    let usesSudo: Bool

    /// What of the other options it cannot do.
    private let refused: String?

    /// Nil where no other machine is named.
    init?(_ source: SourceOptions, _ live: LiveOptions) {
        guard let ssh = source.ssh else { return nil }
        destination = ssh
        interface = live.interfaces.first ?? "any"
        filter = source.filter
        snapLength = live.snaplen?.bytes ?? 262_144
        bufferByteCount = live.buffer?.bytes
        isPromiscuous = live.promiscuous
        usesSudo = source.sshSudo
        let local: [(String, Bool)] = [
            ("--netns", live.netns != nil), ("--container", live.container != nil), ("--write", live.write != nil),
            ("--ws-only", live.webSocketOnly), ("--rotate", live.rotate != nil), ("--keep", live.keep != nil),
            ("--duration", live.duration != nil), ("--idle-exit", live.idleExit != nil),
        ]
        if let (name, _) = local.first(where: \.1) {
            refused = "\(name) is for a capture on this machine, and not for --ssh."
        } else {
            refused = live.interfaces.count > 1 ? "--ssh captures on one interface, or on all of them: leave out -i." : nil
        }
    }

    /// Refuses what does not go together.
    func validate() throws {
        if let refused { throw ValidationError(refused) }
    }

    /// As messages call it.
    var title: String { "\(interface) on \(destination)" }

    /// Neither a terminal nor what the configuration forwards is wanted there.
    var command: [String] { ["ssh", "-T", "-o", "ClearAllForwardings=yes", "--", destination, remoteCommand] }

    // MARK: What is run there

    /// For whatever shell the user has there.
    var remoteCommand: String { "sh -c \(Self.quoted(script))" }

    /// The script that becomes tcpdump.
    ///
    /// Its own connection is left out: each packet of it would make another. When its input ends, since ssh has, tcpdump is ended too;
    /// otherwise it would notice with the next packet only.
    private var script: String {
        var lines = [
            "PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin",
            "set -- $SSH_CONNECTION",
            #"own="not (tcp and host ${1%%%*} and port $2 and host ${3%%%*} and port $4)""#,
            #"[ -n "$4" ] || own="not tcp port 22""#,
            "command -v tcpdump > /dev/null || { echo tcpdump: not found >&2; exit 127; }",
            "case $(tcpdump --help 2>&1) in *immediate-mode*) now=--immediate-mode ;; *) now= ;; esac",
            // What runs in the background would have no input of its own.
            "exec 3<&0",
            "{ cat <&3; kill $$\(usesSudo ? " || sudo -n kill $$" : ""); } > /dev/null 2>&1 &",
        ]
        let selection = filter.map { " and (\($0))" } ?? ""
        let words = ["-i", Self.quoted(interface), "-s", "\(snapLength)"] + (bufferByteCount.map { ["-B", "\(max(1, $0 >> 10))"] } ?? [])
        let sudo = usesSudo ? "sudo -n " : ""
        lines.append(
            "exec \(sudo)tcpdump $now -n -U -w - \(isPromiscuous ? "" : "-p ")\(words.joined(separator: " ")) "
                + "\"$own\"\(selection.isEmpty ? "" : Self.quoted(selection)) < /dev/null 3<&-")
        return lines.joined(separator: "\n")
    }

    /// One word of a shell's line.
    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }

    // MARK: What it answers

    /// Bytes of a line that are kept.
    static let lineLimit = 1_000

    /// A line of standard error as it is shown; nil for what tcpdump says of any capture.
    static func remark(_ line: [UInt8]) -> String? {
        var buffer = ByteBuffer()
        var safe = SafeText()
        _ = safe.append(line.span, to: &buffer)
        let text = String(decoding: buffer.span.copied(), as: UTF8.self)
        if text.isEmpty { return nil }
        let usual = [
            "listening on ", "verbose output suppressed", "data link type ", "dropped privs to ", " packets captured", " packet captured",
            " received by filter",
        ]
        if text.hasPrefix("0 packets dropped by ") || usual.contains(where: { text.contains($0) }) { return nil }
        return text
    }

    /// `ssh ended with status 255`.
    static func end(_ status: Int32?) -> String {
        switch status {
        case nil: "ssh has ended"
        case 255?: "ssh ended with status 255: it lost the connection, or never had one"
        case let status?: "ssh ended with status \(status)"
        }
    }

    /// Why no packet came, and what to do.
    /// - Parameter said: the lines of standard error, which were shown already.
    func refusal(_ said: [String], status: Int32?) -> CaptureError {
        func says(_ words: String...) -> Bool { said.contains { line in words.contains { line.contains($0) } } }
        let (kind, advice): (CaptureError.Kind, String)
        if says("sudo: not found", "sudo: command not found") {
            (kind, advice) = (.unreadable, "there is no sudo on it; root@\(host) does without")
        } else if says("tcpdump: not found", "tcpdump: command not found") {
            (kind, advice) = (.unreadable, "there is no tcpdump on it; install it there, for example with apt-get install tcpdump")
        } else if says("sudo: a password is required", "sudo: a terminal is required", "sudo: no tty") {
            (kind, advice) = (
                .noPermission,
                "sudo asks for a password there; allow it without: USER ALL=(root) NOPASSWD: /usr/bin/tcpdump, or capture as root"
            )
        } else if says("not in the sudoers file", "not allowed to execute") {
            (kind, advice) = (.noPermission, "this user may not run tcpdump by sudo there")
        } else if says("You don't have permission", "Operation not permitted", "socket: Permission denied", "CAP_NET_RAW") {
            (kind, advice) = (
                .noPermission,
                "this user may not capture there; try --ssh-sudo, or root@\(host), or grant it permanently there: "
                    + "sudo setcap cap_net_raw+ep $(command -v tcpdump)"
            )
        } else if says("No such device", "There is no device", "SIOCETHTOOL", "SIOCGIFHWADDR") {
            (kind, advice) = (.noInput, "there is no such interface on it; ssh \(destination) tcpdump -D lists them")
        } else if says("syntax error", "can't parse filter expression") {
            (kind, advice) = (.badFilter, "its tcpdump does not take the filter")
        } else if says(
            "Host key verification failed", "Permission denied (", "Could not resolve", "Connection refused", "timed out", "No route")
        {
            (kind, advice) = (.unreadable, "ssh cannot log in; `ssh \(destination)` has to work first")
        } else {
            (kind, advice) = (.unreadable, Self.end(status))
        }
        return CaptureError(kind, "\(title): \(advice)")
    }

    /// The destination without what does not belong to the host's name.
    private var host: String {
        let name = destination.hasPrefix("ssh://") ? destination.dropFirst(6) : destination[...]
        return String(name.split(separator: "@").last ?? name)
    }
}
