import Bytes
import Chains
import Inspection
import Rules
import Verdicts
import WebSocket

/// What was seen, small enough to keep of every frame; confined to the thread that shows it.
public final class Transcript {
    private(set) var rows = Chunked<FrameRow>()
    private(set) var connections: [ConnectionEntry] = []
    /// The rows of each connection.
    private(set) var rowsOfConnection: [[UInt32]] = []
    private(set) var findings: [FindingEntry] = []
    /// Connections that could not be read; the first of them.
    private(set) var encrypted: [EncryptedConnection] = []
    private(set) var encryptedCount = 0
    /// TCP connections that came to nothing; the first of them.
    private(set) var attempts: [TransportAttempt] = []
    private(set) var attemptCount = 0
    /// Of either as many are kept.
    static let unreadLimit = 1_000
    /// Where connections begin and end, in the order of rows.
    private(set) var markers: [Marker] = []
    /// Connections that share a TCP connection, streams of HTTP/2, by the number of that.
    private(set) var streamsOfFlow: [UInt64: [UInt32]] = [:]
    /// Where captures of their own begin, but the first.
    private(set) var captures: [CaptureStart] = []
    /// Grows with everything that is appended.
    private(set) var revision: UInt64 = 0
    private(set) var omittedFindingCount: UInt64 = 0
    private(set) var requests = Requests()
    private(set) var omittedRequestCount: UInt64 = 0
    /// Nothing more comes, so that lists have their last order.
    var isComplete = false
    private var madeChains: TranscriptChains?
    /// Indexes into `findings` of those that are about a frame, in the order of rows.
    private var frameFindings: [Int] = []
    /// Indexes into `findings` of those that are about a connection and no frame.
    private var findingsOfConnection: [UInt32: [Int]] = [:]
    /// By row, in its order.
    private var details: [(row: UInt32, details: FrameDetails)] = []
    /// Messages whose last frames never came.
    private(set) var unfinished: [UnfinishedMessage] = []
    /// Application bytes of all messages.
    private(set) var byteCount: UInt64 = 0
    /// When the first thing happened, and the last.
    private(set) var start: Timestamp?
    private(set) var end: Timestamp?

    public init() {}

    public func append(_ batch: Batch) {
        revision += 1
        madeChains = nil
        for entry in batch.opened {
            if entry.carrier.stream != nil {
                streamsOfFlow[entry.carrier.flow, default: []].append(UInt32(truncatingIfNeeded: connections.count))
            }
            connections.append(entry)
            rowsOfConnection.append([])
            see(entry.time)
        }
        let first = rows.count
        rows.append(contentsOf: batch.rows)
        add(batch.rows, batch.details, from: first)
        details += batch.details.map { (row: $0.row, details: $0.1) }
        for message in batch.unfinished { add(message) }
        for finding in batch.findings { add(finding) }
        encryptedCount += batch.encrypted.count
        encrypted += batch.encrypted.prefix(max(0, Self.unreadLimit - encrypted.count))
        attemptCount += batch.attempts.count
        attempts += batch.attempts.prefix(max(0, Self.unreadLimit - attempts.count))
        markers += batch.markers
        captures += batch.captures
        omittedFindingCount += batch.omittedFindingCount
        for note in batch.requests { requests.add(note) }
        omittedRequestCount += batch.omittedRequestCount
        for (connection, verdict) in batch.ended where Int(connection) < connections.count {
            connections[Int(connection)].verdict = verdict
            if let time = verdict?.time { connections[Int(connection)].lastTime = time }
        }
    }

    private func see(_ time: Timestamp) {
        start = start.map { min($0, time) } ?? time
        end = end.map { max($0, time) } ?? time
    }

    /// Adds rows to what their connections add up to.
    private func add(_ added: ContiguousArray<FrameRow>, _ details: [(row: UInt32, FrameDetails)], from first: Int) {
        // Taken out of the object for the loop: there each access to them would be checked.
        var connections: [ConnectionEntry] = []
        var rowsOfConnection: [[UInt32]] = []
        swap(&connections, &self.connections)
        swap(&rowsOfConnection, &self.rowsOfConnection)
        var byteCount: UInt64 = 0
        var detailCount = 0
        for (offset, row) in added.enumerated() {
            var known: FrameDetails?
            if row.flags.contains(.hasDetails) {
                known = details[detailCount].1
                detailCount += 1
            }
            guard Int(row.connection) < connections.count else { continue }
            rowsOfConnection[Int(row.connection)].append(UInt32(first + offset))
            let message = row.messageLength(known)
            connections[Int(row.connection)].add(row, message: message)
            byteCount &+= message
        }
        swap(&connections, &self.connections)
        swap(&rowsOfConnection, &self.rowsOfConnection)
        self.byteCount &+= byteCount
        if let earliest = added.lazy.map(\.time).min() { see(earliest) }
        if let latest = added.lazy.map(\.time).max() { see(latest) }
    }

