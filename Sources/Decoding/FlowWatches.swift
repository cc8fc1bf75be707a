import Inspection
import Subprotocols
import Waits
import WebSocket

/// The TCP connections on which requests may wait for their answers.
struct FlowWatches {
    private struct Watched {
        let watch: FlowWatch
        /// WebSocket connections that it carries.
        var connectionCount = 0
    }

    private var flows: [UInt64: Watched] = [:]
    /// Every message is explained, and not only answers.
    let explainsMessages: Bool

    init(explainsMessages: Bool) { self.explainsMessages = explainsMessages }

    mutating func begin(_ connection: Connection) {
        flows[connection.carrier.flow, default: Watched(watch: FlowWatch(explainsMessages: explainsMessages))].connectionCount += 1
    }

    mutating func end(_ connection: Connection) {
        guard var watched = flows[connection.carrier.flow] else { return }
        watched.watch.end(connection.number)
        watched.connectionCount -= 1
        flows[connection.carrier.flow] = watched.connectionCount > 0 ? watched : nil
    }

    func take(_ mark: TransportMark) { flows[mark.flow]?.watch.take(mark) }

    /// How long a message was on its way; nil if that was no time, or is not asked for.
    func delivery(of message: MessageFacts, _ connection: Connection) -> Delivery? {
        guard explainsMessages else { return nil }
        return flows[connection.carrier.flow]?.watch.delivery(
            of: connection.number, from: message.side, start: message.startTime, end: message.endTime)
    }

    /// Takes a message of no known protocol.
    func take(_ message: MessageFacts, _ connection: Connection) {
        flows[connection.carrier.flow]?.watch.take(
            message: message.number, of: connection.number, from: message.side, start: message.startTime, end: message.endTime)
    }

    /// Takes a message that was just decoded: its answers are explained, and its requests are watched from now on.
    func take(_ conversation: Conversation, _ message: MessageFacts, _ connection: Connection) {
        guard let watch = flows[connection.carrier.flow]?.watch else { return }
        let count = conversation.dialogue.meaning.operations.count
        var isAsking = false
        for index in 0..<count {
            let operation = conversation.dialogue.meaning.operations[index]
            isAsking = isAsking || operation.isAsking
            // Of a stream, later items are when they happen.
            guard operation.request > 0, let latency = operation.latency, operation.isFirstAnswer || operation.role != .stream else {
                continue
            }
            let start = operation.firstMessage > 0 ? message.endTime : message.startTime
            if let wait = watch.wait(
                for: operation.request, of: connection.number, since: message.endTime - latency, answerStart: start,
                answerEnd: message.endTime, isLast: operation.role != .stream)
            {
                conversation.add(wait, to: index)
            }
        }
        take(message, connection)
        if isAsking {
            watch.open(
                message: message.number, of: connection.number, from: message.side, start: message.startTime, end: message.endTime)
        }
    }
}
