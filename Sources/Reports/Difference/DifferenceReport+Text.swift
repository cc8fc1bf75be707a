import Bytes
import Differences
import Inspection
import Text
import Verdicts
import WebSocket

// Rows for people: the answer first, then each pair of connections that differ, then what is in one capture only.
extension DifferenceReport {
    public mutating func writeText() {
        if let obstacle = options.obstacle { return line([("not played: \(obstacle)", .strong)]) }
        writeAnswer()
        writeSources()
        writePairs()
        writeStrays(difference.onlyA, difference.a, "A")
        writeStrays(difference.onlyB, difference.b, "B")
        for attempt in difference.attempts {
            line([("\(options.palette.violation) ", .violation), ("TCP  \(attempt.words): \(attempt.a) in A, \(attempt.b) in B", .plain)])
        }
        let notes = notes
        if !notes.isEmpty { output.append("\n") }
        for note in notes { writeWrapped(note, indent: 0) }
    }

    // MARK: The answer

    private mutating func writeAnswer() {
        line([(answer(limit: 4), !isSame || difference.pairs.isEmpty ? .strong : .good)])
    }

    /// The answer in one line: `different: 1 message missing`.
    /// - Parameter limit: kinds of differences that are counted in it.
    func answer(limit: Int) -> String {
        let compared = Quantity.counted(difference.pairs.count, "connection")
        guard !isSame else {
            guard !difference.pairs.isEmpty else { return "same: no WebSocket connection in either" }
            let messages = difference.pairs.reduce(0) { $0 + $1.pairCount }
            return "same: \(compared), \(Quantity.counted(messages, "message"))"
        }
        var words = totals.prefix(limit).map { kind, count in Self.counted(kind, count) }
        if totals.count > limit { words.append("…") }
        if !difference.onlyA.isEmpty { words.insert("\(Quantity.counted(difference.onlyA.count, "connection")) in A only", at: 0) }
        if !difference.onlyB.isEmpty { words.insert("\(Quantity.counted(difference.onlyB.count, "connection")) in B only", at: 0) }
        if !difference.attempts.isEmpty { words.insert("TCP connections failed", at: 0) }
        if words.isEmpty { words.append("the conversation broke off") }
        let differing = difference.pairs.count { !$0.isEmpty }
        let share = difference.pairs.count > 1 ? " (\(Quantity.count(differing)) of \(compared))" : ""
        return "different: " + words.joined(separator: ", ") + share
    }

    static func counted(_ kind: FoundDifference.Kind, _ count: UInt64) -> String {
        switch kind {
        case .status: "other answer to the upgrade"
        case .end: "other end"
        case .missing, .added, .changed, .reordered, .late, .refragmented, .recompressed:
            "\(Quantity.counted(count, "message")) \(kind.rawValue)"
        case .finding: Quantity.counted(count, "finding")
        case .subprotocol: "other subprotocol"
        case .extensions: "other extensions"
        case .request: "other request line"
        case .header: Quantity.counted(count, "header")
        }
    }

    private mutating func writeSources() {
        let width = max(sources.a.name.count, sources.b.name.count)
        for (letter, source, capture) in [("A", sources.a, difference.a), ("B", sources.b, difference.b)] {
            let name = source.name + String(repeating: " ", count: width - source.name.count)
            let counts =
                "\(Quantity.counted(capture.connections.count, "connection")), \(Quantity.counted(capture.keptMessageCount, "message"))"
            line([("\(letter)  ", .strong), (name, .plain), ("  \(counts)", .dim)])
            if let failure = source.failure { line([("   read in part: \(failure)", .warning)]) }
            for remark in source.remarks { writeWrapped("A #\(remark.connection): \(remark.text)", indent: 3, .warning) }
        }
    }

    // MARK: Pairs

    private mutating func writePairs() {
        // Those that differ alike are shown once.
        var groups: [(first: ConnectionDifference, count: Int)] = []
        var places: [String: Int] = [:]
        for pair in difference.pairs where !pair.isEmpty {
            let key = pair.differences.map { "\($0.title) \($0.subject) \($0.count) \($0.contents.line) \($0.parts.map(\.path))" }.joined(
                separator: "\n")
            if let index = places[key] {
                groups[index].count += 1
            } else {
                places[key] = groups.count
                groups.append((pair, 1))
            }
        }
        for group in groups.prefix(options.rowLimit) { write(group.first, others: group.count - 1) }
        if groups.count > options.rowLimit {
            line([("\(Quantity.counted(groups.count - options.rowLimit, "pair")) of connections more: --limit-rows", .dim)])
        }
        // Of one that is the same it is worth knowing what it was taken for.
        let same = difference.pairs.filter(\.isEmpty)
        if same.count <= 3 { for pair in same { write(pair, others: 0) } }
    }

