import ArgumentParser
import Differences
import Reports

/// What counts as a difference, and how much of it is kept and shown.
struct ComparisonOptions: ParsableArguments {
    @Flag(help: "Between runs, compare ids, times, pings and all headers as well.")
    var exact = false

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "Leave this out: order, frames, compression, delay, end, findings, headers, pings, header.NAME or json.PATH; may be repeated.",
            valueName: "what"))
    var ignore: [String] = []

    @Option(
        help: ArgumentHelp("What counts as late, as 100ms or 2s (default: 100ms through a proxy, 1s between runs).", valueName: "time"))
    var late: TimeSpan?

    @Option(
        name: .customLong("limit-rows"),
        help: ArgumentHelp("Maximum rows per pair of connections, and maximum pairs shown (default: 30).", valueName: "n"))
    var limitRows: Int?

    @Option(
        name: .customLong("limit-messages"),
        help: ArgumentHelp("Messages of each capture that are compared (default: 500000).", valueName: "n"))
    var limitMessages: Int?

    @Option(
        name: .customLong("limit-content"),
        help: ArgumentHelp(
            "Bytes of content kept of each capture, to say where it differs (default: an eighth of --memory).", valueName: "size"))
    var limitContent: ByteSize?

    @Option(
        name: .customLong("payload-limit"),
        help: ArgumentHelp("Bytes kept of each message for that (default: 64K).", valueName: "size"))
    var payloadLimit: ByteSize?

    mutating func validate() throws {
        for (name, number) in [("--limit-rows", limitRows), ("--limit-messages", limitMessages)] {
            if let number, number < 1 { throw ValidationError("\(name) must be at least 1.") }
        }
        _ = try options()
    }

    /// How captures are compared.
    func options() throws -> DifferenceOptions {
        var options = DifferenceOptions()
        options.isExact = exact
        options.lateness = late.map(\.nanoseconds)
        for word in ignore {
            let lower = word.lowercased()
            if let aspect = DifferenceOptions.Aspect(rawValue: lower) {
                options.ignored.insert(aspect)
            } else if lower.hasPrefix("header."), lower.count > 7 {
                options.ignoredHeaders.insert(String(lower.dropFirst(7)))
            } else if word.hasPrefix("json."), word.count > 5 {
                options.ignoredPaths.insert(word)
            } else {
                let known = DifferenceOptions.Aspect.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--ignore \(word): there are \(known), header.NAME and json.PATH.")
            }
        }
        return options
    }

    /// What is kept of each capture.
    func limits(_ memoryByteCount: Int) -> ComparedCapture.Limits {
        var limits = ComparedCapture.Limits()
        limits.contentByteCount = limitContent?.bytes ?? memoryByteCount / 8
        if let limitMessages { limits.messageCount = limitMessages }
        if let payloadLimit { limits.messageByteCount = payloadLimit.bytes }
        return limits
    }

    /// How the result is shown.
    func shown(_ palette: Palette, _ fit: WidthOptions) -> DifferenceReport.Options {
        var shown = DifferenceReport.Options()
        shown.palette = palette
        shown.width = fit.columns
        if let limitRows { shown.rowLimit = limitRows }
        return shown
    }
}
