import ArgumentParser
import Bytes
import Filter

// What is said of a command line that was not understood: as the argument parser says it, with better hints.
extension Wsray {
    static func leave(_ error: any Error, _ arguments: [String]) -> Never {
        let code = exitCode(for: error)
        let text = fullMessage(for: error)
        guard code.rawValue == 64, !text.isEmpty else { exit(withError: error) }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines[0] = improved(lines[0], arguments)
        var output = ByteBuffer()
        output.append(string: lines.joined(separator: "\n") + "\n")
        Output.remarkDirectly(&output)
        exit(withError: code)
    }

    private static func improved(_ sentence: String, _ arguments: [String]) -> String {
        if sentence.hasPrefix("Error: Unknown option '") { return unknownOption(sentence, arguments) }
        guard sentence.hasPrefix("Error: The value '"), sentence.hasSuffix(">'"), let start = sentence.lastIndex(of: "<") else {
            return sentence
        }
        let noun = String(sentence[sentence.index(after: start)...].dropLast(2))
        return sentence + (expectation(of: noun, sentence).map { ": expected \($0)" } ?? "")
    }

    /// What a value has to be, by what it is called in the help.
    private static func expectation(of noun: String, _ sentence: String) -> String? {
        switch noun {
        case "time": "a number and a unit, such as 500ms, 30s, 15m, 1h or 1d"
        case "size": "a number of bytes, such as 4096, 64K, 16M or 1G"
        case "size|time": "a size, such as 100M, or a time, such as 15m"
        case "rule": "a rule, such as request.id == response.reqId"
        case "limit": "a limit, such as p99=500ms or max=2s"
        case "[address:]port": "a port, or an address and a port, such as 8080 or 0.0.0.0:8080"
        case "n" where sentence.contains("for '--jobs ") || sentence.contains("for '-j "): "a number of files, or auto"
        case "n", "columns": "a whole number"
        default: nil
        }
    }

    /// What is far from what was written is not what was meant, but another command may have it.
    private static func unknownOption(_ sentence: String, _ arguments: [String]) -> String {
        let parts = sentence.split(separator: "'", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[1].hasPrefix("--") else { return sentence }
        let name = String(parts[1])
        let bare = String(name.dropFirst(2))
        if parts.count > 3, Suggestion.nearest(to: bare, among: [String(parts[3].dropFirst(2))]) != nil { return sentence }
        let start = "Error: Unknown option '\(name)'."
        let isTimeline = arguments.first.map { $0 == "timeline" || !commandNames.contains($0) } ?? true
        if isTimeline, ["format", "json", "csv", "messages"].contains(bare) {
            return start + " wsray dump writes JSON Lines, JSON, CSV and HAR."
        }
        if let own = arguments.first, let other = spelling(of: bare, in: own) { return start + " wsray \(own) has \(other)." }
        let owners = ownerNames(of: name)
        guard !owners.isEmpty, owners.count < 6 else { return start }
        let list = owners.count == 1 ? owners[0] : owners.dropLast().joined(separator: ", ") + " and " + owners[owners.count - 1]
        return start + " wsray \(list) \(owners.count == 1 ? "has" : "have") it."
    }

    /// What a command has in place of an option that others have: some write one form besides text, and some write several.
    private static func spelling(of option: String, in command: String) -> String? {
        let owns = { ownerNames(of: $0).contains(command) }
        return switch option {
        case "json" where owns("--format"): "--format json"
        case "format" where owns("--json"): "--json"
        case "output" where owns("--to"): "--to"
        default: nil
        }
    }

    /// The commands that have an option.
    private static func ownerNames(of option: String) -> [String] {
        commands.filter { type in
            type.helpMessage().split(separator: "\n").contains { line in
                line.hasPrefix("  -") && line.split(whereSeparator: { $0 == " " || $0 == "," }).prefix(3).contains { $0 == option }
            }
        }.compactMap { $0.configuration.commandName }
    }
}