    mutating func write(_ pair: ConnectionDifference, others: Int) {
        let (one, other) = (difference.a.connections[pair.a], difference.b.connections[pair.b])
        output.append("\n")
        var heading: [(String, Ink)] = [("A #\(one.connection.number) = B #\(other.connection.number)", .strong)]
        if others > 0 {
            heading.append((" and \(Quantity.counted(others, "pair")) that \(others == 1 ? "differs" : "differ") alike", .strong))
        }
        if let url = one.connection.url ?? other.connection.url { heading.append(("  \(url)", .plain)) }
        line(heading)
        line([("  " + relation(pair), .dim)])
        if let first = pair.firstDifference { line([("  alike until \(words(first))", .dim)]) }
        for found in pair.differences.prefix(options.rowLimit) { write(found) }
        if pair.differences.count > options.rowLimit {
            line([("  \(Quantity.counted(pair.differences.count - options.rowLimit, "row")) more: --limit-rows", .dim)])
        }
        writeDelays(pair)
    }

    func relation(_ pair: ConnectionDifference) -> String {
        guard pair.isSame else { return "two runs, matched by \(pair.basis)" }
        let nearer = pair.isReversed ? ", B nearer to the client" : ""
        let clock =
            switch pair.clock {
            case .ahead(let nanoseconds):
                "the clock of \(nanoseconds > 0 ? "B" : "A") taken to be ahead by \(Quantity.duration(nanoseconds < 0 ? 0 &- nanoseconds : nanoseconds))"
            default: "the same clock"
            }
        return "one connection, matched by \(pair.basis == "key" ? "key and accept" : pair.basis)\(nearer), \(clock)"
    }

    func words(_ place: FoundDifference.Locations) -> String {
        [("A", place.a), ("B", place.b)].compactMap { name, place in
            place.map { "\(name) frame \($0.frame), \(Quantity.duration($0.elapsed)) after it began" }
        }.first ?? ""
    }

    private mutating func write(_ found: FoundDifference) {
        let palette = options.palette
        var row: [(String, Ink)] = [("  \(found.sign(palette)) ", found.ink)]
        row.append((found.title + String(repeating: " ", count: max(1, 15 - found.title.count)), found.ink))
        if found.isOfMessage {
            if let side = found.side {
                row.append(("\(side == .client ? palette.toServer : palette.toClient) ", side == .client ? .client : .server))
            }
            if found.count > 1 { row.append(("\(palette.isASCII ? "x" : "×")\(Quantity.count(found.count)) ", .strong)) }
            if !found.subject.isEmpty, found.kind != .recompressed { row.append(("\(found.subject)  ", .plain)) }
            let places = found.locationWords(limit: options.locationLimit)
            if !places.isEmpty { row.append(("\(places)  ", .dim)) }
        }
        write(found.contents, after: row)
        for part in found.parts { write(RowContents(part), after: [(Self.margin, .plain)]) }
        if found.omittedPartCount > 0 { line([("\(Self.margin)and \(Quantity.count(found.omittedPartCount)) more", .dim)]) }
        if let caution = found.caution { writeWrapped(caution, indent: Self.margin.count) }
    }

    /// Blanks before what belongs to the row above.
    private static let margin = String(repeating: " ", count: 19)

    /// Writes what there is in A and in B behind the beginning of a row, each in a line of its own where one has no room for both.
    private mutating func write(_ contents: RowContents, after row: [(String, Ink)]) {
        let room = (options.width ?? Self.unlimitedWidth) - row.reduce(0) { $0 + $1.0.count }
        guard let a = contents.a, let b = contents.b, contents.line.count > room else {
            return line(row + [(contents.line, .plain)])
        }
        let blanks = String(repeating: " ", count: min(row.reduce(0) { $0 + $1.0.count }, Self.margin.count))
        if contents.words.isEmpty {
            line(row + [("A  \(a)", .plain)])
            line([("\(blanks)B  \(b)", .plain)])
        } else {
            line(row + [(contents.words, .plain)])
            line([("\(blanks)  A  \(a)", .plain)])
            line([("\(blanks)  B  \(b)", .plain)])
        }
    }

