import ArgumentParser
import Filter
import Inspection
import Reports
import Text

/// What of the input is shown.
struct SelectionOptions: ParsableArguments {
    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Show only what matches this expression: 'opcode == text and length > 1kB'. wsray fields lists the fields.", valueName: "expr"))
    var expression: String?

    @Option(help: ArgumentHelp("Only this connection; may be repeated.", valueName: "n"))
    var connection: [UInt64] = []

    mutating func validate() throws {
        if connection.contains(0) { throw ValidationError("Connections are numbered from 1.") }
        _ = try condition()
    }

    /// All of the input is shown.
    var isEverything: Bool { expression == nil && connection.isEmpty }

    /// What is selected, as one expression; nil where everything is.
    var text: String? {
        guard !connection.isEmpty else { return expression }
        let numbers = connection.map { "\($0)" }
        let named = numbers.count == 1 ? "connection == \(numbers[0])" : "connection in (\(numbers.joined(separator: ", ")))"
        return expression.map { "\(named) and (\($0))" } ?? named
    }

    /// The numbers that were asked for and that no connection of an input has.
    func missing(from summary: Summary) -> [UInt64] { connection.filter { $0 > summary.connections } }

    /// That there are no such connections as were asked for.
    func remarks(on summary: Summary) -> [String] {
        guard summary.connections > 0 else { return [] }
        return missing(from: summary).map { "there is no connection \($0); the input has \(summary.connections)" }
    }

    /// How much of an input was shown, so that nobody takes a part for the whole.
    func remarks(on sink: borrowing FilteringSink<some Report & ~Copyable>, _ summary: Summary) -> [String] {
        let missing = remarks(on: summary)
        guard expression != nil, summary.connections > 0 else { return missing }
        let selected = "\(Quantity.count(sink.shown.frames)) of \(summary.traffic)"
        let connections = "\(sink.shown.connections) of \(Quantity.counted(summary.connections, "connection"))"
        let options = connection.isEmpty ? "--where" : "--where and --connection"
        var remarks = ["\(options) selected \(selected), in \(connections)"]
        if sink.givenUpCount > 0 {
            let values = Quantity.counted(sink.givenUpCount, "value")
            remarks.append("--where: a regular expression took too long on \(values), and counts as not matching there")
        }
        return missing + remarks
    }

    /// Refuses conditions on frames, for commands that can only select whole connections.
    /// - Parameter reason: why that is so, a clause that begins with the command.
    func requireConnections(_ reason: String) throws {
        guard let expression, let mistake = try Self.condition(expression).mistake(ifNotAboutConnections: reason) else { return }
        throw ValidationError(mistake.rendered(in: expression))
    }

    /// Narrows the selection down to what matches another expression as well.
    mutating func narrow(to other: String) { expression = expression.map { "(\($0)) and (\(other))" } ?? other }

    /// The condition, nil where none was asked for.
    func condition() throws -> Condition? {
        guard let text else { return nil }
        // A mistake is shown in what the user wrote.
        let written = try expression.map { try Self.condition($0) }
        return connection.isEmpty ? written : try Self.condition(text)
    }

    private static func condition(_ text: String) throws -> Condition {
        do throws(ConditionError) {
            return try Condition(text)
        } catch {
            throw ValidationError(error.rendered(in: text))
        }
    }
}
