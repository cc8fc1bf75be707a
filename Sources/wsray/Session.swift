import ArgumentParser
import Bytes
import Capture
import Filter
import Inspection

/// A report that the command line can drive: events in, bytes in `output`.
protocol Report: EventSink, ~Copyable {
    var output: ByteBuffer { get set }
    /// Frames shown so far, for `--count`.
    var shownCount: UInt64 { get }
    mutating func begin(sources: [String])
    /// The next packets are those of this file, of which the first has this number.
    mutating func beginFile(_ name: String, firstPacket: UInt64)
    /// The next packet begins a capture of its own, rather than going on with the one before.
    mutating func beginAnew()
    /// - Parameter failure: why the input could not be read to its end.
    mutating func finish(_ summary: Summary, failure: String?)
}

extension Report where Self: ~Copyable {
    mutating func beginFile(_ name: String, firstPacket: UInt64) {}
    mutating func beginAnew() {}
}

/// Reads the inputs from first to last and feeds them through an inspector into a report.
struct Session: ~Copyable {
    let options: InputOptions
    private var inspector: Inspector
    private var filter: PacketFilter?
    private var packets: UInt64 = 0
    /// When the file before this one began.
    private var begun: Timestamp?
    private var isStopped = false
    /// Why the input could not be read to its end.
    private var failure: CaptureError?
    private var outputFailure: Output.Failure?

    init(_ options: InputOptions, inspection: Inspector.Options) throws(CaptureError) {
        self.options = options
        inspector = Inspector(inspection)
        if let expression = options.filter { filter = try PacketFilter(expression) }
    }

    /// Runs to the end; the exit status that the input deserves.
    mutating func run(_ report: inout some Report & ~Copyable) -> ExitCode {
        Interrupt.install()
        do throws(Output.Failure) {
            report.begin(sources: options.files.map(Self.name))
            for file in options.files where !isStopped && !Interrupt.isRequested { try read(file, into: &report) }
            inspector.finish(into: &report)
            report.finish(inspector.summary, failure: failure?.message)
            try Output.flush(&report.output)
        } catch {
            switch error {
            case .closed: return .success
            case .system(let reason):
                Output.remark(reason)
                return ExitCode(2)
            }
        }
        if let failure { Output.remark(failure.message + hint(for: failure)) }
        return failure.map { ExitCode($0.exitStatus) } ?? .success
    }

    var summary: Summary { inspector.summary }
    /// False when not one packet could be read, and so nothing can be said of the input.
    var hasReadAnything: Bool { failure == nil || packets > 0 }

    private static func name(_ file: String) -> String { file == "-" ? "standard input" : file }

    /// What looks like a mistyped command was taken for a file.
    private func hint(for failure: CaptureError) -> String {
        guard failure.kind == .noInput, options.files.count == 1, let file = options.files.first else { return "" }
        guard file.allSatisfy({ $0.isLetter || $0 == "-" }) else { return "" }
        return "; nor is there a command of this name, see wsray --help"
    }

    private mutating func read(_ file: String, into report: inout some Report & ~Copyable) throws(Output.Failure) {
        let name = Self.name(file)
        report.beginFile(name, firstPacket: packets + 1)
        do throws(CaptureError) {
            var reader = try CaptureReader(
                file == "-" ? ByteSource.standardInput() : try ByteSource(path: file), name: name, firstPacketNumber: packets + 1)
            let end = readPackets(&reader, isStandardInput: file == "-", into: &report)
            for note in reader.facts.notes { Output.remark("\(name): \(note)") }
            switch end {
            case .done: return
            case .input(let error): throw error
            case .output(let error): outputFailure = error
            }
        } catch {
            note(error)
        }
        if let outputFailure { throw outputFailure }
    }

    private enum End {
        case done
        case input(CaptureError)
        case output(Output.Failure)
    }

    private mutating func readPackets(_ reader: inout CaptureReader, isStandardInput: Bool, into report: inout some Report & ~Copyable)
        -> End
    {
        let limit = options.count ?? .max
        var isFirst = true
        while !isStopped {
            if !reader.hasBufferedPacket {
                // Reading may wait: what there is to show is shown first.
                do throws(Output.Failure) { try Output.flush(&report.output) } catch { return .output(error) }
                if Interrupt.isRequested || (isStandardInput && !Interrupt.waitForInput()) { return .done }
            }
            do throws(CaptureError) {
                guard let header = try reader.next() else { return .done }
                packets = header.number
                if isFirst { beginFile(at: header.time, into: &report) }
                isFirst = false
                let isWanted = try filter?.matches(header, reader.bytes) ?? true
                if isWanted { inspector.inspect(header, reader.bytes, into: &report) }
            } catch {
                return .input(error)
            }
            if report.output.count >= Output.flushByteCount {
                do throws(Output.Failure) { try Output.flush(&report.output) } catch { return .output(error) }
            }
            if report.shownCount >= limit { isStopped = true }
        }
        return .done
    }

    /// Files that go on where the one before ended, as `tcpdump -C` writes them, are one capture. One that begins no later than
    /// the one before is a capture of its own: its connections are others, although their addresses may be the same.
    private mutating func beginFile(at time: Timestamp, into report: inout some Report & ~Copyable) {
        if let begun, time <= begun {
            inspector.finish(into: &report)
            report.beginAnew()
        }
        begun = time
    }

    /// Keeps the first failure for the exit status; further ones are said at once.
    private mutating func note(_ error: CaptureError) {
        if failure == nil { failure = error } else { Output.remark(error.message) }
    }
}

extension Session {
    /// Runs a report over what is selected of the input, says what there is to remark, and leaves with the status that is due.
    /// - Parameters:
    ///   - selectsFindings: see `FilteringSink`.
    ///   - remarks: of all that was read.
    ///   - verdict: of what was selected.
    ///   - status: for what was selected.
    static func show<Shown: Report & ~Copyable>(
        _ input: InputOptions, _ inspection: Inspector.Options, _ report: consuming Shown, selectsFindings: Bool = false,
        remarks: (Summary) -> [String], verdict: (Summary) -> [String] = { _ in [] },
        status: (Summary) -> ExitCode = { _ in .success }
    ) throws {
        guard let condition = try input.selection.condition() else {
            var report = report
            return try run(input, inspection, &report) { report, summary in
                remarks(summary) + verdict(summary)
            } status: {
                status($1)
            }
        }
        var inspection = inspection
        inspection.keptByteCount = max(inspection.keptByteCount, condition.keptByteCount)
        var selecting = FilteringSink(report, condition)
        selecting.selectsFindings = selectsFindings
        try run(input, inspection, &selecting) { selecting, summary in
            remarks(summary) + selecting.remarks(on: summary) + verdict(selecting.shown)
        } status: { selecting, _ in
            status(selecting.shown)
        }
    }

    private static func run<Shown: Report & ~Copyable>(
        _ input: InputOptions, _ inspection: Inspector.Options, _ report: inout Shown, remarks: (borrowing Shown, Summary) -> [String],
        status: (borrowing Shown, Summary) -> ExitCode
    ) throws {
        let code: ExitCode
        do throws(CaptureError) {
            var session = try Session(input, inspection: inspection)
            let inputStatus = session.run(&report)
            if session.hasReadAnything { for remark in remarks(report, session.summary) { Output.remark(remark) } }
            code = inputStatus == .success ? status(report, session.summary) : inputStatus
        } catch {
            Output.remark(error.message)
            throw ExitCode(error.exitStatus)
        }
        if code != .success { throw code }
    }
}
