import ArgumentParser
import Bytes
import Capture
import Filter
import Inspection
import Reports
import Text

/// A report that the command line can drive: events in, bytes in `output`.
protocol Report: EventSink, SendableMetatype, ~Copyable {
    var output: ByteBuffer { get set }
    /// To have enough after so many frames, for `--count`.
    mutating func limit(frames count: UInt64)
    mutating func begin(sources: [String])
    /// The next packets are those of this file, of which the first has this number.
    mutating func beginFile(_ name: String, firstPacket: UInt64)
    /// The next packet begins a capture of its own, rather than going on with the one before.
    mutating func beginAnew()
    /// It wants the packets themselves.
    static var takesPackets: Bool { get }
    /// A packet of a file was inspected.
    mutating func took(_ header: PacketHeader, _ bytes: Span<UInt8>, _ place: PacketPlace?, of interfaces: [CaptureInterface])
    /// Statistics stood between packets.
    mutating func took(_ statistics: InterfaceStatistics, of interfaces: [CaptureInterface])
    /// - Parameter failure: why the input could not be read to its end.
    mutating func finish(_ summary: Summary, failure: String?)

    /// Shows what a packet shows; the output is written when much of it has gathered.
    mutating func show(_ header: PacketHeader, _ bytes: Span<UInt8>, _ inspector: inout Inspector) throws(Output.Failure)
    /// The same of a packet whose bytes stay where they are until `catchUp`, which what it shows may wait for.
    mutating func showLater(_ header: PacketHeader, _ bytes: Span<UInt8>, _ inspector: inout Inspector) throws(Output.Failure)
    /// Shows what waits.
    mutating func catchUp(_ inspector: inout Inspector) throws(Output.Failure)
    /// Writes the output, since the input may make us wait.
    mutating func flush(_ inspector: inout Inspector) throws(Output.Failure)
    /// Shows what is left: no packet follows of this capture.
    mutating func close(_ inspector: inout Inspector) throws(Output.Failure)
}

extension Report where Self: ~Copyable {
    @inline(__always)
    mutating func show(_ header: PacketHeader, _ bytes: Span<UInt8>, _ inspector: inout Inspector) throws(Output.Failure) {
        inspector.inspect(header, bytes, into: &self)
        if output.count >= Output.flushByteCount { try Output.flush(&output) }
    }

    @inline(__always)
    mutating func showLater(_ header: PacketHeader, _ bytes: Span<UInt8>, _ inspector: inout Inspector) throws(Output.Failure) {
        if inspector.inspect(header, bytes) >= laterByteCount { try catchUp(&inspector) }
    }

    @inline(never)
    mutating func catchUp(_ inspector: inout Inspector) throws(Output.Failure) {
        inspector.play(into: &self)
        if output.count >= Output.flushByteCount { try Output.flush(&output) }
    }

    mutating func flush(_ inspector: inout Inspector) throws(Output.Failure) { try Output.flush(&output) }
    mutating func close(_ inspector: inout Inspector) throws(Output.Failure) { inspector.finish(into: &self) }
}

/// Events that take this much may wait to be shown: little enough to stay in the processor's nearest cache.
private let laterByteCount = 12 << 10

/// A report that events tell everything: where files and packets begin is nothing to it, but for what it says itself.
///
/// What stands before a report is none, so that it has to hand on all that there is.
protocol EventReport: Report, ~Copyable {}

extension EventReport where Self: ~Copyable {
    mutating func limit(frames count: UInt64) {}
    mutating func beginFile(_ name: String, firstPacket: UInt64) {}
    mutating func beginAnew() {}
    static var takesPackets: Bool { false }
    mutating func took(_ header: PacketHeader, _ bytes: Span<UInt8>, _ place: PacketPlace?, of interfaces: [CaptureInterface]) {}
    mutating func took(_ statistics: InterfaceStatistics, of interfaces: [CaptureInterface]) {}
}

extension EventReport where Self: CountingSink & ~Copyable {
    mutating func limit(frames count: UInt64) { frameLimit = count }
}

/// Reads the input, files or interfaces, and feeds it through an inspector into a report.
struct Session: ~Copyable {
    let options: InputOptions
    var inspector: Inspector
    /// Of files; the kernel filters a live capture.
    var filter: PacketFilter?
    var packets: UInt64 = 0
    /// When the file before this one began.
    var begun: Timestamp?
    /// Why the input could not be read to its end.
    var failure: CaptureError?
    private var isFailureSaid = false
    /// Who read the output went away, and wants to hear no more.
    private(set) var isClosed = false
    /// What files are called where that is not their path.
    var names: [String: String] = [:]
    /// Remarks on the input are made, as by the last of several readings.
    var makesRemarks = true
    /// What is captured live, in place of files.
    var live: LiveInput?