    /// Columns of a line where no terminal limits it, before it is broken.
    private static let unlimitedWidth = 160

    /// Writes a sentence, broken at blanks where the terminal ends.
    private mutating func writeWrapped(_ text: String, indent: Int, _ ink: Ink = .dim) {
        let width = options.width ?? Self.unlimitedWidth
        var line = WrappedLine(options.palette, width: width, indent: indent, wordWidth: width)
        line.add(text, ink, indent: indent)
        line.end(in: &output)
    }

    // MARK: Delays

    private mutating func writeDelays(_ pair: ConnectionDifference) {
        guard pair.isSame else { return }
        let all = [pair.requestDelay, pair.responseDelay, pair.fromClient?.maximum, pair.fromServer?.maximum].compactMap(\.self)
        guard all.contains(where: { $0 != 0 }) else { return line([("    delay          none: the same times", .dim)]) }
        var handshake: [String] = []
        if let delay = pair.requestDelay { handshake.append("request \(Quantity.duration(delay))") }
        if let delay = pair.responseDelay { handshake.append("answer \(Quantity.duration(delay))") }
        if !handshake.isEmpty { line([("    delay          \(handshake.joined(separator: ", "))", .dim)]) }
        for (side, delays) in [(Side.client, pair.fromClient), (.server, pair.fromServer)] {
            guard let delays else { continue }
            let arrow = side == .client ? options.palette.toServer : options.palette.toClient
            line([
                (
                    "    delay          \(arrow) median \(Quantity.duration(delays.median)), 95 % \(Quantity.duration(delays.percentile95)), "
                        + "\(Quantity.duration(delays.minimum)) to \(Quantity.duration(delays.maximum)), most at A frame \(delays.worst.a)",
                    .dim
                )
            ])
        }
    }

    // MARK: Connections of one capture

    /// Connections of one capture only, those that are alike taken together.
    func strays(_ indexes: [Int], _ capture: ComparedCapture) -> [(words: String, first: UInt64, count: Int)] {
        var groups: [(words: String, first: UInt64, count: Int)] = []
        var places: [String: Int] = [:]
        for index in indexes {
            let stray = capture.connections[index]
            let url = stray.connection.url.map { String($0.prefix { $0 != "?" }) } ?? "\(stray.connection.server)"
            let words = "\(url)  \(stray.verdict?.phrase ?? "open")"
            if let place = places[words] {
                groups[place].count += 1
            } else {
                places[words] = groups.count
                groups.append((words, stray.connection.number, 1))
            }
        }
        return groups
    }

    private mutating func writeStrays(_ indexes: [Int], _ capture: ComparedCapture, _ name: String) {
        guard !indexes.isEmpty else { return }
        let groups = strays(indexes, capture)
        output.append("\n")
        for group in groups.prefix(options.rowLimit) {
            let count = group.count > 1 ? " \(options.palette.isASCII ? "x" : "×")\(Quantity.count(group.count))" : ""
            line([
                ("\(options.palette.violation) ", .violation), ("only in \(name)  #\(group.first)\(count)  ", .strong),
                (group.words, .plain),
            ])
        }
        if groups.count > options.rowLimit {
            line([("  \(Quantity.count(groups.count - options.rowLimit)) rows more: --limit-rows", .dim)])
        }
    }

    // MARK: Lines

    /// Writes a line, made safe and cut where the terminal ends.
    private mutating func line(_ parts: [(text: String, ink: Ink)]) {
        var room = options.width ?? 400
        for part in parts where room > 0 {
            options.palette.begin(part.ink, in: &output)
            room -= TimelineReport.appendCut(options.palette.spelled(part.text), to: &output, limit: room, options.palette)
            options.palette.end(part.ink, in: &output)
        }
        // Lines do not end in blanks.
        while output.count > 0, output.span[output.count - 1] == UInt8(ascii: " ") { output.truncate(to: output.count - 1) }
        output.append("\n")
    }
}
