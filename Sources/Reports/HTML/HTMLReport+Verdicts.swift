import Bytes
import Inspection
import Text
import Verdicts
import WebSocket

// How connections ended, the worst first, as `summary` has it.
extension HTMLReport {
    /// Bytes of rows; the worst come first, so that those left out are the least of all.
    private static let tableByteCount = 128 << 10

    mutating func appendVerdicts() {
        output.beginSection("verdicts", "Verdicts")
        guard !groups.groups.isEmpty else {
            output.append(html: "<p>There is no WebSocket connection.</p>\n")
            return output.endSection()
        }
        output.beginTable(
            "verdicts",
            [.text("Connections"), .text("How they ended"), .text("Browser"), .number("Lasted"), .number("Frames"), .number("Bytes")])
        let start = output.count
        var omittedCount: UInt64 = 0
        for index in groups.indices(by: .worst) {
            if output.count - start > Self.tableByteCount {
                omittedCount += groups.groups[index].count
            } else {
                append(groups.groups[index], sentence: sentences[index])
            }
        }
        output.endTable()
        omittedCount += groups.totals.omittedCount
        if omittedCount > 0 { output.append("<p>", text: "\(Quantity.counted(omittedCount, "more connection")) in no row.", "</p>\n") }
        output.append(
            html: """
                <p class="hint">Connections to the same URL that ended alike share a row. <em>Browser</em> is the code that a browser \
                in the client's place reports.</p>
                </section>

                """)
    }

    private mutating func append(_ group: SummaryGroup, sentence: String?) {
        output.append(html: "<tr class=\"")
        output.append(group.standing.name)
        output.append(html: "\"><td><span class=\"state\">")
        output.append(group.standing.words)
        output.append(html: "</span>")
        if group.first != .max {
            output.append(html: " <a href=\"#c")
            output.append(decimal: group.first)
            output.append(html: "\">#")
            output.append(decimal: group.first)
            output.append(html: "</a>")
        }
        if group.count > 1 {
            output.append(html: " <span class=\"many\">×")
            output.append(text: Quantity.count(group.count))
            output.append(html: "</span>")
        }
        output.append("</td><td><strong>", text: group.key.phrase, "</strong>")
        if let sentence { output.append("<p>", text: sentence, "</p>") }
        output.append(html: "<p class=\"where\">")
        let url = group.shownURL
        if !url.isEmpty { output.append("<code>", text: url, "</code> ") }
        let client = group.client.map { "\($0)" } ?? group.address.map { "\($0)" } ?? "several clients"
        output.append(text: "\(client) → \(group.key.server)")
        output.append(html: "</p></td><td>")
        output.append(text: group.key.browser.map { "\($0)" } ?? "–")
        output.append("</td><td class=\"number\">", text: group.durationWords, "</td>")
        output.append("<td class=\"number\">", text: Quantity.count(group.frames), "</td>")
        output.append("<td class=\"number\">", text: Quantity.size(group.bytes), "</td></tr>\n")
    }
}

extension Verdict.Standing {
    /// The name that style sheet and script know.
    var name: StaticString {
        switch self {
        case .failed: "failed"
        case .unclear: "unclear"
        case .unknown: "unknown"
        case .open: "open"
        case .clean: "clean"
        }
    }

    fileprivate var words: StaticString {
        switch self {
        case .failed: "failed"
        case .unclear: "ended otherwise"
        case .unknown: "end not recorded"
        case .open: "open"
        case .clean: "closed cleanly"
        }
    }
}
