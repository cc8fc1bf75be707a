import ArgumentParser
import Capture
import Input
import Inspection
import Recordings
import System
import Text

/// Reads the input, files or interfaces, once, and feeds it through an inspector into a report.
struct Session: ~Copyable {
    private let options: InputOptions
    private let inspection: Inspector.Options
    /// Of files; the kernel filters a live capture.
    private var filter: PacketFilter?
    /// What is captured live, in place of files.
    private var live: LiveSetup?
    /// Finds the processes that live connections are of.
    private let owners: SocketOwnerSearch?
    /// What files are called where that is not their path.
    var names: [String: String] = [:]
    /// Remarks on the input are made, as by the last of several readings.
    var makesRemarks = true
    /// Nothing else is to be started or opened: what reading does not need is given up.
    var confines = true
    // What came of it.
    private(set) var summary = Summary()
    private var packetCount: UInt64 = 0
    /// Why the input could not be read to its end.
    private var failure: CaptureError?
    private var isFailureSaid = false
    /// Who read the output went away, and wants to hear no more.
    private(set) var isClosed = false
    private var dropCounts = ""
    private var inputRemarks: [String] = []

    init(_ options: InputOptions, inspection: Inspector.Options) throws(CaptureError) {
        self.options = options
        var inspection = inspection
        inspection.tracksFlows = options.live.webSocketOnly
        options.stack(on: &inspection)
        try options.giveUpRoot()
        try options.loadKeys()
        if let expression = options.filter { filter = try PacketFilter(expression) }
        if !options.live.interfaces.isEmpty { live = try LiveSetup(options) }
        owners = live?.owners
        if let owners { inspection.owners = { owners.owners(client: $0, server: $1) } }
        self.inspection = inspection
    }

    /// Runs to the end; the exit status that the input deserves.
    mutating func run<Shown: Report & ~Copyable>(_ report: inout Shown) -> ExitCode {
        if confines { options.confine() }
        if let count = options.count { report.limit(frames: count) }
        do throws(Output.Failure) {
            report.begin(sources: live == nil ? files.map(\.name) : options.live.interfaces)
            let inspector = Inspector(inspection)
            // Files side by side have a thread each already; a report that wants packets wants them when they are read; and when
            // enough was shown is to be known before more is read.
            if options.threads > 1, FileJob.current == nil, !Shown.takesPackets, options.count == nil {
                try readBeside(&report, inspector)
            } else {
                try read(into: &report, inspector)
            }
            report.finish(summary, failure: failure?.message)
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
        if makesRemarks { remarkOnFailure() }
        return failure.map { ExitCode($0.exitStatus) } ?? .success
    }

    private var files: [InputFile] { options.files.map { InputFile($0, name: names[$0]) } }

    private mutating func read<Shown: Report & ~Copyable>(
        into report: inout Shown, _ inspector: consuming Inspector
    ) throws(Output.Failure) {
        var feed = ReportFeed(consume report, inspector, options.keys, makesRemarks: makesRemarks, isLimited: options.count != nil)
        var failed: Output.Failure?
        do throws(Output.Failure) {
            if let live = live.take() { try capture(live, into: &feed) } else { try readFiles(into: &feed) }
            try feed.close()
        } catch { failed = error }
        summary = feed.summary
        packetCount = feed.packetCount
        failure = feed.failure ?? RemoteCapture.failure
        isFailureSaid = feed.isFailureSaid
        report = feed.takeReport()
        if let failed { throw failed }
    }

    private mutating func readFiles(into feed: inout ReportFeed<some Report & ~Copyable>) throws(Output.Failure) {
        Interrupt.install()
        var recordingLimits = RecordingLimits()
        recordingLimits.waitingByteCount = options.limits.totalByteCount
        recordingLimits.messageByteCount = options.limits.messageByteCount
        recordingLimits.headByteCount = options.limits.headByteCount
        recordingLimits.bodyByteCount = options.limits.refusalByteCount
        var input = FileInput(files, filter: filter.take(), recordingLimits: recordingLimits)
        var failed: Output.Failure?
        do throws(Output.Failure) { try input.run(into: &feed) } catch { failed = error }
        inputRemarks = [Self.remark(onRepeated: input.repeatedCount)].compactMap { $0 }
        if let failed { throw failed }
    }

    private static func remark(onRepeated count: UInt64) -> String? {
        count == 0 ? nil : "\(Quantity.counted(count, "packet")) seen on several interfaces, counted once"
    }

    private mutating func capture(
        _ setup: consuming LiveSetup, into feed: inout ReportFeed<some Report & ~Copyable>
    ) throws(Output.Failure) {
        Interrupt.installForCapture()
        var input = setup.input
        feed.live = setup.takeRecording()
        var failed: Output.Failure?
        do throws(Output.Failure) { try input.run(into: &feed) } catch { failed = error }
        dropCounts = feed.live?.drops.text ?? ""
        let repeated = Self.remark(onRepeated: input.repeatedCount)
        let lost = feed.live?.lostFlowCount ?? 0
        inputRemarks = [
            repeated,
            lost == 0 ? nil : "\(Quantity.counted(lost, "TCP connection")) not kept until it was known what they are: --limit-memory",
        ].compactMap { $0 }
        if let failed { throw failed }
    }

    /// The same with a thread for the report.
    private mutating func readBeside<Shown: Report & ~Copyable>(
        _ report: inout Shown, _ inspector: consuming Inspector
    ) throws(Output.Failure) {
        var tape = Tape(ownsBytes: true)
        inspector.exchangeTape(&tape)
        let thread = ReportThread(consume report)
        guard thread.start() else {
            report = thread.takeReport()
            throw .system("starting a thread failed; --threads 1 needs none")
        }
        var failure: Output.Failure?
        do throws(Output.Failure) {
            var relay = Relay(thread)
            try read(into: &relay, inspector)
        } catch { failure = error }
        if let failed = thread.end(), failure == nil { failure = failed }
        report = thread.takeReport()
        if let failure { throw failure }
    }

    /// Says why the input could not be read to its end.
    func remarkOnFailure() {
        if let failure, !isFailureSaid { Output.remark(failure.message + hint(for: failure)) }
    }

    /// False when not one packet could be read, and so nothing can be said of the input.
    var hasReadAnything: Bool { failure == nil || packetCount > 0 }

    /// What there is to say of the capture itself, before all else.
    func captureRemarks() -> [String] {
        let dropped = summary.dropped ?? 0
        if options.live.interfaces.isEmpty {
            return (dropped == 0 ? [] : ["\(Quantity.counted(dropped, "packet")) dropped while capturing"]) + inputRemarks
        }
        let captured = "\(Quantity.counted(packetCount, "packet")) captured on \(options.live.title)"
        let drops = dropped == 0 ? "none dropped" : "dropped: \(dropCounts)"
        return ["\(captured), \(drops)"] + inputRemarks + (owners?.remarks ?? [])
    }

    /// What looks like a mistyped command was taken for a file.
    private func hint(for failure: CaptureError) -> String {
        guard unsafe Wsray.isPlain, failure.kind == .noInput, options.files.count == 1, let file = options.files.first else { return "" }
        guard file.allSatisfy({ $0.isLetter || $0 == "-" }) else { return "" }
        return "; nor is there a command of this name, see wsray --help"
    }
}
