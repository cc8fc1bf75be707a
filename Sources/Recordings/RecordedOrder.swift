import Bytes
import HTTP
import WebSocket

/// Connections and messages that were read, until they are handed on in the order of time.
///
/// The messages of a connection keep their order, whatever their times say.
struct RecordedOrder: ~Copyable {
    private struct Message {
        var connection: Int
        var message: RecordedMessage
        var content: Range<Int>
    }

    private struct Conversation {
        var number: Int
        /// Nil once it was handed on.
        var opening: RecordedConnection?
        var failure: String?
        var isOver = false
        var endTime: Timestamp?
        /// The time that the next message has at least, for the order; of control frames, which recorders list apart, the same.
        var latest: Timestamp?
        var latestControl: Timestamp?
        /// The time of the last message, for those without.
        var shown: Timestamp?
    }

    private enum Kind {
        case opened(Int)
        case message(Int)
        case ended(Int)
    }

    private struct Item {
        var time: Timestamp
        var kind: Kind
    }

    private var conversations: [Conversation] = []
    private var messages: [Message] = []
    private var bytes = ByteBuffer()
    private var headByteCount = 0
    private var queue: [Item] = []
    private var position = 0
    private var current = 0..<0
    private(set) var untimedCount: UInt64 = 0

    /// What waits to be put in order.
    var waitingByteCount: Int { bytes.count + messages.count * 192 + headByteCount }

    /// What stands beside the event that `next` returned last.
    var content: Span<UInt8> {
        @_lifetime(borrow self)
        get { bytes.span.extracting(current) }
    }

    // MARK: Reading

    /// A connection, the newest, that messages and an end follow.
    mutating func begin(_ number: Int) { conversations.append(Conversation(number: number)) }

    /// What the newest connection is.
    mutating func set(_ connection: RecordedConnection) {
        conversations[conversations.count - 1].endTime = connection.endTime
        if let failure = connection.failure { conversations[conversations.count - 1].failure = failure }
        if conversations[conversations.count - 1].latest != nil { return }
        headByteCount += connection.byteCount
        conversations[conversations.count - 1].opening = connection
    }

    /// Forgets the newest connection, which has no messages.
    mutating func takeBack() { conversations.removeLast() }

    mutating func append(_ message: RecordedMessage, _ content: Span<UInt8>) {
        let start = bytes.count
        bytes.append(content)
        messages.append(Message(connection: conversations.count - 1, message: message, content: start..<bytes.count))
    }

    mutating func fail(_ reason: String) {
        if conversations[conversations.count - 1].failure == nil { conversations[conversations.count - 1].failure = reason }
    }

    mutating func end() { conversations[conversations.count - 1].isOver = true }

    // MARK: Handing on

    /// The next event; nil when all were handed on that were put in order.
    mutating func next() -> RecordedEvent? {
        guard position < queue.count else { return nil }
        let item = queue[position]
        position += 1
        current = 0..<0
        switch item.kind {
        case .opened(let index):
            defer { conversations[index].opening = nil }
            return .opened(conversations[index].number, conversations[index].opening ?? RecordedConnection())
        case .message(let index):
            current = messages[index].content
            return .message(conversations[messages[index].connection].number, messages[index].message)
        case .ended(let index): return .ended(conversations[index].number, at: item.time, failure: conversations[index].failure)
        }
    }

    /// Puts what was read in order, once everything before was handed on.
    mutating func arrange() {
        queue.removeAll(keepingCapacity: true)
        position = 0
        noteOpenings()
        for index in messages.indices {
            let place = messages[index].connection
            let shown = messages[index].message.time ?? conversations[place].shown ?? Timestamp(nanoseconds: 0)
            if messages[index].message.time == nil { untimedCount += 1 }
            messages[index].message.time = shown
            conversations[place].shown = shown
            let isControl = messages[index].message.opcode.isControl
            let before = isControl ? conversations[place].latestControl : conversations[place].latest
            let time = max(shown, before ?? shown)
            if isControl { conversations[place].latestControl = time } else { conversations[place].latest = time }
            queue.append(Item(time: time, kind: .message(index)))
        }
        for (index, conversation) in conversations.enumerated() where conversation.isOver {
            let earliest = Timestamp(nanoseconds: .min)
            let latest = max(conversation.latest ?? earliest, conversation.latestControl ?? earliest)
            queue.append(Item(time: max(conversation.endTime ?? latest, latest), kind: .ended(index)))
        }
        // What has the same time keeps its order.
        let order = queue.indices.sorted { (queue[$0].time, $0) < (queue[$1].time, $1) }
        queue = order.map { queue[$0] }
    }

    /// A connection opens before its first message, also where the clock says otherwise.
    private mutating func noteOpenings() {
        // Its heads come after more of its messages than may wait.
        if let last = conversations.last, last.opening == nil, last.latest == nil, !messages.isEmpty {
            var opening = RecordedConnection()
            opening.hasMessages = true
            conversations[conversations.count - 1].opening = opening
        }
        var firsts: [Int: Timestamp] = [:]
        for message in messages {
            guard let time = message.message.time else { continue }
            firsts[message.connection] = min(firsts[message.connection] ?? time, time)
        }
        for (index, conversation) in conversations.enumerated() {
            guard let opening = conversation.opening else { continue }
            let time = opening.time ?? firsts[index] ?? Timestamp(nanoseconds: 0)
            if opening.time == nil { conversations[index].opening?.time = time }
            conversations[index].latest = min(time, firsts[index] ?? time)
            conversations[index].latestControl = conversations[index].latest
            conversations[index].shown = time
            queue.append(Item(time: conversations[index].latest ?? time, kind: .opened(index)))
        }
    }

    /// Lets go of what was handed on.
    mutating func forget() {
        let last = conversations.last.flatMap { $0.isOver ? nil : $0 }
        conversations = last.map { [$0] } ?? []
        messages.removeAll(keepingCapacity: true)
        queue.removeAll(keepingCapacity: true)
        bytes.removeAll()
        (position, headByteCount, current) = (0, 0, 0..<0)
    }
}

extension RecordedConnection {
    /// What it takes of memory, or somewhat more.
    fileprivate var byteCount: Int {
        func count(_ headers: Headers?) -> Int {
            headers?.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 96 } ?? 0
        }
        // The target of a request repeats the URL.
        return 1_024 + 2 * url.utf8.count + count(request?.headers) + count(response?.headers) + (response?.reason.utf8.count ?? 0)
            + body.count
            + (failure?.utf8.count ?? 0)
    }
}
