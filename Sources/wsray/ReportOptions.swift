import ArgumentParser
import Reports
import System

enum ColorMode: String, ExpressibleByArgument, CaseIterable {
    case auto
    case always
    case never
}

/// How text for people looks.
struct LookOptions: ParsableArguments {
    @Option(help: ArgumentHelp("When to use colour.", valueName: "when"))
    var color = ColorMode.auto

    @Flag(help: "Write ASCII only; other characters become escapes.")
    var ascii = false

    /// NO_COLOR counts when it is set and not empty (no-color.org), unless colour was asked for outright.
    var palette: Palette {
        let isColoured =
            switch color {
            case .always: true
            case .never: false
            case .auto:
                Output.isTerminal && (CurrentProcess.environment("NO_COLOR") ?? "").isEmpty && CurrentProcess.environment("TERM") != "dumb"
            }
        return Palette(isColoured: isColoured, isASCII: ascii)
    }
}

/// Whether long output goes through a pager.
struct PagerOptions: ParsableArguments {
    @Flag(name: .customLong("no-pager"), help: "Write straight to the terminal, without PAGER (less).")
    var hasNoPager = false
}
