import ArgumentParser
import Capture
import Reports
import System

/// Files read side by side, each as a capture of its own.
struct JobOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "Read this many files in parallel, each as a capture of its own; 0 or auto: one per processor.", valueName: "n"))
    var jobs: JobCount?

    @Option(
        name: .customLong("limit-spool"),
        help: ArgumentHelp(
            "With --jobs: bytes of output that may wait for earlier files, in memory and TMPDIR (default: 4G).", valueName: "size"))
    var limitSpool: ByteSize?

    mutating func validate() throws {
        if jobs == nil, limitSpool != nil { throw ValidationError("--limit-spool goes with --jobs.") }
    }

    func validate(with input: InputOptions) throws {
        guard jobs != nil else { return }
        if !input.live.interfaces.isEmpty { throw ValidationError("--jobs reads files side by side; leave it out of a live capture.") }
        if input.files.contains("-") {
            throw ValidationError("--jobs reads files, each in a thread of its own. Leave it out to read standard input.")
        }
        if input.count != nil {
            throw ValidationError("--count counts through all files, which --jobs reads side by side. Leave out one of them.")
        }
    }

    /// Refuses a format that is one document about all captures, and so cannot be put together from parts.
    func refuse(_ format: String) throws {
        guard jobs != nil else { return }
        throw ValidationError(
            "\(format) is one document about all files, which --jobs reads each by itself. "
                + "Leave out --jobs, or run wsray once for each file: ls *.pcap | xargs -P 4 -I{} sh -c 'wsray … {} > {}.\(format)'")
    }

    /// What this process writes is a part of the output.
    var part: OutputPart? {
        FileJob.current.map { OutputPart(source: $0.file, isFirst: $0.index == 0) }
    }

    /// Reads the files side by side, when that was asked for and this is not one of them already.
    /// - Parameters:
    ///   - closing: what stands behind the output of the last file.
    ///   - read: reads one file.
    /// - Returns: whether that was done.
    func readSideBySide(_ input: InputOptions, closing: String = "", _ read: (String) throws -> Void) throws -> Bool {
        guard let jobs, FileJob.current == nil else { return false }
        try orExit { () throws(CaptureError) in try input.giveUpRoot() }
        try checkFilter(of: input)
        var confined = input
        confined.isSideBySide = true
        confined.confine()
        let files = FileJobs(input.files, memory: input.memoryByteCount / 4, limit: limitSpool?.bytes ?? 4 << 30)
        try files.run(min(jobs.count, input.files.count), closing: closing, read)
        return true
    }

    /// Refuses a filter that does not compile, once and not for every file.
    private func checkFilter(of input: InputOptions) throws {
        guard let expression = input.filter else { return }
        do throws(CaptureError) {
            _ = try PacketFilter(expression)
        } catch {
            Output.remark(error.message)
            throw ExitCode(error.exitStatus)
        }
    }
}

/// A command that can read its files side by side.
protocol JobsCommand: PacketCommand {
    var jobs: JobOptions { get }
}

extension JobsCommand {
    /// Runs the command for each file, side by side with others, when that was asked for.
    /// - Parameter closing: what stands behind the output of the last file.
    /// - Returns: whether that was done.
    func runSideBySide(closing: String = "") throws -> Bool {
        try jobs.readSideBySide(input, closing: closing) { file in
            var command = self
            command.input.files = [file]
            try command.run()
        }
    }
}

/// How many files are read at a time: a number, or `auto`.
struct JobCount: ExpressibleByArgument {
    let count: Int

    /// What file descriptors suffice for under every usual limit.
    private static let most = 256

    init?(argument: String) {
        guard let number = argument == "auto" ? 0 : Int(argument), number >= 0 else { return nil }
        count = min(number == 0 ? Processors.count : number, Self.most)
    }
}
