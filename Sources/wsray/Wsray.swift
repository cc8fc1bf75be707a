import ArgumentParser

@main
struct Wsray: ParsableCommand {
    static let version = "0.1.0"

    /// All have names of their own: to make up one out of that of a type takes the argument parser longer than to parse.
    private static let commands: [any ParsableCommand.Type] = [
        Timeline.self, SummaryCommand.self, View.self, Dump.self, Cut.self, Extract.self, Check.self, Stats.self, Run.self, Keys.self,
        Interfaces.self,
        Explain.self, Fields.self, Schema.self,
    ]

    static let configuration = CommandConfiguration(
        commandName: "wsray",
        abstract: "See what WebSockets really do on the wire.",
        discussion: """
            Reads a capture (pcap or pcapng, gzip or not), puts the TCP streams together, finds the WebSocket connections and \
            shows every frame: who sent it and when, what it carries, and what is wrong with it.

            EXAMPLES:
              sudo wsray -i eth0                       live
              wsray capture.pcapng                     annotated timeline
              wsray summary capture.pcapng             what became of each connection, the worst first
              wsray capture.pcapng --connection 3      of one connection
              wsray view capture.pcapng                look through it in the terminal
              wsray dump capture.pcapng | jq .         JSON Lines, one line per frame
              wsray check capture.pcapng               findings; status 1 on a violation
              wsray stats capture.pcapng               bytes, round trips, polling
              sudo wsray run -- python3 client.py      what a command says, decrypted
              wsray keys keys.log capture.pcapng       which TLS connections keys open
              ssh host tcpdump -U -w - port 80 | wsray -

            EXIT STATUS: 0 done, 1 check or keys found something, 2 the input could not be read to its end, 64 usage, \
            66 no such file, 77 no permission.
            """,
        version: version,
        subcommands: commands,
        defaultSubcommand: Timeline.self)
}

extension Wsray {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments == ["--version"] { return print(version) }
        guard var command = command(of: arguments) else { return main(nil) }
        do { try command.run() } catch { exit(withError: error) }
    }

    /// The command that the arguments ask for, where it can be parsed by itself, in half the time that the tree of all commands takes.
    ///
    /// For all else the tree is asked: help, scripts for completion, and errors, which thus say the same as ever.
    private static func command(of arguments: [String]) -> (any ParsableCommand)? {
        guard let first = arguments.first, first != "help" else { return nil }
        let named = commands.first { $0.configuration.commandName == first }
        let type = named ?? Timeline.self
        guard let command = try? type.parseAsRoot(named == nil ? arguments : Array(arguments.dropFirst())) else { return nil }
        return Swift.type(of: command) == type ? command : nil
    }
}
