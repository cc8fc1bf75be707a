import ArgumentParser
import System

/// Where long output for a terminal goes: `PAGER`, as git uses it.
enum Pager {
    nonisolated(unsafe) private static var running: PagerProcess?

    static var isRunning: Bool { unsafe running != nil }

    /// Has what follows shown page by page, where standard output is a terminal and nothing comes live.
    ///
    /// Whatever asks for the terminal's size or colours must do so before.
    static func start(_ options: PagerOptions, _ input: InputOptions) {
        guard unsafe running == nil, !options.hasNoPager, Output.isTerminal, input.live.interfaces.isEmpty, FileJob.current == nil,
            !input.files.contains("-"), CurrentProcess.environment("TERM") != "dumb"
        else { return }
        let command = CurrentProcess.environment("WSRAY_PAGER") ?? CurrentProcess.environment("PAGER") ?? "less"
        guard !command.isEmpty, command != "cat" else { return }
        var environment = CurrentProcess.environment
        // Colours as they are, nothing for less than a screen, and what was shown stays.
        if CurrentProcess.environment("LESS") == nil { environment.append("LESS=FRX") }
        unsafe running = PagerProcess(command, environment: environment)
    }

    /// Waits until the reader has seen enough.
    static func finish() {
        unsafe running?.finish()
        unsafe running = nil
    }
}
