import ArgumentParser

/// A page for any browser: where it goes, and how large it may get.
struct PageOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("Write the page to this file, once it is complete; - is standard output.", valueName: "file"),
        completion: .file(extensions: ["html"]))
    var output: String?

    @Option(help: ArgumentHelp("The title of the page (default: the names of the inputs).", valueName: "text"))
    var title: String?

    @Option(name: .customLong("max-size"), help: ArgumentHelp("Bytes of the page (default: 20M).", valueName: "size"))
    var maxSize: ByteSize?

    mutating func validate() throws {
        if output?.isEmpty == true { throw ValidationError("-o wants the name of a file, or - for standard output.") }
        if output == "-", Output.isTerminal { throw ValidationError("A page is not for a terminal. Name a file with -o, or pipe it.") }
        if let maxSize, maxSize.bytes < Self.leastByteCount { throw ValidationError("--max-size must be at least 1M.") }
    }

    private static let leastByteCount = 1 << 20

    /// The file; nil for standard output.
    var path: String? { output == "-" ? nil : output }
}
