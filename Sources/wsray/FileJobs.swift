import ArgumentParser
import Bytes
import Jobs

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Files that are read by a process each, and what they show in the order of the files.
struct FileJobs: Outlet {
    private let files: [String]
    private var failure: Output.Failure?
    /// The first status other than 0 and 1, and whether there was a 1.
    private var inputStatus: Int32 = 0
    private var hasFindings = false
    private var endsLine = true

    init(_ files: [String]) { self.files = files }

    consuming func run(_ options: SideBySide.Options, closing: String) throws {
        Interrupt.installWithBell()
        var options = options
        options.bell = Interrupt.descriptor
        options.pipe = Output.isPipe ? STDOUT_FILENO : -1
        guard let path = Output.programPath ?? CommandLine.arguments.first else { throw ExitCode(2) }
        var spool: Spool?
        var jobs = SideBySide(count: files.count, options) {
            spool = Spool()
            return spool?.descriptor
        } program: { index in
            Program(path: path, arguments: CommandLine.arguments, environment: FileJob.environment(at: index))
        }
        switch jobs.run(into: &self) {
        case .done: break
        case .closed: return try end(with: failure ?? .closed)
        case .lost: return try end(with: .system("reading back the output that waited failed"))
        }
        var end = ByteBuffer()
        end.append(string: closing)
        guard write(&end) else { return try self.end(with: failure ?? .closed) }
        if inputStatus != 0 { throw ExitCode(inputStatus) }
        if hasFindings { throw ExitCode(1) }
    }

    private func end(with failure: Output.Failure) throws {
        guard case .system(let reason) = failure else { return }
        Output.remark(reason)
        throw ExitCode(2)
    }

    // MARK: Outlet

    mutating func write(_ output: inout ByteBuffer) -> Bool {
        do throws(Output.Failure) {
            if !output.isEmpty { endsLine = output.span[output.count - 1] == UInt8(ascii: "\n") }
            try Output.flush(&output)
            return true
        } catch {
            failure = error
            return false
        }
    }

    mutating func remark(_ remarks: inout ByteBuffer) { Output.remark(passing: &remarks) }

    mutating func ended(_ job: Int, _ ending: Ending) {
        let status: Int32
        switch ending {
        case .status(1): return hasFindings = true
        case .status(let number): status = number
        case .signal(let number):
            // Another signal came before it was ready for this one.
            if isInterrupted, number == SIGTERM || number == SIGINT { return }
            if !endsLine {
                var end = ByteBuffer()
                end.append("\n")
                _ = write(&end)
            }
            Output.remark("\(files[job]): reading it was ended by signal \(number); not all of it was shown")
            status = 2
        case .notStarted(let reason):
            Output.remark("\(files[job]): no process could be started to read it: \(reason)")
            status = 2
        }
        if inputStatus == 0 { inputStatus = status }
    }

    var isInterrupted: Bool {
        Interrupt.answer()
        return Interrupt.isRequested
    }
}
