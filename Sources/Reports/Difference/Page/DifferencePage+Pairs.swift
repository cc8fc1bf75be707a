import Bytes
import Differences
import Inspection
import Text
import Verdicts
import WebSocket

// Two connections that belong together: how each went, what differs, and their messages side by side.
extension DifferencePage {
    mutating func appendPairs() {
        let pairs = shownPairs
        for (index, pair) in pairs.enumerated() {
            // Each may have an equal part of what is left.
            let share = max(0, limit - output.count) / (pairs.count - index)
            guard share > Self.leastShare else {
                omittedPairCount += 1
                continue
            }
            append(pair, share: share)
        }
    }

    /// Bytes with which a pair can be shown at all.
    private static let leastShare = 6 << 10

    private mutating func append(_ pair: ConnectionDifference, share: Int) {
        let name = name(of: pair)
        let end = output.count + share
        output.append("<section id=\"", text: name, "\" class=\"pair\" aria-labelledby=\"")
        output.append("", text: name, "-title\">\n<h2 id=\"")
        output.append("", text: name, "-title\">")
        output.append(text: heading(of: pair))
        output.append(" <code>", text: url(of: pair), "</code></h2>\n<p class=\"hint\">")
        let relation = report.relation(pair)
        output.append(text: relation.prefix(1).uppercased() + relation.dropFirst() + ".")
        output.append(html: "</p>\n")
        appendSides(pair, name)
        // Messages come last, and say to which of them links lead.
        var before = ByteBuffer()
        swap(&before, &output)
        let messages = DifferingMessages(pair, limit: (end - before.count) / 10 * 6, in: self)
        appendDifferences(pair, name, messages, limit: (end - before.count) / 5)
        appendDelays(pair, name, messages)
        appendMessages(pair, name, messages, limit: end - before.count)
        swap(&before, &output)
        output.append(contentsOf: before)
        output.endSection()
    }

    // MARK: How each went

    private mutating func appendSides(_ pair: ConnectionDifference, _ name: String) {
        let (one, other) = (difference.a.connections[pair.a], difference.b.connections[pair.b])
        output.append("<h3 id=\"", text: name, "-sides\">How each went</h3>\n")
        output.beginTable("sides", titledBy: "\(name)-sides", [.text(""), .text("A"), .text("B")])
        let kinds = Set(pair.differences.map(\.kind))
        func row(_ label: String, _ kind: FoundDifference.Kind?, _ a: String, _ b: String) {
            appendSides(label, a, b, isMarked: kind.map { kinds.contains($0) } ?? false)
        }
        row("URL", .request, one.connection.url ?? "not captured", other.connection.url ?? "not captured")
        row("Answer to the upgrade", .status, one.answer ?? "not captured", other.answer ?? "not captured")
        row("Subprotocol", .subprotocol, one.connection.subprotocol ?? "none", other.connection.subprotocol ?? "none")
        row("Extensions", .extensions, one.extensionWords ?? "none", other.extensionWords ?? "none")
        row("Messages", nil, Self.messages(one), Self.messages(other))
        row("Ended first", .end, Self.endedFirst(one), Self.endedFirst(other))
        row("How it ended", .end, Self.end(one), Self.end(other))
        output.endTable()
    }

    private mutating func appendSides(_ label: String, _ a: String, _ b: String, isMarked: Bool) {
        guard a != b || a != "none" else { return }
        output.append("<tr><th scope=\"row\">", text: label, "</th><td class=\"a\">")
        output.append(text: Self.shortened(a))
        output.append(html: "</td><td class=\"b\">")
        if a == b {
            output.append(html: "<span class=\"same\">the same</span>")
        } else if isMarked {
            output.append("<mark>", text: Self.shortened(b), "</mark>")
        } else {
            output.append(text: Self.shortened(b))
        }
        output.append(html: "</td></tr>\n")
    }

    private static func messages(_ one: ComparedConnection) -> String {
        "\(Quantity.count(one[.client].count)) from the client, \(Quantity.count(one[.server].count)) from the server"
    }

    /// Who closed first.
    private static func endedFirst(_ one: ComparedConnection) -> String {
        switch (one.verdict?.manner, one.verdict?.by) {
        case (nil, _), (.stillOpen, _), (.notRecorded, _): "nobody, as far as was captured"
        case (_, .client?): "the client"
        case (_, .server?): "the server"
        case (_, nil): "not known"
        }
    }

    private static func end(_ one: ComparedConnection) -> String {
        guard let verdict = one.verdict else { return "open" }
        return "\(verdict.phrase) after \(Quantity.duration(verdict.time.nanoseconds(since: one.connection.time)))"
    }

    // MARK: What differs

