import Bytes
import Inspection
import Packets
import Subprotocols
import Verdicts
import WebSocket

/// Notes connections and attempts as they end, and makes chains of them when nothing more comes; bounded.
package struct ChainLog {
    private struct Entry {
        var link: Link
        var origin: Lanes.Origin
        var client: IPAddress
        /// Tells clients of one group apart; 0 where nothing does.
        var identity: Int
        /// Captures before that in which it was.
        var capture: Int32
        /// An index into `notes`; -1 where nothing is known of its messages.
        var notes: Int32
    }

    private var entries: [Entry] = []
    private var origins = Origins(keepsURLs: true)
    private var words: [String] = []
    private var wordNumbers: [String: Int32] = [:]
    private var open = ConnectionTable<OpenNotes>()
    private var notes: [SessionNotes] = []
    private var captureCount: Int32 = 0
    private let limit: Int
    /// Connections and attempts beyond the limit.
    package private(set) var overlookedCount: UInt64 = 0

    /// Ways to end that have words of their own: a response's reason is the server's choice.
    private static let wordsLimit = 1_000

    /// - Parameter limit: connections and attempts that are kept.
    package init(limit: Int) { self.limit = limit }

    // MARK: Events

    /// Ends all chains: what follows is of another capture, and nobody knows what was between them.
    package mutating func beginAnew() {
        origins.beginAnew()
        open = ConnectionTable()
        captureCount &+= 1
    }

    /// Takes a connection that has ended.
    package mutating func take(_ connection: Connection, _ verdict: Verdict) {
        let known = open.isEmpty ? nil : open[connection]
        if known != nil { open[connection] = nil }
        // Of a recording neither the client nor the end is known.
        if connection.isRecorded { return }
        guard entries.count < limit else {
            overlookedCount += 1
            return
        }
        var link = Link(connection, verdict)
        link.ending = number(of: verdict.phrase(of: connection))
        var place: Int32 = -1
        if let known {
            place = Int32(clamping: notes.count)
            notes.append(known.notes)
        }
        entries.append(
            Entry(
                link: link, origin: origins.origin(of: connection), client: connection.client.address,
                identity: known?.notes.identity ?? connection.queryHash, capture: captureCount, notes: place))
    }

    package mutating func take(_ attempt: TransportAttempt) {
        guard var link = Link(attempt) else { return }
        guard entries.count < limit else {
            overlookedCount += 1
            return
        }
        link.ending = number(of: attempt.phrase)
        entries.append(
            Entry(
                link: link, origin: origins.origin(of: attempt), client: attempt.client.address, identity: 0, capture: captureCount,
                notes: -1))
    }

    /// Takes what a message means, where that is decoded.
    package mutating func take(_ meaning: borrowing Meaning, from side: Side, of connection: Connection) {
        known(of: connection).notes.take(meaning, from: side)
    }

    /// Takes a text message of a server, whose numbers may tell what is missing.
    package mutating func take(message: Span<UInt8>, of connection: Connection) {
        let known = known(of: connection)
        if known.notes.numbers.isLooking { known.notes.numbers.take(message) }
    }

    private mutating func known(of connection: Connection) -> OpenNotes {
        if let known = open[connection] { return known }
        let known = OpenNotes()
        open[connection] = known
        return known
    }

    private mutating func number(of phrase: String) -> Int32 {
        if let known = wordNumbers[phrase] { return known }
        let isFull = words.count >= Self.wordsLimit
        if isFull, let known = wordNumbers["ended otherwise"] { return known }
        let text = isFull ? "ended otherwise" : phrase
        wordNumbers[text] = Int32(words.count)
        words.append(text)
        return Int32(words.count - 1)
    }

    // MARK: The end

    /// All chains in which somebody tried again, and what many clients did at once.
    package func found() -> ChainFigures {
        let entries = entries.sorted {
            ($0.capture, $0.link.start, $0.link.number, $0.link.flow) < ($1.capture, $1.link.start, $1.link.number, $1.link.flow)
        }
        let split = GroupSplit(entries.map { ($0.origin.group, $0.identity, $0.link) }, groupCount: origins.groupCount)
        var lanes = Lanes(groupCount: split.groupCount, endpointCount: origins.endpointCount)
        var ends = EndQueue()
        for (index, entry) in entries.enumerated() {
            while let ended = ends.next(by: entry.link.start) {
                lanes.end(ended.lane, entries[ended.link].origin, entries[ended.link].link.fate, at: entries[ended.link].link.end)
            }
            var origin = entry.origin
            origin.group = split.groups[index]
            let lane = lanes.begin(index, origin, at: entry.link.start)
            if entry.link.fate != .open { ends.add(EndQueue.Element(time: entry.link.end, link: index, lane: lane)) }
        }
        return figures(of: lanes.lanes, entries)
    }

    private func figures(of lanes: [Lanes.Lane], _ entries: [Entry]) -> ChainFigures {
        let links = lanes.map { $0.links.map { entries[$0].link } }
        let clients = lanes.map { entries[$0.links[0]].client }
        let captures = lanes.map { entries[$0.links[0]].capture }
        var figures = ChainFigures(
            chains: [], storms: Storm.find(links, clients: clients, captures: captures, words), overlookedCount: overlookedCount)
        for (place, lane) in lanes.enumerated() where links[place].dropLast().contains(where: \.isBroken) {
            let url = lane.links.lazy.compactMap { entries[$0].origin.group }.first.flatMap { origins.urls[$0] }
            var chain = Chain(clients[place], url: url, links[place], isAmbiguous: lane.isAmbiguous, words: words)
            if !notes.isEmpty { chain.continuity = Continuity(zip(links[place], lane.links.map { known(entries[$0]) })) }
            figures.chains.append(chain)
        }
        return figures
    }

    private func known(_ entry: Entry) -> SessionNotes? { entry.notes < 0 ? nil : notes[Int(entry.notes)] }
}

/// Where notes are kept while they grow.
private final class OpenNotes {
    var notes = SessionNotes()
}

/// What connections that follow each other add up to.
package struct ChainFigures: Sendable {
    /// Those in which somebody tried again, in the order in which they began.
    package var chains: [Chain] = []
    package var storms: [Storm] = []
    /// Connections and attempts that were not looked at, because of the limit.
    package var overlookedCount: UInt64 = 0

    package var isEmpty: Bool { chains.isEmpty && storms.isEmpty }

    /// What they are called together: nobody reconnects who had no connection before.
    package var title: StaticString {
        storms.isEmpty && chains.allSatisfy { $0.lossCount == 0 } ? "Repeated attempts" : "Reconnects"
    }

    /// The chain that a connection is in, and nothing else.
    package func about(_ numbers: Set<UInt64>) -> ChainFigures {
        ChainFigures(chains: chains.filter { $0.links.contains { numbers.contains($0.number) } })
    }
}
