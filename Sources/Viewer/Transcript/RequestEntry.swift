import Subprotocols
import WebSocket

/// A request inside WebSocket, and what became of it.
struct RequestEntry: Sendable {
    enum Standing: Int, Sendable {
        /// Its connection ended without an answer.
        case unanswered
        case answered
        /// It may be answered yet, or need not be.
        case open
    }

    /// Index into `Transcript.connections`.
    var connection: UInt32
    var message: UInt64
    var from: Side
    /// The frame that ends its message.
    var row: UInt32
    /// `subscribe room #7`.
    var label: String
    /// What tells it apart from others in its message.
    var id: [UInt8]
    var standing = Standing.open
    /// The frame that ends the first answer.
    var answer: UInt32?
    /// Nanoseconds until the first answer.
    var latency: Int64 = 0
    /// One of its answers was an error.
    var isError = false
    /// What is wrong, in the peer's words.
    var reason = ""
}

/// What belongs to a request.
struct Answer: Sendable {
    var row: UInt32
    /// Nanoseconds since the request.
    var latency: Int64
    var isFirst: Bool
    var isError: Bool
    var reason: String
}

/// What a message says of requests, as the recorder hands it over.
enum RequestNote: Sendable {
    case asked(RequestEntry)
    case answered(connection: UInt32, message: UInt64, id: [UInt8], Answer)
    case unanswered(connection: UInt32, message: UInt64, id: [UInt8])
}

/// The requests of all connections, and the order in which they are listed.
struct Requests {
    private struct Key: Hashable {
        var connection: UInt32
        var message: UInt64
    }

    private(set) var entries: [RequestEntry] = []
    private(set) var unansweredCount = 0
    private(set) var errorCount = 0
    private var places: [Key: [Int]] = [:]
    /// From the row of a request or an answer to that of the other.
    private var partners: [UInt32: UInt32] = [:]
    private var order: [Int] = []
    private var isOrdered = true

    /// Requests beyond these are counted by the recorder.
    static let limit = 500_000
    /// Where there are as many, the list is put in order anew only when it has grown by a tenth, or nothing more comes.
    private static let many = 20_000

    mutating func add(_ note: RequestNote) {
        isOrdered = false
        switch note {
        case .asked(let entry):
            places[Key(connection: entry.connection, message: entry.message), default: []].append(entries.count)
            entries.append(entry)
        case .answered(let connection, let message, let id, let answer):
            guard let index = find(connection, message, id) else { return }
            add(answer, to: index)
        case .unanswered(let connection, let message, let id):
            guard let index = find(connection, message, id), entries[index].standing == .open else { return }
            entries[index].standing = .unanswered
            unansweredCount += 1
        }
    }

    private mutating func add(_ answer: Answer, to index: Int) {
        if partners[answer.row] == nil { partners[answer.row] = entries[index].row }
        if answer.isFirst, entries[index].answer == nil {
            entries[index].answer = answer.row
            entries[index].standing = .answered
            entries[index].latency = answer.latency
            if partners[entries[index].row] == nil { partners[entries[index].row] = answer.row }
        }
        guard answer.isError, !entries[index].isError else { return }
        errorCount += 1
        entries[index].isError = true
        entries[index].reason = answer.reason
    }

    /// What became of the requests in a message, the worst of it; nil where it has none.
    func standing(connection: UInt32, message: UInt64) -> RequestEntry.Standing? {
        places[Key(connection: connection, message: message)]?.map { entries[$0].standing }.min { $0.rawValue < $1.rawValue }
    }

    /// A message may hold several requests.
    private func find(_ connection: UInt32, _ message: UInt64, _ id: [UInt8]) -> Int? {
        guard let found = places[Key(connection: connection, message: message)] else { return nil }
        return found.first { entries[$0].id == id } ?? found.first
    }

    func partner(of row: UInt32) -> UInt32? { partners[row] }

    /// The unanswered first, then the slowest, then those that may be answered yet; each kind in the order in which they were made.
    mutating func ordered(isComplete: Bool) -> [Int] {
        if isOrdered || (!isComplete && entries.count > Self.many && entries.count < order.count + order.count / 10) { return order }
        order = entries.indices.sorted {
            let (one, other) = (entries[$0], entries[$1])
            if one.standing != other.standing { return one.standing.rawValue < other.standing.rawValue }
            return one.latency != other.latency ? one.latency > other.latency : $0 < $1
        }
        isOrdered = true
        return order
    }
}
