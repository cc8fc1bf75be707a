import Bytes
import WebSocket

@testable import Subprotocols

/// A talk between the two ends, and what is said of it.
final class Script {
    let conversation: Conversation
    private var count: UInt64 = 0
    /// What happened to the protocol, once for each change.
    private(set) var states: [Conversation.State] = []

    init(subprotocol: String? = nil, target: String = "/", host: String = "", rules: [PairRule] = []) {
        conversation = Conversation(HandshakeFacts(subprotocol: subprotocol, target: target, host: host), rules: rules)
    }

    /// Sends a message, a millisecond after the one before.
    /// - Returns: a line for each operation: role, type, name, detail, #id, answered message, latency in ms, status, reason.
    @discardableResult
    func send(_ side: Side, _ content: [UInt8], isText: Bool = true, isWhole: Bool = true) -> [String] {
        count += 1
        let time = Int64(count) * 1_000_000
        let facts = MessageFacts(number: count, side: side, startTime: time, endTime: time, isText: isText, isWhole: isWhole)
        if conversation.take(content.span, facts) { states.append(conversation.state) }
        return lines
    }

    @discardableResult
    func send(_ side: Side, _ text: String) -> [String] { send(side, Array(text.utf8)) }

    @discardableResult
    func binary(_ side: Side, _ bytes: [UInt8]) -> [String] { send(side, bytes, isText: false) }

    private var lines: [String] {
        (0..<conversation.dialogue.meaning.operations.count).map { index in
            let operation = conversation.dialogue.meaning.operations[index]
            var words = ["\(operation.role.name)", operation.word.isEmpty ? "\(operation.type)" : string(operation.word)]
            for text in [operation.name, operation.detail] where !text.isEmpty { words.append(string(text)) }
            if !operation.id.isEmpty { words.append("#\(string(operation.id))") }
            if operation.request > 0 { words.append("@\(operation.request)") }
            if let latency = operation.latency { words.append("\(latency / 1_000_000)ms") }
            if let status = operation.status { words.append("\(status.name)") }
            if !operation.reason.isEmpty { words.append("(\(string(operation.reason)))") }
            if operation.firstMessage > 0 { words.append("from \(operation.firstMessage)") }
            return words.joined(separator: " ")
        }
    }

    private func string(_ text: Operation.Text) -> String { conversation.dialogue.meaning.string(text) }

    /// The value of the last operation.
    var value: String { conversation.dialogue.meaning.operations.last.map { string($0.value) } ?? "" }

    var unanswered: [String] {
        conversation.unanswered(limit: 100).named.map { "\($0.type) \(String(decoding: $0.name, as: UTF8.self))" }
    }
}

extension Meaning {
    func string(_ text: Operation.Text) -> String {
        let bytes = bytes(of: text)
        return String(decoding: bytes.copied(), as: UTF8.self)
    }
}