    private func add(_ message: UnfinishedMessage) {
        guard Int(message.connection) < connections.count else { return }
        connections[Int(message.connection)].add(message)
        byteCount &+= message.length
        var message = message
        message.row = rowsOfConnection[Int(message.connection)].suffix(Self.messageReach).last { rows[Int($0)].message == message.message }
        unfinished.append(message)
    }

    private func add(_ finding: FindingEntry) {
        if finding.row != nil {
            frameFindings.append(findings.count)
        } else if let connection = finding.connection {
            findingsOfConnection[connection, default: []].append(findings.count)
        }
        findings.append(finding)
        guard let connection = finding.connection, Int(connection) < connections.count else { return }
        connections[Int(connection)].findingCounts[finding.finding.rule.severity.rawValue] += 1
    }

    // MARK: Looking things up

    /// The chain that a connection is part of; nil where it stands alone, and as long as more comes.
    func chain(of connection: UInt64) -> (chain: Chain, position: Int)? {
        guard isComplete else { return nil }
        let chains = madeChains ?? TranscriptChains(self)
        madeChains = chains
        return chains[connection]
    }

    /// Indexes of requests, as they are listed.
    var orderedRequests: [Int] { requests.ordered(isComplete: isComplete) }

    func details(of row: UInt32) -> FrameDetails? {
        guard rows[Int(row)].flags.contains(.hasDetails) else { return nil }
        let place = details.partitioningIndex { $0.row >= row }
        return place < details.count && details[place].row == row ? details[place].details : nil
    }

    /// Indexes of the findings about a frame.
    func findings(of row: UInt32) -> [Int] {
        guard rows[Int(row)].severity != nil else { return [] }
        var place = frameFindings.partitioningIndex { (findings[$0].row ?? 0) >= row }
        var found: [Int] = []
        while place < frameFindings.count, findings[frameFindings[place]].row == row {
            found.append(frameFindings[place])
            place += 1
        }
        return found
    }

    /// The findings about a connection and none of its frames.
    func findings(ofConnection connection: UInt32) -> [FindingEntry] { (findingsOfConnection[connection] ?? []).map { findings[$0] } }

    /// Rows with findings behind one, or before it, from the nearest on; of none, all.
    func rowsWithFindings(from row: UInt32?, isForward: Bool) -> some Sequence<UInt32> {
        func rowOf(_ place: Int) -> UInt32 { findings[frameFindings[place]].row ?? 0 }
        let first = row.map { row in
            frameFindings.partitioningIndex { isForward ? (findings[$0].row ?? 0) > row : (findings[$0].row ?? 0) >= row }
        }
        let places = isForward ? Array((first ?? 0)..<frameFindings.count) : Array((0..<(first ?? 0)).reversed())
        return places.lazy.map(rowOf)
    }

    /// The payload length as announced, all 64 bits of it.
    func length(of row: UInt32) -> UInt64 { details(of: row)?.length ?? rows[Int(row)].length }

    /// A message's frames lie close together; a look at so many neighbours is enough for any that people send.
    private static let messageReach = 20_000

    /// The frames of the message that a frame belongs to, in order.
    func frames(ofMessageOf row: UInt32) -> [UInt32] {
        let message = rows[Int(row)]
        guard message.isFragment else { return [row] }
        let all = rowsOfConnection[Int(message.connection)]
        let place = all.partitioningIndex { $0 >= row }
        func isSame(_ other: UInt32) -> Bool {
            let other = rows[Int(other)]
            return other.message == message.message && other.from == message.from
        }
        let reach = Self.messageReach
        var frames: [UInt32] = []
        for index in stride(from: place - 1, through: max(0, place - reach), by: -1) where index >= 0 && isSame(all[index]) {
            frames.append(all[index])
            if !rows[Int(all[index])].opcode.isControl, rows[Int(all[index])].opcode != .continuation { break }
        }
        frames.reverse()
        for index in place..<min(all.count, place + reach) where isSame(all[index]) {
            frames.append(all[index])
            if rows[Int(all[index])].flags.contains(.endsMessage) { break }
        }
        return frames
    }
}

extension Array {
    /// The first index whose element fulfils a condition that holds from some place on; the count when none does.
    package func partitioningIndex(_ isBehind: (Element) -> Bool) -> Int {
        var range = 0..<count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = isBehind(self[middle]) ? range.lowerBound..<middle : middle + 1..<range.upperBound
        }
        return range.lowerBound
    }
}
