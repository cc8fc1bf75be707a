import Bytes
import Inspection
import Subprotocols
import WebSocket

// Requests and their answers, as messages that are decoded say them.
extension Recorder {
    private static let labelLimit = 160

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message, content: Span<UInt8>, meaning: borrowing Meaning,
        of connection: Connection
    ) {
        let row = nextRow
        self.frame(frame, payload: payload, ending: message, content: content, of: connection)
        guard nextRow > row else { return }
        let index = UInt32(truncatingIfNeeded: connection.number - 1)
        for operation in meaning.operations where operation.role != .heartbeat {
            let id = meaning.bytes(of: operation.id).copied()
            if operation.request > 0, let latency = operation.latency {
                let answer = Answer(
                    row: row, latency: latency, isFirst: operation.isFirstAnswer, isError: operation.status == .error,
                    reason: Self.text(operation.reason, meaning))
                keep(.answered(connection: index, message: operation.request, id: id, answer))
            }
            guard operation.isAsking else { continue }
            keepRequest(
                RequestEntry(
                    connection: index, message: message.number, from: message.from, row: row, label: Self.label(operation, meaning), id: id)
            )
        }
    }

    mutating func note(unanswered requests: [Unanswered], in connection: Connection) {
        let index = UInt32(truncatingIfNeeded: connection.number - 1)
        for request in requests where request.role != .heartbeat {
            keep(.unanswered(connection: index, message: request.message, id: request.id))
        }
    }

    private static func label(_ operation: Operation, _ meaning: borrowing Meaning) -> String {
        var words = [operation.word.isEmpty ? "\(operation.type)" : text(operation.word, meaning)]
        if !operation.name.isEmpty { words.append(text(operation.name, meaning)) }
        if !operation.detail.isEmpty { words.append(text(operation.detail, meaning)) }
        if !operation.id.isEmpty { words.append("#\(text(operation.id, meaning))") }
        return words.joined(separator: " ")
    }

    private static func text(_ text: Operation.Text, _ meaning: borrowing Meaning) -> String {
        let bytes = meaning.bytes(of: text)
        return String(decoding: bytes.extracting(first: labelLimit).copied(), as: UTF8.self)
    }
}
