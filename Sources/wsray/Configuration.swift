import ArgumentParser
import Reports
import Subprotocols
import System

/// Habits that are kept in a file: `NAME = VALUE`, a line each.
///
/// They stand in for options that are not given. `filter.NAME = EXPR` names an expression, which `--where @NAME` stands for.
struct Configuration {
    private var values: [String: String] = [:]
    private static let byteLimit = 64 << 10

    /// Options that may be kept, and the commands that have them.
    private static let options: [String: Set<String>] = [
        "time": ["timeline", "view"],
        "payload": ["timeline"],
        "pair": ["timeline", "dump", "stats", "check", "run"],
        "color": ["timeline", "summary", "check", "stats", "view"],
        "ascii": ["timeline", "summary", "check", "stats", "view"],
        "no-pager": ["timeline", "summary", "check", "stats"],
        "sort": ["summary"],
        "width": ["timeline", "summary", "stats"],
    ]

    /// The arguments with what the file adds, and without `--no-config`.
    static func applied(to arguments: [String]) throws -> [String] {
        let own = arguments.prefix { $0 != "--" }
        if own.contains("--no-config") {
            return own.filter { $0 != "--no-config" } + arguments.dropFirst(own.count)
        }
        guard !arguments.isEmpty, let path, let text = text(of: path) else { return arguments }
        return try Configuration(text, path).applied(to: arguments)
    }

    /// `$XDG_CONFIG_HOME/wsray/config`, or `~/.config/wsray/config`.
    private static var path: String? {
        if let folder = CurrentProcess.environment("XDG_CONFIG_HOME"), folder.hasPrefix("/") { return "\(folder)/wsray/config" }
        return CurrentProcess.environment("HOME").map { "\($0)/.config/wsray/config" }
    }

    private static func text(of path: String) -> String? {
        guard FileStatus(ofPath: path)?.kind == .regular, let file = try? Descriptor.reading(path) else { return nil }
        defer { file.close() }
        var room = [UInt8](repeating: 0, count: byteLimit)
        let count = (try? file.read(into: &room)) ?? 0
        return String(decoding: room.prefix(count), as: UTF8.self)
    }

    init(_ text: String, _ path: String) throws {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = Self.trimmed(line)
            if line.isEmpty || line.hasPrefix("#") { continue }
            guard let sign = line.firstIndex(of: "=") else {
                throw ValidationError("\(path):\(index + 1): expected NAME = VALUE, found \(line)")
            }
            let name = Self.trimmed(line[..<sign])
            guard Self.options[name] != nil || name.hasPrefix("filter.") else {
                let known = Self.options.keys.sorted().joined(separator: ", ")
                throw ValidationError("\(path):\(index + 1): there is no setting \(name); there are \(known), and filter.NAME")
            }
            let value = Self.trimmed(line[line.index(after: sign)...])
            if let expected = Self.expectation(of: name, notMetBy: value) {
                throw ValidationError("\(path):\(index + 1): \(name): expected \(expected), found \(value.isEmpty ? "nothing" : value)")
            }
            values[name] = value
        }
    }

    /// What a setting has to be where it is not.
    private static func expectation(of name: String, notMetBy value: String) -> String? {
        func one(of words: [String]) -> String? {
            words.contains(value) ? nil : words.dropLast().joined(separator: ", ") + " or \(words[words.count - 1])"
        }
        return switch name {
        case "time": one(of: TimelineReport.Clock.allCases.map(\.rawValue))
        case "payload": one(of: TimelineReport.PayloadMode.allValueStrings)
        case "color": one(of: ColorMode.allCases.map(\.rawValue))
        case "sort": one(of: SummaryReport.Order.allCases.map(\.rawValue))
        case "ascii", "no-pager": ["yes", "no"].contains(value) ? nil : one(of: ["true", "false"])
        case "pair": PairRule(argument: value) == nil ? "a rule such as request.id == response.reqId" : nil
        case "width": (Int(value) ?? 0) < Timeline.leastWidth ? "a number of columns, \(Timeline.leastWidth) at least" : nil
        default: nil
        }
    }

    private static func trimmed(_ text: Substring) -> String { trimmed(String(text)) }

    private static func trimmed(_ text: String) -> String {
        func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" || character == "\r" }
        let start = text.drop(while: isBlank)
        return String(start.reversed().drop(while: isBlank).reversed())
    }

    private func applied(to arguments: [String]) throws -> [String] {
        var arguments = arguments
        for index in arguments.indices.dropLast() where arguments[index] == "--where" && arguments[index + 1].hasPrefix("@") {
            let name = String(arguments[index + 1].dropFirst())
            guard let expression = values["filter.\(name)"] else {
                throw ValidationError("There is no filter \(name): filter.\(name) = EXPR in ~/.config/wsray/config makes one.")
            }
            arguments[index + 1] = expression
        }
        let named = arguments.first.flatMap { first in Wsray.commandNames.contains(first) ? first : nil }
        let command = named ?? "timeline"
        guard arguments.first != "help", !arguments.contains("--help"), !arguments.contains("-h"),
            arguments.first != "--generate-completion-script"
        else { return arguments }
        var added: [String] = []
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            guard let commands = Self.options[name], commands.contains(command),
                !arguments.contains(where: { $0 == "--\(name)" || $0.hasPrefix("--\(name)=") })
            else { continue }
            if name == "ascii" || name == "no-pager" {
                if value == "true" || value == "yes" { added.append("--\(name)") }
            } else {
                added += ["--\(name)", value]
            }
        }
        arguments.insert(contentsOf: added, at: named == nil ? 0 : 1)
        return arguments
    }
}
