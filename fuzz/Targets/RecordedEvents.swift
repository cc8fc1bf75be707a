import Bytes
import HTTP
import Packets
import Recordings
import WebSocket

/// What was read of a recording, in lines to compare, and what was wrong with the order.
struct RecordedEvents: Equatable {
    /// Bytes of a message that are kept.
    static let messageByteCount = 1_000

    private struct Conversation: Equatable {
        var isOver = false
        /// The latest time of messages, and of control frames, which recorders list apart.
        var latest: [Timestamp?] = [nil, nil]
    }

    var error: RecordingError?
    /// All events, in order.
    private var lines: [String] = []
    /// The messages of each connection without their times, control frames apart, and why it failed.
    private(set) var conversations: [Int: [[String]]] = [:]
    /// What a HAR says of all that.
    private(set) var writtenLines: [String] = []
    private var open: [Int: Conversation] = [:]
    private var latest: Timestamp?
    private var isInOrder = true
    private var messageCount: UInt64 = 0
    private var notes: [String] = []
    private var fault: String?

    mutating func note(_ event: RecordedEvent, _ content: Span<UInt8>) {
        switch event {
        case .opened(let number, let connection):
            if open[number] != nil { fault = "connection \(number) begins twice" }
            open[number] = Conversation()
            conversations[number] = [[], [], []]
            writtenLines.append("opened")
            let times = [connection.time, connection.responseTime, connection.endTime].map { $0.map { "\($0.nanoseconds)" } ?? "" }
            lines.append(
                "opened \(number) \(connection.url) \(times) \(connection.isSecure) \(connection.server?.description ?? "") "
                    + "\(connection.request?.target ?? "") \(connection.response?.status ?? 0) \(connection.body) "
                    + "\(connection.failure ?? "") \(connection.hasMessages) \(connection.lacksMessages)")
        case .message(let number, let message): take(message, content.copied(), of: number)
        case .ended(let number, let time, let failure):
            guard let conversation = open[number], !conversation.isOver else {
                return fault = "connection \(number) ends without a beginning"
            }
            open[number]?.isOver = true
            conversations[number]?[2].append(failure ?? "")
            for latest in conversation.latest.compactMap({ $0 }) where latest > time {
                fault = "connection \(number) ends before its messages"
            }
            lines.append("ended \(number) \(time.nanoseconds) \(failure ?? "")")
        }
    }

    private mutating func take(_ message: RecordedMessage, _ content: [UInt8], of number: Int) {
        guard let conversation = open[number], !conversation.isOver else { return fault = "a message outside of connection \(number)" }
        guard let time = message.time else { return fault = "a message without a time" }
        messageCount += 1
        if content.count > Self.messageByteCount || UInt64(content.count) > message.length { fault = "a message longer than it is" }
        let place = message.opcode.isControl ? 1 : 0
        let key = max(time, conversation.latest[place] ?? time)
        open[number]?.latest[place] = key
        if let latest, key < latest { isInOrder = false }
        latest = key
        let isWhole = UInt64(content.count) == message.length
        let words = "\(message.from) \(message.opcode.rawValue)"
        let detail = "\(words) \(message.length) \(message.isRedacted) \(message.isComplete) \(message.roundTrip ?? -1) \(content)"
        lines.append("\(number) \(time.nanoseconds) \(detail)")
        conversations[number]?[place].append(detail)
        let what =
            switch message.opcode {
            // A close is written as code and reason, and other control frames without their length.
            case .close: ""
            case let opcode where opcode.isControl: "\(content) \(message.roundTrip ?? -1)"
            default:
                // A text that is cut ends with a whole character.
                "\(message.length) \(isWhole || message.opcode != .text ? content : []) \(message.isRedacted) "
                    + "\(message.isComplete && (isWhole || message.isRedacted))"
            }
        writtenLines.append("\(words) \(time.nanoseconds) \(what)")
    }

    mutating func end(_ facts: RecordingFacts) {
        notes = facts.notes
        if !isInOrder, !facts.isPartlyOrdered { fault = "messages are not in the order of time" }
        if facts.messageCount != messageCount { fault = "\(facts.messageCount) messages are counted, and \(messageCount) were handed on" }
        if facts.connectionCount != UInt64(open.count) { fault = "\(facts.connectionCount) connections are counted, of \(open.count)" }
        if let left = open.first(where: { !$0.value.isOver }) { fault = "connection \(left.key) does not end" }
    }

    func check() throws(Broken) {
        try demand(fault == nil, fault ?? "")
        for text in notes + [error?.text ?? ""] {
            try Promise.harmless(Array(text.utf8), "a note")
            try demand(!text.contains("\n"), "a note has several lines")
        }
    }
}
