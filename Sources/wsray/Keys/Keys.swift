import ArgumentParser
import Bytes
import Capture
import Filter
import System

struct Keys: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Say what is in key logs, which TLS connections they open, and how to get them.",
        discussion: """
            Files are key logs, as programs write them to SSLKEYLOGFILE, and captures; their content tells them apart. \
            For a key log, and for the secrets in a pcapng file, it says for how many connections they suffice; for a capture, which \
            TLS connections they decrypt, which they do not and why, and what to do about it. Secrets are never shown.

            --how says how to get a key log from a program. --how alone lists the programs.

            The exit status is 0 if all TLS connections can be decrypted, and 1 if some cannot.

            EXAMPLES:
              wsray keys keys.log
              wsray keys keys.log capture.pcapng
              wsray keys --json keys.log capture.pcapng \\
                | jq 'select(.type == "tls" and .opened == false)'
              wsray keys --how python
            """)

    @Argument(
        help: ArgumentHelp("Key logs and captures; with --how, programs.", valueName: "file"), completion: .file())
    var files: [String] = []

    @Option(
        name: .customLong("keys"), parsing: .singleValue,
        help: ArgumentHelp("A key log, as for other commands; may be repeated.", valueName: "file"))
    var keys: [String] = []

    @Option(
        name: .customLong("rsa-key"), parsing: .singleValue,
        help: ArgumentHelp("The server's private key (PEM), for TLS 1.2 and older with RSA key exchange.", valueName: "file"))
    var rsaKeys: [String] = []

    @Flag(help: "Print how to get a key log from a program, or list the programs.")
    var how = false

    @Flag(help: "Write one JSON object per line.")
    var json = false

    @Flag(name: .customLong("no-sandbox"), help: ArgumentHelp(noSandboxHelp))
    var noSandbox = false

    mutating func validate() throws {
        if how {
            for name in files where KeyRecipe.named(name) == nil {
                let names = KeyRecipe.all.map(\.name).joined(separator: ", ")
                let near = Suggestion.nearest(to: name, among: KeyRecipe.all.map(\.name)).map { " Did you mean \($0)?" } ?? ""
                throw ValidationError("There is no recipe for \(name).\(near) There are recipes for \(names).")
            }
            return
        }
        if files.isEmpty, keys.isEmpty {
            throw ValidationError("Name a key log, a capture or both: wsray keys keys.log capture.pcapng; wsray keys --how lists recipes")
        }
        if files.contains("-") { throw ValidationError("Files are read more than once, so standard input does not do.") }
    }

    func run() throws {
        var output = ByteBuffer()
        if how {
            output.append(string: KeyRecipe.text(files))
            return try Output.write(output)
        }
        Interrupt.install()
        let examination = try orExit { () throws(CaptureError) in
            try InputOptions.giveUpRoot(reading: files + keys + rsaKeys)
            if !noSandbox {
                if UserIdentity.isRoot { HeldFiles.open(files + keys + rsaKeys) }
                Confinement.enter(Sandbox.Needs())
            }
            return try KeyExamination(files: files, keys: keys, rsaKeys: rsaKeys)
        }
        if json { examination.append(jsonTo: &output) } else { examination.append(textTo: &output) }
        try Output.write(output)
        if let failure = examination.failure {
            Output.remark(failure.message)
            throw ExitCode(failure.exitStatus)
        }
        if examination.unreadCount > 0 { throw ExitCode(1) }
    }
}
