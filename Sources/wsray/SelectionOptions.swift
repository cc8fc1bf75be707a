import ArgumentParser
import Filter

/// What of the input is shown.
struct SelectionOptions: ParsableArguments {
    @Option(
        name: .customLong("where"),
        help: ArgumentHelp(
            "Show only what matches this expression: 'opcode == text and length > 1kB'. wsray fields lists the fields.", valueName: "expr"))
    var expression: String?

    mutating func validate() throws { _ = try condition() }

    /// Refuses conditions on frames, for commands that can only select whole connections.
    /// - Parameter reason: why that is so, a clause that begins with the command.
    func requireConnections(_ reason: String) throws {
        guard let expression, let mistake = try condition()?.mistake(ifNotAboutConnections: reason) else { return }
        throw ValidationError(mistake.rendered(in: expression))
    }

    /// The condition, nil where none was asked for.
    func condition() throws -> Condition? {
        guard let expression else { return nil }
        do throws(ConditionError) {
            return try Condition(expression)
        } catch {
            throw ValidationError(error.rendered(in: expression))
        }
    }
}
