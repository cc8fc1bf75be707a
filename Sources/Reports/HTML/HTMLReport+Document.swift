import Bytes
import Chains
import Inspection
import Text
import Verdicts

// The document from its beginning to its end.
extension HTMLReport {
    /// - Parameter reason: why the input could not be read to its end; nil when it could.
    public mutating func finish(_ summary: Summary, brokenOff reason: String? = nil, tool: String, version: String) {
        let assets = HTMLAssets.report
        let reconnects = chains.found()
        output.beginDocument(assets, title: title, tool: "\(tool) \(version)", skipTo: "Skip to the verdicts")
        appendSummary(summary, brokenOff: reason, tool: "\(tool) \(version)", reconnects: reconnects.isEmpty ? nil : reconnects.title)
        output.append(html: "<main id=\"main\">\n")
        appendVerdicts()
        appendReconnects(reconnects)
        appendFindings()
        appendActivity()
        appendOperations()
        output.beginSection("connections", "Connections")
        output.append(
            html: """
                <p class="needs-script">Frames and messages are shown by the script in this page, which did not run here.</p>
                </section>
                </main>

                """)
        output.append(html: "<script type=\"application/json\" id=\"data\">")
        appendData(tool: tool, version: version)
        output.append(html: "</script>\n")
        output.endDocument(assets)
    }

    private var title: String {
        if let title = options.title { return title }
        let names = sources.map { $0 == "-" ? "standard input" : String($0.split(separator: "/").last ?? "") }
        return names.count > 1 ? "\(names[0]) and \(names.count - 1) more" : names.first ?? "wsray"
    }

    /// Inputs that are named above all; more of them have a list of their own.
    private static let namedSourceCount = 4

    // MARK: What stands above all

    private mutating func appendSummary(_ summary: Summary, brokenOff reason: String?, tool: String, reconnects: StaticString?) {
        output.append("<header>\n<h1>", text: title, "</h1>\n")
        if groups.totals.connectionCount > 0 { output.append("<p class=\"totals\">", text: groups.totals.words, "</p>\n") }
        output.append(html: "<p class=\"origin\">")
        if let span {
            output.append(html: "<time>")
            time.appendReadable(span.first, digits: 3, to: &output)
            output.append(html: "</time> UTC, ")
            output.append(text: Quantity.duration(span.last.nanoseconds(since: span.first)))
            output.append(html: " · ")
        }
        let isLong = sources.count > Self.namedSourceCount
        output.append(text: isLong ? Quantity.counted(UInt64(sources.count), "file") : sources.joined(separator: ", "))
        output.append(" · written by ", text: tool, "</p>\n")
        if isLong {
            output.append("<details class=\"origin\"><summary>Files</summary>", text: sources.joined(separator: ", "), "</details>\n")
        }
        let remarks = remarks(summary, brokenOff: reason)
        if !remarks.isEmpty {
            output.append(html: "<ul class=\"remarks\">\n")
            for remark in remarks { output.append("<li>", text: remark, "</li>\n") }
            output.append(html: "</ul>\n")
        }
        output.append(
            html: """
                <nav aria-label="Parts of this page"><a href="#verdicts">Verdicts</a>
                """)
        if let reconnects {
            output.append(html: "<a href=\"#reconnects\">")
            output.append(html: reconnects)
            output.append(html: "</a>")
        }
        output.append(
            html: """
                <a href="#findings">Findings</a>\
                <a href="#activity">Activity</a><a href="#operations">Operations</a><a href="#connections">Connections</a></nav>
                </header>

                """)
    }

    /// What the reader has to know before all else.
    private func remarks(_ summary: Summary, brokenOff reason: String?) -> [String] {
        var remarks: [String] = []
        if let reason { remarks.append("the input could not be read to its end: \(reason)") }
        if let selection = options.selection { remarks.append("only a part of the input is shown: --where \(selection)") }
        if options.isRedacted { remarks.append("secrets were removed and stand as [redacted]") }
        if let dropped = summary.dropped, dropped > 0 { remarks.append("\(Quantity.counted(dropped, "packet")) dropped while capturing") }
        if let omission { remarks.append(omission) }
        return (remarks + summary.remarks).map { $0.prefix(1).uppercased() + $0.dropFirst() + "." }
    }

    private mutating func appendActivity() {
        output.beginSection("activity", "Activity")
        output.append(
            html: """
                <p class="needs-script">Plots are drawn by the script in this page, which did not run here.</p>
                </section>

                """)
    }
}
