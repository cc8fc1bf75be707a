import ArgumentParser
import Bytes
import Capture
import Inspection
import Reports
import System

extension Timeline {
    /// Screens of rows beyond which they do not come first.
    private static let screenCount: UInt64 = 3
    /// Larger inputs are not read twice.
    private static let byteLimit: UInt64 = 256 << 20

    /// Where plain `wsray FILE` has more rows for a terminal than anyone reads at once, the summary comes first.
    ///
    /// - Returns: whether that is all: without a pager the rows would only push it away.
    func beginWithSummary() throws -> Bool {
        guard Output.isTerminal, input.live.interfaces.isEmpty, FileJob.current == nil else { return false }
        let rowCount = Descriptor.standardOutput.windowSize?.rows ?? 24
        defer { Pager.start(paging, input) }
        guard unsafe Wsray.isPlain, !handshake, input.selection.isEverything, input.count == nil, input.filter == nil,
            redaction.redact == false, isSmall
        else { return false }
        var options = SummaryReport.Options()
        options.palette = look.palette
        options.width = fit.columns
        var report = FirstReading(SummaryReport(options))
        var frames: UInt64 = 0
        do throws(CaptureError) {
            var session = try Session(input, inspection: SummaryCommand.inspection(input))
            // A pager may have to be started afterwards.
            session.confines = false
            session.makesRemarks = false
            _ = session.run(&report)
            frames = session.summary.frames + session.summary.recordedMessages
        } catch {
            // What is wrong with the input, the second reading says.
            return false
        }
        guard frames > UInt64(max(1, rowCount)) * Self.screenCount, !Interrupt.isRequested else { return false }
        Pager.start(paging, input)
        let file = input.files.count == 1 ? input.files[0] : "FILE ..."
        var advice = SummaryCommand.advice(for: file)
        if !Pager.isRunning { advice.append(("wsray timeline \(file)", "all \(frames) frames, a row each")) }
        report.summary.write(advice: advice)
        // Rows follow.
        if Pager.isRunning { report.summary.output.append("\n") }
        try Output.write(report.takeText())
        return !Pager.isRunning
    }

    private var isSmall: Bool {
        var sum: UInt64 = 0
        for file in input.files {
            guard let status = FileStatus(ofPath: file), status.kind == .regular else { return false }
            sum += UInt64(clamping: status.byteCount)
        }
        return sum <= Self.byteLimit
    }
}

/// A summary that is made before it is known whether it will be shown.
private struct FirstReading: EventReport, ~Copyable {
    fileprivate var summary: SummaryReport

    init(_ summary: consuming SummaryReport) { self.summary = summary }

    /// Nothing is written meanwhile.
    var output: ByteBuffer {
        get { ByteBuffer() }
        set {}
    }

    consuming func takeText() -> ByteBuffer {
        var text = ByteBuffer()
        text.append(contentsOf: summary.output)
        return text
    }

    mutating func begin(sources: [String]) {}
    mutating func finish(_ summary: Summary, failure: String?) { self.summary.finish(summary) }
    mutating func note(_ event: Event) { summary.note(event) }
    var hasEnough: Bool { false }

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {}
}