    init(_ options: InputOptions, inspection: Inspector.Options) throws(CaptureError) {
        self.options = options
        var inspection = inspection
        inspection.tracksFlows = options.live.webSocketOnly
        inspector = Inspector(inspection)
        try options.giveUpRoot()
        if let expression = options.filter { filter = try PacketFilter(expression) }
        if !options.live.interfaces.isEmpty { live = try LiveInput(options) }
    }

    /// Runs to the end; the exit status that the input deserves.
    mutating func run<Shown: Report & ~Copyable>(_ report: inout Shown) -> ExitCode {
        if let count = options.count { report.limit(frames: count) }
        do throws(Output.Failure) {
            let sources = live == nil ? options.files.map { names[$0] ?? Self.name($0) } : options.live.interfaces
            report.begin(sources: sources)
            // Files side by side have a thread each already; a report that wants packets wants them when they are read; and when
            // enough was shown is to be known before more is read.
            if options.threads > 1, FileJob.current == nil, !Shown.takesPackets, options.count == nil {
                try readBeside(&report)
            } else {
                try read(into: &report)
            }
            report.finish(inspector.summary, failure: failure?.message)
            try Output.flush(&report.output)
        } catch {
            switch error {
            case .closed:
                isClosed = true
                return .success
            case .system(let reason):
                Output.remark(reason)
                return ExitCode(2)
            }
        }
        if let failure, makesRemarks, !isFailureSaid { Output.remark(failure.message + hint(for: failure)) }
        return failure.map { ExitCode($0.exitStatus) } ?? .success
    }

    private mutating func read(into report: inout some Report & ~Copyable) throws(Output.Failure) {
        if live == nil {
            Interrupt.install()
            try readFiles(into: &report)
        } else {
            try capture(into: &report)
        }
        try report.close(&inspector)
    }

    /// The same with a thread for the report.
    private mutating func readBeside<Shown: Report & ~Copyable>(_ report: inout Shown) throws(Output.Failure) {
        var tape = Tape(ownsBytes: true)
        inspector.exchangeTape(&tape)
        let thread = ReportThread(consume report)
        thread.start()
        var failure: Output.Failure?
        do throws(Output.Failure) {
            var relay = Relay(thread)
            try read(into: &relay)
        } catch { failure = error }
        if let failed = thread.end(), failure == nil { failure = failed }
        report = thread.takeReport()
        if let failure { throw failure }
    }

    var summary: Summary { inspector.summary }
    /// False when not one packet could be read, and so nothing can be said of the input.
    var hasReadAnything: Bool { failure == nil || packets > 0 }

    /// What there is to say of the capture itself, before all else.
    mutating func captureRemarks() -> [String] {
        let dropped = summary.dropped ?? 0
        if options.live.interfaces.isEmpty {
            return dropped == 0 ? [] : ["\(Quantity.counted(dropped, "packet")) dropped while capturing"]
        }
        let captured = "\(Quantity.counted(packets, "packet")) captured on \(options.live.interfaces.joined(separator: ", "))"
        let drops = dropped == 0 ? "none dropped" : "dropped: \(live?.dropCounts ?? "")"
        return ["\(captured), \(drops)"] + (live?.remarks ?? [])
    }

    /// What looks like a mistyped command was taken for a file.
    private func hint(for failure: CaptureError) -> String {
        guard failure.kind == .noInput, options.files.count == 1, FileJob.current == nil, let file = options.files.first else { return "" }
        guard file.allSatisfy({ $0.isLetter || $0 == "-" }) else { return "" }
        return "; nor is there a command of this name, see wsray --help"
    }

    mutating func note(_ loss: PacketLoss) {
        inspector.noteLoss(of: loss.count, from: loss.from, to: loss.to)
    }

    /// Keeps the first failure for the exit status; further ones are said at once.
    /// - Parameter isSaid: to say it at once, since much may come before the end.
    mutating func note(_ error: CaptureError, isSaid: Bool = false) {
        if makesRemarks, isSaid || failure != nil { Output.remark(error.message) }
        guard failure == nil else { return }
        failure = error
        isFailureSaid = isSaid
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
        let endings = try endings(input, inspection, condition)
        var selecting = FilteringSink(report, condition, endings)
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
            if session.hasReadAnything, !session.isClosed {
                for remark in session.captureRemarks() + remarks(report, session.summary) { Output.remark(remark) }
            }
            code = inputStatus == .success ? status(report, session.summary) : inputStatus
        } catch {
            Output.remark(error.message)
            throw ExitCode(error.exitStatus)
        }
        if code != .success { throw code }
    }
}