    private mutating func appendDifferences(
        _ pair: ConnectionDifference, _ name: String, _ messages: borrowing DifferingMessages, limit: Int
    ) {
        output.append("<h3 id=\"", text: name, "-differences\">What differs</h3>\n")
        guard !pair.isEmpty else { return output.append(html: "<p>Nothing.</p>\n") }
        if let first = pair.firstDifference {
            output.append(html: "<p>Alike until ")
            let words = report.words(first)
            if let link = messages.link(first) {
                output.append("<a href=\"#", text: "\(name)\(link)", "\">")
                output.append(text: words)
                output.append(html: "</a>")
            } else {
                output.append(text: words)
            }
            output.append(html: ".</p>\n")
        }
        output.beginTable(
            "differences", titledBy: "\(name)-differences", [.text("What"), .text("Of"), .text("A"), .text("B"), .text("Where")])
        let start = output.count
        var omittedCount = 0
        for found in pair.differences {
            if output.count - start > limit { omittedCount += 1 } else { append(found, name, messages) }
        }
        output.endTable()
        omittedRowCount += omittedCount
        let all = UInt64(omittedCount) + pair.omittedCount
        if all > 0 { output.append("<p>", text: "\(Quantity.counted(all, "more difference")) left out.", "</p>\n") }
    }

    private mutating func append(_ found: FoundDifference, _ name: String, _ messages: borrowing DifferingMessages) {
        output.append(html: "<tr class=\"")
        output.append(found.ink.className)
        output.append("\"><td><span class=\"state\">", text: found.title, "</span>")
        if found.count > 1 { output.append(" <span class=\"many\">×", text: Quantity.count(found.count), "</span>") }
        output.append(html: "</td><td>")
        if found.isOfMessage, let side = found.side { output.append(text: side == .client ? "→ " : "← ") }
        output.append(text: Self.shortened(found.kind == .recompressed ? "compressed \(found.subject)" : found.subject))
        if let caution = found.caution { output.append("<p class=\"where\">", text: caution, "</p>") }
        output.append(html: "</td>")
        let contents = found.contents
        let parts = found.parts
        if parts.isEmpty {
            let isStray = found.kind == .missing || found.kind == .added
            append(values: isStray ? found.before : contents.a, isStray ? found.after : contents.b, instead: contents.words)
        } else {
            output.append(html: "<td class=\"a\">")
            for part in parts { append(part.path, part.before) }
            output.append(html: "</td><td class=\"b\">")
            for part in parts { append(part.path, part.after) }
            if found.omittedPartCount > 0 { output.append("<p>", text: "and \(Quantity.count(found.omittedPartCount)) more", "</p>") }
            output.append(html: "</td>")
        }
        output.append(html: "<td class=\"links\">")
        for (index, place) in found.locations.prefix(Self.locationLimit).enumerated() {
            if index > 0 { output.append(html: "; ") }
            append(place, name, messages)
        }
        if found.locations.count > Self.locationLimit { output.append(html: "; …") }
        output.append(html: "</td></tr>\n")
    }

    /// Messages that a row leads to.
    private static let locationLimit = 10

    private mutating func append(values a: String?, _ b: String?, instead words: String) {
        guard a != nil || b != nil else {
            output.append("<td class=\"both\" colspan=\"2\">", text: Self.shortened(words), "</td>")
            return
        }
        for (value, start) in [(a, "<td class=\"a\">" as StaticString), (b, "<td class=\"b\">")] {
            output.append(html: start)
            if let value { output.append(text: Self.shortened(value)) } else { output.append(html: "<span class=\"none\">none</span>") }
            output.append(html: "</td>")
        }
    }

    private mutating func append(_ path: String, _ value: String?) {
        output.append(html: "<p>")
        if !path.isEmpty { output.append("<span class=\"name\">", text: Self.shortened(path), "</span> ") }
        if let value { output.append("<mark>", text: value, "</mark>") } else { output.append(html: "<span class=\"none\">none</span>") }
        output.append(html: "</p>")
    }

    private mutating func append(_ place: FoundDifference.Locations, _ name: String, _ messages: borrowing DifferingMessages) {
        let words = [("A", place.a), ("B", place.b)].compactMap { letter, place in
            place.flatMap { $0.frame > 0 ? "\(letter) \($0.frame)" : nil }
        }.joined(separator: ", ")
        guard !words.isEmpty else { return }
        guard let link = messages.link(place) else { return output.append(text: words) }
        output.append("<a href=\"#", text: "\(name)\(link)", "\">")
        output.append(text: words)
        output.append(html: "</a>")
    }
}

extension Ink {
    /// The name that the style sheet knows.
    var className: StaticString {
        switch self {
        case .violation: "violation"
        case .warning: "warning"
        default: "note"
        }
    }
}
