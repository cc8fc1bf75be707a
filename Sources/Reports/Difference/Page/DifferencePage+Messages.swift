import Bytes
import Differences
import Inspection
import Text
import WebSocket

/// The rows of messages that differ, as far as there is room for them; links lead to them.
struct DifferingMessages: ~Copyable {
    /// What stands in the page, by the index of the message among those that were compared.
    fileprivate(set) var rows: [Int: [UInt8]] = [:]
    private var linkOfA: Set<UInt64> = []
    private var linkOfB: Set<UInt64> = []

    init(_ pair: ConnectionDifference, limit: Int, in page: borrowing DifferencePage) {
        var room = limit
        var row = ByteBuffer()
        for (index, message) in pair.messages.enumerated() where !message.kinds.isEmpty {
            row.removeAll()
            page.append(message, pair, to: &row)
            guard row.count <= room else { continue }
            room -= row.count
            rows[index] = row.span.copied()
            let frames = page.frames(of: message, in: pair)
            if let frame = frames.a { linkOfA.insert(frame) } else if let frame = frames.b { linkOfB.insert(frame) }
        }
    }

    /// `a5`, `b7` for what is in B only; nil where it is not in the page.
    func link(_ place: FoundDifference.Locations) -> String? {
        if let a = place.a { return linkOfA.contains(a.frame) ? "a\(a.frame)" : nil }
        if let b = place.b { return linkOfB.contains(b.frame) ? "b\(b.frame)" : nil }
        return nil
    }
}

// The messages of two connections side by side.
extension DifferencePage {
    /// Rows of messages that are alike of which is measured how large such rows are.
    private static let sampleCount = 64
    /// Messages shown before a difference and after it, where there is no room for more.
    private static let contextCount = 2
    /// Bytes of a row that says how many are left out.
    private static let gapByteCount = 100
    /// Messages that are alike and follow each other are folded up from so many on.
    private static let foldedCount = 4

    mutating func appendMessages(_ pair: ConnectionDifference, _ name: String, _ messages: borrowing DifferingMessages, limit: Int) {
        output.append("<h3 id=\"", text: name, "-messages\">Messages</h3>\n")
        let all = pair.messages
        guard !all.isEmpty else { return output.append(html: "<p>There are none to compare.</p>\n") }
        var runs: [Range<Int>] = []
        for index in all.indices {
            let continues = runs.last.map { all[$0.lowerBound].kinds.isEmpty == all[index].kinds.isEmpty } ?? false
            if continues { runs[runs.count - 1] = runs[runs.count - 1].lowerBound..<index + 1 } else { runs.append(index..<index + 1) }
        }
        let gapCount = min(runs.count, messages.rows.count + 1)
        let used = messages.rows.values.reduce(output.count + gapCount * Self.gapByteCount) { $0 + $1.count }
        let alike = runs.filter { all[$0.lowerBound].kinds.isEmpty }
        let sample = stride(from: 0, to: alike.count, by: max(1, alike.count / Self.sampleCount)).map {
            row(all[alike[$0].lowerBound], pair).count
        }
        let byteCount = max(100, sample.reduce(0, +) / max(1, sample.count))
        var room = max(0, limit - used) / byteCount
        let most = Self.share(of: room, alike.map(\.count))
        var table = Table(name: name, hasDelays: pair.isSame)
        for run in runs {
            // What was reckoned with is exceeded: nothing more.
            guard output.count < limit else {
                table.gap += run.count
                continue
            }
            guard all[run.lowerBound].kinds.isEmpty else {
                for index in run { append(messages.rows[index], &table) }
                continue
            }
            // Where there is next to nothing for each, the first have what is around a difference.
            let shown = min(run.count, most > 1 ? most : min(Self.contextCount, room))
            room -= min(room, shown)
            let isFolded = shown > 0 && run.count >= Self.foldedCount
            if isFolded {
                end(&table)
                output.append("<details class=\"alike\"><summary>", text: words(alike: run, pair), "</summary>\n")
            }
            for index in run.prefix(shown - shown / 2) { append(row(all[index], pair), &table) }
            table.gap += run.count - shown
            for index in run.suffix(shown / 2) { append(row(all[index], pair), &table) }
            if isFolded {
                end(&table)
                output.append(html: "</details>\n")
            }
        }
        end(&table)
    }

    /// Rows that each run may have so that all together have no more than `room`: short runs need less than their part, which long ones get.
    private static func share(of room: Int, _ counts: [Int]) -> Int {
        guard counts.reduce(0, +) > room else { return .max }
        var (left, share) = (room, 0)
        for (index, count) in counts.sorted().enumerated() {
            share = left / (counts.count - index)
            if count > share { break }
            left -= count
        }
        return share
    }

    // MARK: Tables

    /// A table that is written as long as rows follow.
    private struct Table {
        let name: String
        /// Rows have delays beside what differs.
        let hasDelays: Bool
        var isOpen = false
        /// Column headings are seen above the first.
        var isFirst = true
        /// Messages left out since the last row.
        var gap = 0
    }

    private mutating func append(_ row: [UInt8]?, _ table: inout Table) {
        guard let row else { return table.gap += 1 }
        open(&table)
        appendGap(&table)
        output.append(row.span)
    }

    private mutating func open(_ table: inout Table) {
        guard !table.isOpen else { return }
        output.append(
            html: table.isFirst ? "<table class=\"aligned first\" aria-labelledby=\"" : "<table class=\"aligned\" aria-labelledby=\"")
        output.append("", text: table.name, "-messages\">")
        output.append(
            html: """
                <colgroup><col class="from"><col class="frame"><col><col class="frame"><col><col class="kinds"></colgroup>
                <thead><tr><th scope="col">From</th><th scope="col">A</th><th scope="col">Message in A</th><th scope="col">B</th>\
                <th scope="col">Message in B</th><th scope="col">
                """)
        output.append(
            html: table.hasDelays ? "Delay, what differs</th></tr></thead>\n<tbody>\n" : "What differs</th></tr></thead>\n<tbody>\n")
        table.isOpen = true
        table.isFirst = false
    }

