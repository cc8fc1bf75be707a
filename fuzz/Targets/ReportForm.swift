import Bytes
import Decoding
import Filter
import Inspection
import Redaction
import Reports
import Rules

/// What can be inspected again and again, as a report asks for it.
protocol Inspectable {
    func inspect(_ options: Inspector.Options, into sink: inout some EventSink & ~Copyable) -> Summary
}

extension Dialogue: Inspectable {}

/// A report of what was inspected, and what must hold of what it writes.
enum ReportForm: UInt8, CaseIterable {
    case frames
    case messages
    case beginnings
    case archive
    case table
    case sarif
    case timeline
    case verboseTimeline
    case fields
    case junit
    case findings
    case figures
    case figuresInWords
    case summary
    case summaryForPrograms
    case page

    private static let pageByteCount = HTMLReport.Options.leastByteCount + 4 << 10

    /// - Parameter choice: 0 to 6 are the first of them; 7 takes a byte that says which of the others.
    init(_ choice: UInt8, _ script: inout InputScript) {
        let others = UInt8(Self.allCases.count) - 7
        self = ReportForm(rawValue: choice < 7 ? choice : 7 + script.byte() % others) ?? .frames
    }

    func check(_ source: some Inspectable, _ options: Inspector.Options, isRedacted: Bool) throws(Broken) {
        let written: [UInt8]
        func run<Shown: EventSink & ~Copyable>(_ report: consuming Shown, _ end: (inout Shown, Summary) -> [UInt8]) -> [UInt8] {
            if isRedacted {
                var sink = DecodingSink(Redactor(report, names: SecretNames()), explainsWaits: options.reportsTransport)
                let summary = source.inspect(options, into: &sink)
                return end(&sink.downstream.downstream, summary)
            }
            var sink = DecodingSink(report, explainsWaits: options.reportsTransport)
            let summary = source.inspect(options, into: &sink)
            return end(&sink.downstream, summary)
        }
        switch self {
        case .frames, .messages, .beginnings:
            var options = JSONLinesReport.Options()
            options.messages = self == .messages
            options.handshake = self != .frames
            options.payloadLimit = self == .beginnings ? 10 : nil
            var lines = JSONLinesReport(options)
            lines.begin(sources: ["fuzz"], tool: "wsray", version: "0")
            written = run(lines) { report, summary in
                report.finish(summary)
                return report.output.span.copied()
            }
        case .archive:
            var archive = HARReport()
            archive.begin(tool: "wsray", version: "0")
            written = run(archive) { report, _ in
                report.finish()
                return report.output.span.copied()
            }
        case .table:
            var table = CSVReport(JSONLinesReport.Options())
            table.begin()
            written = run(table) { report, _ in report.output.span.copied() }
        case .sarif:
            var report = SARIFReport()
            report.begin(sources: ["fuzz"], version: "0")
            written = run(report) { report, _ in
                report.finish(Summary(), failure: nil)
                return report.output.span.copied()
            }
        case .junit:
            written = run(JUnitReport(failOn: .warning)) { report, _ in
                report.finish(Summary(), failure: nil)
                return report.output.span.copied()
            }
        case .findings:
            written = run(FindingsReport(groups: isRedacted)) { report, _ in
                report.finish()
                return report.output.span.copied()
            }
        case .fields:
            let fields = (try? FieldReference.list("time,from,opcode,text,request.target,request.header.cookie,json.a,op.name")) ?? []
            var report = FieldsReport(fields, form: .tabs)
            report.begin()
            written = run(report) { report, _ in report.output.span.copied() }
        case .figures, .figuresInWords:
            var stats = StatsReport.Options()
            stats.isJSON = self == .figures
            stats.secretNames = isRedacted ? SecretNames() : nil
            var report = StatsReport(stats)
            report.begin(sources: ["fuzz"])
            written = run(report) { report, summary in
                report.finish(summary, failure: nil, tool: "wsray", version: "0")
                return report.output.span.copied()
            }
        case .summary, .summaryForPrograms:
            var summary = SummaryReport.Options()
            summary.form = self == .summary ? .table : .json
            var report = SummaryReport(summary)
            report.begin()
            written = run(report) { report, summary in
                report.finish(summary)
                return report.output.span.copied()
            }
        case .page:
            var page = HTMLReport.Options()
            // So little that most has to be left out.
            page.byteCount = Self.pageByteCount
            var report = HTMLReport(page)
            report.begin(sources: ["fuzz"])
            written = run(report) { report, summary in
                report.finish(summary, tool: "wsray", version: "0")
                return report.output.span.copied()
            }
        case .timeline, .verboseTimeline:
            var options = TimelineReport.Options()
            options.width = self == .timeline ? 80 : nil
            options.payload = self == .timeline ? .preview : .full
            options.isVerbose = self == .verboseTimeline
            options.showsHandshake = self == .verboseTimeline
            var timeline = TimelineReport(options)
            timeline.begin()
            written = run(timeline) { report, summary in
                report.finish(summary)
                return report.output.span.copied()
            }
        }
        try check(written)
        if isRedacted { try Promise.hidden(written, "\(self)") }
    }

    private func check(_ written: [UInt8]) throws(Broken) {
        switch self {
        case .frames, .messages, .beginnings, .summaryForPrograms:
            var buffer = ByteBuffer()
            buffer.append(written.span)
            try Promise.jsonLines(buffer, "\(self)")
        case .archive, .sarif, .figures: try Promise.json(written, "\(self)")
        case .table, .fields, .junit: try demand(String(validating: written, as: UTF8.self) != nil, "\(self): not UTF-8")
        case .page: try Promise.page(written, atMost: Self.pageByteCount, "\(self)")
        case .findings, .figuresInWords, .summary, .timeline, .verboseTimeline: try Promise.harmless(written, "\(self)")
        }
    }
}
