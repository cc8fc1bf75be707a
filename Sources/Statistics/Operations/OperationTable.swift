import Bytes
import Streams
import Subprotocols
import Waits
import WebSocket

/// Counts operations by protocol and name; bounded.
package struct OperationTable {
    package private(set) var rows: [OperationFigures] = []
    /// Operations with names beyond the limit.
    package private(set) var overlooked: UInt64 = 0
    /// Operations beyond those that are kept of a message.
    package private(set) var omitted: UInt64 = 0
    /// Requests of which it is not known whether they were answered, since they were not paired.
    package private(set) var unpaired: UInt64 = 0
    private var places: [OperationFigures.Key: Int] = [:]
    private let limit: Int

    package init(limit: Int) { self.limit = limit }

    /// Takes the operations of a message, but for heartbeats.
    package mutating func take(_ meaning: borrowing Meaning, from side: Side) {
        omitted += UInt64(meaning.omittedCount)
        for (index, operation) in meaning.operations.enumerated() where operation.role != .heartbeat {
            take(operation, meaning.wait(of: index), meaning, from: side)
        }
    }

    private mutating func take(_ operation: Operation, _ wait: Wait?, _ meaning: borrowing Meaning, from side: Side) {
        let isAnswer = operation.request > 0
        if !isAnswer || operation.isAsking {
            change(key(meaning, side, operation.type, operation.word, operation.name)) { row in
                row.count += 1
                if operation.role == .request { row.requestCount += 1 }
                if operation.status == .error, !isAnswer { row.errorCount += 1 }
            }
        }
        guard isAnswer else { return }
        let name = operation.isRequestUnnamed ? Operation.Text() : operation.name
        change(key(meaning, side.other, operation.requestType, operation.requestWord, name)) { row in
            if operation.status == .error { row.errorCount += 1 }
            guard operation.isFirstAnswer else { return }
            row.answeredCount += 1
            if let latency = operation.latency { row.latencies.add(latency) }
            for part in wait?.parts ?? [] { row.waits[WaitKind(cause: part.cause, side: part.side), default: 0] &+= part.nanoseconds }
        }
    }

    private func key(
        _ meaning: borrowing Meaning, _ side: Side, _ type: StaticString, _ word: Operation.Text, _ name: Operation.Text
    ) -> OperationFigures.Key {
        OperationFigures.Key(
            protocol: "\(meaning.name)", from: side,
            type: word.isEmpty ? "\(type)" : String(decoding: meaning.bytes(of: word).copied(), as: UTF8.self),
            name: meaning.bytes(of: name).copied())
    }

    /// Takes the requests of an ended connection that nothing answered.
    package mutating func take(_ unanswered: UnansweredRequests, _ name: StaticString) {
        unpaired += unanswered.unpairedCount
        for request in unanswered.named where request.role != .heartbeat {
            let type = request.word.isEmpty ? "\(request.type)" : String(decoding: request.word, as: UTF8.self)
            change(OperationFigures.Key(protocol: "\(name)", from: request.from, type: type, name: request.name)) {
                $0.unansweredCount += 1
            }
        }
    }

    private mutating func change(_ key: OperationFigures.Key, _ change: (inout OperationFigures) -> Void) {
        if let place = places[key] { return change(&rows[place]) }
        guard rows.count < limit else {
            overlooked += 1
            return
        }
        places[key] = rows.count
        rows.append(OperationFigures(key))
        change(&rows[rows.count - 1])
    }

    /// Those with requests first, then those that are most frequent.
    package var ordered: [OperationFigures] {
        rows.enumerated().sorted { one, other in
            if one.element.isAsked != other.element.isAsked { return one.element.isAsked }
            return (other.element.count, one.offset) < (one.element.count, other.offset)
        }.map(\.element)
    }
}
