import ArgumentParser
import Bytes
import Filter
import System

@main
struct Wsray: ParsableCommand {
    static let version = "0.2.0"

    /// All have names of their own: to make up one out of that of a type takes the argument parser longer than to parse.
    static let commands: [any ParsableCommand.Type] = [
        Timeline.self, SummaryCommand.self, View.self, Dump.self, ReportCommand.self, DiffCommand.self, ReplayCommand.self, Cut.self,
        Extract.self,
        Check.self, Stats.self,
        Run.self, Keys.self,
        Interfaces.self,
        Explain.self, Fields.self, Schema.self,
    ]

    static let configuration = CommandConfiguration(
        commandName: "wsray",
        abstract: "See what WebSockets really do on the wire.",
        discussion: """
            Reads a capture (pcap, pcapng or snoop, compressed or not), reassembles the TCP streams, finds the WebSocket connections and \
            shows every frame: who sent it and when, its payload, and what is wrong with it.

            EXAMPLES:
              sudo wsray -i eth0                       live
              wsray capture.pcapng                     annotated timeline
              wsray summary capture.pcapng             each connection, worst first
              wsray capture.pcapng --connection 3      the timeline of one connection
              wsray view capture.pcapng                browse it in the terminal
              wsray dump capture.pcapng | jq .         JSON Lines, one line per frame
              wsray check capture.pcapng               findings; status 1 on a violation
              wsray report -o r.html capture.pcapng    a page for any browser
              wsray diff before.pcap after.pcap        what a proxy changed
              wsray replay golden.pcapng --to ws://localhost:8080/
                                                       the same conversation again
              wsray stats capture.pcapng               bytes, round trips, polling
              sudo wsray run -- python3 client.py      a command's traffic, decrypted
              wsray keys keys.log capture.pcapng       which TLS connections keys open
              wsray --ssh host -f 'port 80'

            On a terminal, long output goes through PAGER (less); --no-pager prevents that. Defaults, such as --time local, \
            can be kept in ~/.config/wsray/config; --no-config ignores it.

            EXIT STATUS: 0 done, 1 check, diff, replay or keys found something, 2 the input could not be read to its end, 3 check found no \
            WebSocket connection, 64 usage, 66 no such file, 77 no permission.
            """,
        version: version,
        subcommands: commands,
        defaultSubcommand: Timeline.self)
}

extension Wsray {
    /// The arguments name no command, but what to show.
    nonisolated(unsafe) private(set) static var isPlain = false

    static func main() {
        if SocketOwnerHelper.runIfAsked(Array(CommandLine.arguments.dropFirst())) { return }
        var arguments = commandFirst(Array(CommandLine.arguments.dropFirst()))
        if asksForVersion(arguments) { return print(version) }
        do {
            arguments = try Configuration.applied(to: arguments)
            try refuseMistakes(in: arguments)
            if arguments.isEmpty { return leaveWithExamples() }
            var command = try command(of: arguments) ?? parseAsRoot(arguments)
            try command.run()
            Pager.finish()
        } catch {
            Pager.finish()
            leave(error, arguments)
        }
    }

    /// With or without a command before it.
    private static func asksForVersion(_ arguments: [String]) -> Bool {
        guard let word = arguments.last, word == "--version" || word == "-V" else { return false }
        return arguments.count == 1 || arguments.count == 2 && commandNames.contains(arguments[0])
    }

    /// The command that the arguments ask for, where it can be parsed by itself, in half the time that the tree of all commands takes.
    ///
    /// For all else the tree is asked: help, scripts for completion, and errors, which thus say the same as ever.
    private static func command(of arguments: [String]) -> (any ParsableCommand)? {
        guard let first = arguments.first, first != "help" else { return nil }
        let named = commands.first { $0.configuration.commandName == first }
        let type = named ?? Timeline.self
        unsafe isPlain = named == nil
        guard let command = try? type.parseAsRoot(named == nil ? arguments : Array(arguments.dropFirst())) else { return nil }
        return Swift.type(of: command) == type ? command : nil
    }

    /// Puts a command before the options of how things look: `wsray --no-pager timeline FILE`.
    private static func commandFirst(_ arguments: [String]) -> [String] {
        var index = 0
        while index < arguments.count {
            switch arguments[index] {
            case "--no-pager", "--no-config", "--ascii": index += 1
            case "--color": index += 2
            case let option where option.hasPrefix("--color="): index += 1
            case let word where index > 0 && commandNames.contains(word):
                return [word] + arguments[..<index] + arguments[(index + 1)...]
            default: return arguments
            }
        }
        return arguments
    }

    // MARK: Mistakes

    static var commandNames: [String] { commands.compactMap { $0.configuration.commandName } + ["help"] }

    /// Refuses words that can only be meant for commands and are none, before anything is read.
    private static func refuseMistakes(in arguments: [String]) throws {
        guard let first = arguments.first else { return }
        if first == "help", arguments.count > 1, !commandNames.contains(arguments[1]), !arguments[1].hasPrefix("-") {
            throw noCommand(arguments[1])
        }
        guard !commandNames.contains(first), first.allSatisfy({ $0.isLetter || $0 == "-" }), first.first != "-",
            HeldFiles.status(of: first) == nil, Suggestion.nearest(to: first, among: commandNames) != nil
        else { return }
        throw noCommand(first)
    }

    private static func noCommand(_ word: String) -> ValidationError {
        let near = Suggestion.nearest(to: word, among: commandNames).map { " Did you mean \($0)?" }
        return ValidationError("There is no command \(word).\(near ?? " wsray --help lists all commands.")")
    }

    /// What a first look wants: how to call it.
    private static func leaveWithExamples() {
        let lines = configuration.discussion.split(separator: "\n", omittingEmptySubsequences: false)
        let examples = lines.drop { $0 != "EXAMPLES:" }.dropFirst().prefix { !$0.isEmpty }
        var text = ByteBuffer()
        text.append("Name a capture file, an interface or a command:\n\n")
        for line in examples { text.append(string: line + "\n") }
        text.append("\nwsray --help lists all commands, wsray help COMMAND its options.\n")
        Output.remarkDirectly(&text)
        exit(withError: ExitCode(64))
    }
}