    private mutating func appendGap(_ table: inout Table) {
        guard table.gap > 0 else { return }
        output.append(
            "<tr class=\"omission\"><td colspan=\"6\">", text: "\(Quantity.counted(table.gap, "message")) left out", "</td></tr>\n")
        omittedMessageCount += table.gap
        table.gap = 0
    }

    private mutating func end(_ table: inout Table) {
        if table.gap > 0 {
            open(&table)
            appendGap(&table)
        }
        guard table.isOpen else { return }
        output.append(html: "</tbody></table>\n")
        table.isOpen = false
    }

    /// `17 messages alike, A frame 3 to 40`.
    private func words(alike range: Range<Int>, _ pair: ConnectionDifference) -> String {
        let (first, last) = (
            frames(of: pair.messages[range.lowerBound], in: pair).a, frames(of: pair.messages[range.upperBound - 1], in: pair).a
        )
        let place = first == last ? "A frame \(first ?? 0)" : "A frames \(first ?? 0) to \(last ?? 0)"
        return "\(Quantity.counted(range.count, "message")) alike, \(place)"
    }

    // MARK: One row

    func messages(of row: AlignedMessage, in pair: ConnectionDifference) -> (a: ComparedMessage?, b: ComparedMessage?) {
        (row.a.map { difference.a.connections[pair.a][row.side][$0] }, row.b.map { difference.b.connections[pair.b][row.side][$0] })
    }

    func frames(of row: AlignedMessage, in pair: ConnectionDifference) -> (a: UInt64?, b: UInt64?) {
        let found = messages(of: row, in: pair)
        return (found.a?.frame, found.b?.frame)
    }

    private func row(_ message: AlignedMessage, _ pair: ConnectionDifference) -> [UInt8] {
        var row = ByteBuffer()
        append(message, pair, to: &row)
        return row.span.copied()
    }

    func append(_ row: AlignedMessage, _ pair: ConnectionDifference, to output: inout ByteBuffer) {
        let (one, other) = messages(of: row, in: pair)
        let contents = difference.contents(of: row, in: pair)
        output.append("<tr id=\"", text: "\(name(of: pair))\(one.map { "a\($0.frame)" } ?? "b\(other?.frame ?? 0)")", "\" class=\"")
        output.append(html: row.side == .client ? "client" : "server")
        if !row.kinds.isEmpty { output.append(html: " differs") }
        output.append(html: row.side == .client ? "\"><td class=\"from\">→ client</td>" : "\"><td class=\"from\">← server</td>")
        appendPlace(one, "a", difference.a.connections[pair.a], to: &output)
        appendContent(one, contents.a, contents.marksA, ofA: true, to: &output)
        appendPlace(other, "b", difference.b.connections[pair.b], to: &output)
        if let one, let other, one.digest == other.digest, one.opcode == other.opcode {
            output.append(html: "<td class=\"content b same\">the same</td>")
        } else {
            appendContent(other, contents.b, contents.marksB, ofA: false, to: &output)
        }
        output.append(html: "<td class=\"kinds\">")
        for kind in row.kinds.each {
            output.append(html: "<span class=\"badge ")
            output.append(kind.ink.className)
            output.append("\">", text: kind.rawValue, "</span> ")
        }
        // Between runs it is all that was late before, too.
        if pair.isSame, let delay = delay(of: row, in: pair) {
            output.append("<span class=\"delay\">", text: (delay < 0 ? "" : "+") + Quantity.duration(delay), "</span>")
        }
        output.append(html: "</td></tr>\n")
    }

    private func appendPlace(
        _ message: ComparedMessage?, _ letter: StaticString, _ connection: ComparedConnection, to output: inout ByteBuffer
    ) {
        output.append(html: "<td class=\"frame ")
        output.append(html: letter)
        output.append(html: "\">")
        if let message {
            output.append(text: message.frame == 0 ? "unfinished" : "\(message.frame)")
            let elapsed = message.time.nanoseconds(since: connection.connection.time)
            output.append(" <span class=\"time\">", text: Quantity.duration(elapsed), "</span>")
        }
        output.append(html: "</td>")
    }

    private func appendContent(
        _ message: ComparedMessage?, _ bytes: [UInt8]?, _ marks: [MarkedContents.Mark], ofA: Bool, to output: inout ByteBuffer
    ) {
        output.append(html: ofA ? "<td class=\"content a\">" : "<td class=\"content b\">")
        defer { output.append(html: "</td>") }
        guard let message, let bytes else {
            return output.append(html: ofA ? "<span class=\"none\">not in A</span>" : "<span class=\"none\">not in B</span>")
        }
        if message.opcode != .text { output.append("<span class=\"kind\">", text: "\(message.opcode.name)", "</span> ") }
        if message.opcode == .close {
            let body = CloseBody(bytes.span)
            output.append(text: body.code.map { "\($0.rawValue) \(body.reason)" } ?? "without a code")
        } else {
            ExcerptWriter(bytes: bytes, isText: message.opcode != .binary).write(marks, to: &output)
        }
        if message.flags.contains(.isKeptInPart) || message.flags.contains(.isCut) {
            output.append(" <span class=\"gap\">", text: "of \(Quantity.size(message.length))", "</span>")
        }
        if message.flags.contains(.isIncomplete) { output.append(html: " <span class=\"gap\">incomplete</span>") }
    }
}
