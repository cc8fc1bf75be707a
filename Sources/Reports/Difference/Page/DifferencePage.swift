import Bytes
import Differences
import Text

/// Writes what differs between two captures as one HTML document that needs nothing but a browser.
///
/// All of it can be read without a script, which only adds a search and keys. What there is too much of is left out within a limit, alike
/// messages first, and counted.
public struct DifferencePage: ~Copyable {
    public struct Options: Sendable {
        /// What stands above all; nil for the names of the captures.
        public var title: String?
        /// Bytes of the document, at most.
        public var byteCount = 20 << 20
        /// Secrets were removed before anything was compared.
        public var isRedacted = false
        /// The condition that selects what is compared; nil where there is none, or it is not to be shown.
        public var selection: String?

        public init() {}
    }

    let options: Options
    let report: DifferenceReport
    public var output = ByteBuffer()
    /// Bytes that the sections may have together.
    var limit: Int
    // What was left out.
    var omittedPairCount = 0
    var omittedMessageCount = 0
    var omittedRowCount = 0

    /// Bytes for what stands above the sections.
    private static let headerByteCount = 64 << 10

    public init(_ report: consuming DifferenceReport, _ options: Options = Options()) {
        self.report = report
        self.options = options
        let assets = HTMLAssets.difference
        limit = max(0, options.byteCount - assets.style.count - assets.script.count - Self.headerByteCount)
    }

    var difference: CaptureDifference { report.difference }

    /// Says what was left out; nil where nothing was.
    public var omission: String? {
        var parts: [String] = []
        if omittedPairCount > 0 { parts.append(Quantity.counted(omittedPairCount, "pair") + " of connections") }
        if omittedMessageCount > 0 { parts.append(Quantity.counted(omittedMessageCount, "message")) }
        if omittedRowCount > 0 { parts.append("\(Quantity.counted(omittedRowCount, "row")) of tables") }
        guard let last = parts.popLast() else { return nil }
        let list = parts.isEmpty ? last : "\(parts.joined(separator: ", ")) and \(last)"
        return "left out to keep the page below \(Quantity.size(UInt64(options.byteCount))): \(list)"
    }

    public mutating func write(tool: String, version: String) {
        // What was left out is said above it.
        appendOverview()
        appendPairs()
        appendNotes()
        var sections = ByteBuffer()
        swap(&sections, &output)
        let assets = HTMLAssets.difference
        output.beginDocument(assets, title: title, tool: "\(tool) \(version)", skipTo: "Skip to what differs")
        appendHeader(tool: "\(tool) \(version)")
        output.append(html: "<main id=\"main\">\n")
        output.append(contentsOf: sections)
        output.append(html: "</main>\n")
        output.endDocument(assets)
    }

    // MARK: What stands above all

    private var title: String {
        if let title = options.title { return title }
        func name(_ path: String) -> String { path == "-" ? "standard input" : String(path.split(separator: "/").last ?? "") }
        return "\(name(report.sources.a.name)) and \(name(report.sources.b.name))"
    }

    private mutating func appendHeader(tool: String) {
        output.append("<header>\n<h1>", text: title, "</h1>\n")
        output.append(html: report.isSame ? "<p class=\"answer clean\">" : "<p class=\"answer failed\">")
        let answer = report.answer(limit: .max)
        output.append("<strong class=\"state\">", text: answer.prefix(1).uppercased() + answer.dropFirst(), "</strong></p>\n")
        output.append(html: "<dl class=\"sources\">\n")
        for (letter, source, capture) in [("A", report.sources.a, difference.a), ("B", report.sources.b, difference.b)] {
            let connections = Quantity.counted(capture.connections.count, "connection")
            output.append("<dt>", text: letter, "</dt><dd>")
            output.append("<code>", text: Self.shortened(source.name), "</code> ")
            output.append(text: "\(connections), \(Quantity.counted(capture.keptMessageCount, "message"))")
            output.append(html: "</dd>\n")
        }
        output.append("</dl>\n<p class=\"origin\">Written by ", text: tool, "</p>\n")
        let remarks = remarks
        if !remarks.isEmpty {
            output.append(html: "<ul class=\"remarks\">\n")
            for remark in remarks { output.append("<li>", text: remark.prefix(1).uppercased() + remark.dropFirst() + ".", "</li>\n") }
            output.append(html: "</ul>\n")
        }
        output.append(html: "<nav aria-label=\"Parts of this page\"><a href=\"#overview\">Connections</a>")
        for pair in shownPairs.prefix(Self.linkLimit) {
            output.append("<a href=\"#", text: name(of: pair), "\">")
            output.append(text: heading(of: pair))
            output.append(html: "</a>")
        }
        if !report.notes.isEmpty { output.append(html: "<a href=\"#notes\">What was not compared</a>") }
        output.append(html: "</nav>\n</header>\n")
    }

    /// Sections that the navigation leads to.
    private static let linkLimit = 12

    /// What the reader has to know before all else.
    private var remarks: [String] {
        var remarks: [String] = []
        for (letter, source) in [("A", report.sources.a), ("B", report.sources.b)] {
            if let failure = source.failure { remarks.append("\(letter) could not be read to its end: \(Self.shortened(failure))") }
        }
        if let selection = options.selection { remarks.append("only a part of the captures is compared: \(Self.shortened(selection))") }
        if options.isRedacted { remarks.append("secrets were removed and stand as [redacted]") }
        if let omission { remarks.append(omission) }
        return remarks
    }

    static func shortened(_ text: String) -> String { text.utf8.count > 1_000 ? "\(text.prefix(1_000))…" : text }

    private mutating func appendNotes() {
        let notes = report.notes
        guard !notes.isEmpty else { return }
        output.beginSection("notes", "What was not compared")
        output.append(html: "<ul>\n")
        for note in notes { output.append("<li>", text: note.prefix(1).uppercased() + note.dropFirst() + ".", "</li>\n") }
        output.append(html: "</ul>\n")
        output.endSection()
    }
}
