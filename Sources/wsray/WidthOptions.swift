import ArgumentParser

/// How wide what is written for people may be.
struct WidthOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Columns to fit rows into (default: the terminal's; no limit in a pipe).", valueName: "columns"))
    var width: Int?

    mutating func validate() throws {
        if let width, width < Timeline.leastWidth { throw ValidationError("--width must be at least \(Timeline.leastWidth).") }
    }

    /// nil where rows need not fit anything.
    var columns: Int? { width ?? Output.columns.map { max($0, Timeline.leastWidth) } }
}
