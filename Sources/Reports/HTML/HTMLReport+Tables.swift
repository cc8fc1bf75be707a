import Bytes
import Inspection
import Rules
import Statistics
import Streams
import Text
import Waits
import WebSocket

// Findings by rule, and operations by name.
extension HTMLReport {
    mutating func appendFindings() {
        output.beginSection("findings", "Findings")
        let ordered = findings.ordered
        guard !ordered.isEmpty else {
            output.append(html: "<p>Nothing breaks a rule.</p>\n")
            return output.endSection()
        }
        output.beginTable("findings", [.text("Severity"), .text("Rule"), .text("Section"), .number("Count"), .text("Where")])
        for (rule, entry) in ordered { append(rule, entry) }
        output.endTable()
        output.endSection()
    }

    private mutating func append(_ rule: Rule, _ entry: FindingTally.Entry) {
        let catalogue = rule.entry
        output.append(html: "<tr class=\"")
        output.append(rule.severity.name)
        output.append(html: "\"><td><span class=\"state\">")
        output.append(rule.severity.name)
        output.append(html: "</span></td><td><strong>")
        output.append(text: "\(catalogue.sentence)")
        output.append("</strong><p>", text: "\(catalogue.advice)", "</p>")
        output.append("<p class=\"where\"><code>", text: rule.rawValue, "</code></p></td><td>")
        appendSection(catalogue.section)
        output.append("</td><td class=\"number\">", text: Quantity.count(entry.count), "</td><td class=\"links\">")
        for (index, place) in entry.places.enumerated() {
            if index > 0 { output.append(html: ", ") }
            append(place)
        }
        if entry.places.count == FindingTally.placeLimit { output.append(html: ", …") }
        output.append(html: "</td></tr>\n")
    }

    private mutating func append(_ place: FindingTally.Place) {
        guard let connection = place.connection else { return output.append(html: "the capture") }
        let name = "c\(connection)" + (place.frame.map { "f\($0)" } ?? "")
        output.append("<a href=\"#", text: name, "\">")
        output.append(text: "#\(connection)" + (place.frame.map { " frame \($0)" } ?? ""))
        output.append(html: "</a>")
    }

    /// A section, and a link to where it can be read.
    private mutating func appendSection(_ section: StaticString?) {
        guard let section else { return output.append(html: "–") }
        guard let link = RFCLink.address(of: "\(section)") else { return output.append(text: "\(section)") }
        output.append("<a rel=\"noreferrer\" href=\"", text: link, "\">")
        output.append(text: "\(section)")
        output.append(html: "</a>")
    }

    // MARK: Operations

    private static let shownOperationCount = 200

    mutating func appendOperations() {
        output.beginSection("operations", "Operations")
        let rows = operations.ordered
        guard !rows.isEmpty else {
            output.append(html: "<p>No message belongs to a protocol whose operations are known.</p>\n")
            return output.endSection()
        }
        let hasWaits = rows.contains { !$0.waits.isEmpty }
        output.beginTable(
            "operations",
            [
                .text("Operation"), .text("Protocol"), .text("From"), .number("Count"), .number("Errors"), .number("Unanswered"),
                .number("Median"), .number("p95"), .number("p99"), .number("Slowest"),
            ] + (hasWaits ? [.text("Where the time went")] : []))
        for row in rows.prefix(Self.shownOperationCount) { append(row, hasWaits: hasWaits) }
        output.endTable()
        let omittedCount = max(0, rows.count - Self.shownOperationCount)
        if omittedCount > 0 {
            output.append("<p>", text: "\(Quantity.counted(omittedCount, "more name")): wsray stats has them all.", "</p>\n")
        }
        output.append(
            html: "<p class=\"hint\">From a request to its first answer. Answers are counted with what they answer.</p>\n</section>\n")
    }

    private mutating func append(_ row: OperationFigures, hasWaits: Bool) {
        let name = String(decoding: row.key.name, as: UTF8.self)
        output.append("<tr><td><span class=\"type\">", text: row.key.type, "</span> ")
        output.append("<code>", text: name, "</code></td>")
        output.append("<td>", text: row.key.protocol, "</td>")
        output.append("<td>", text: "\(row.key.from.name)", "</td>")
        let errors = row.errorCount > 0 ? Quantity.count(row.errorCount) : "–"
        let unanswered = row.unansweredCount > 0 ? Quantity.count(row.unansweredCount) : "–"
        let quantiles = [500, 950, 990].map { row.latencies.quantile(permille: $0).map(Quantity.duration) ?? "–" }
        let slowest = row.latencies.count > 0 ? Quantity.duration(row.latencies.maximum) : "–"
        for cell in [Quantity.count(row.count), errors, unanswered] + quantiles + [slowest] {
            output.append("<td class=\"number\">", text: cell, "</td>")
        }
        if hasWaits { output.append("<td class=\"waits\">", text: Self.words(row.waits), "</td>") }
        output.append(html: "</tr>\n")
    }

    /// `83 % server, 17 % network`: causes that took a hundredth of all or more, the longest first.
    private static func words(_ waits: [WaitKind: Int64]) -> String {
        let whole = waits.values.reduce(0, &+)
        guard whole > 0 else { return "–" }
        let shown = waits.sorted { ($1.value, $0.key.words) < ($0.value, $1.key.words) }.map { kind, nanoseconds in
            (share: Int((Double(nanoseconds) / Double(whole) * 100).rounded()), words: kind.words)
        }
        return shown.filter { $0.share > 0 }.map { "\($0.share) % \($0.words)" }.joined(separator: ", ")
    }
}

extension WaitKind {
    /// As the timeline says it; the script has the same (`detail.js`).
    fileprivate var words: String {
        let side = side.map { "\($0.name)" } ?? "peer"
        return switch cause {
        case .window: "\(side) not reading"
        case .resent: "resent by \(side)"
        case .headOfLine: "another message before it"
        case .peer: side
        case .network, .transfer, .unknown: "\(cause.name)"
        }
    }
}

/// Where an RFC can be read.
enum RFCLink {
    /// The address of `RFC 6455 §5.5.1`, and of several sections that of the first; nil of what is no section of an RFC.
    static func address(of section: String) -> String? {
        let words = section.split(separator: " ")
        guard words.count >= 2, words[0] == "RFC", words[1].allSatisfy(isDigit) else { return nil }
        let sections = words.dropFirst(2).map { $0.drop { $0 == "§" }.prefix { $0 != "," } }
        guard zip(words.dropFirst(2), sections).allSatisfy({ $0.first == "§" && $1.allSatisfy { isDigit($0) || $0 == "." } }) else {
            return nil
        }
        return "https://www.rfc-editor.org/rfc/rfc\(words[1])" + (sections.first.map { "#section-\($0)" } ?? "")
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
