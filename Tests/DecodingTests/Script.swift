import Subprotocols
import WebSocket

/// A conversation that is told messages one after the other, and what may never be said of them.
struct Script {
    let conversation: Conversation
    private var number: UInt64 = 0
    private var byteCount = 0
    private(set) var faults: [String] = []

    /// Bytes of a protocol's own words that a text may have beside what was said.
    private static let ownWords = 64

    init(_ talk: Talk) {
        conversation = Conversation(HandshakeFacts(subprotocol: talk.subprotocol, target: talk.target, host: talk.host))
    }

    mutating func send(_ message: Talk.Said, isWhole: Bool = true) {
        number += 1
        byteCount += message.content.count
        let time = Int64(number) * 1_000_000
        let facts = MessageFacts(
            number: number, side: message.side, startTime: time, endTime: time, isText: message.isText, isWhole: isWhole)
        _ = conversation.take(message.content.span, facts)
        judge(message)
    }

    private mutating func judge(_ message: Talk.Said) {
        let count = conversation.dialogue.meaning.operations.count
        if count > Meaning.operationLimit { faults.append("message \(number) has \(count) operations") }
        for index in 0..<count {
            let operation = conversation.dialogue.meaning.operations[index]
            for text in [operation.word, operation.name, operation.detail, operation.id, operation.reason] {
                let count = Int(text.count)
                if count > Meaning.textLimit { faults.append("message \(number) has a text of \(count) bytes") }
                if count > byteCount + Self.ownWords { faults.append("message \(number) has a text longer than all that was said") }
            }
            if Int(operation.value.count) > Meaning.valueLimit {
                faults.append("message \(number) has a value that is too long")
            }
            if operation.request > number { faults.append("message \(number) answers a later one") }
            if operation.request == 0, operation.latency != nil { faults.append("message \(number) answers none and has a latency") }
            if let latency = operation.latency, latency < 0 || latency >= Int64(number) * 1_000_000 {
                faults.append("message \(number) answers after \(latency) ns")
            }
            if operation.firstMessage >= number, operation.firstMessage > 0 { faults.append("message \(number) began later than it ended") }
        }
    }
}
