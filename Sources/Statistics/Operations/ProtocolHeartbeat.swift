import Streams
import Subprotocols
import WebSocket

/// The heartbeats of a protocol inside WebSocket that one side begins.
package struct ProtocolHeartbeat: Sendable {
    package private(set) var sent: UInt64 = 0
    package private(set) var answered: UInt64 = 0
    package private(set) var roundTrips = Durations()

    package var isShown: Bool { sent > 0 || answered > 0 }

    mutating func noteSent() { sent += 1 }

    mutating func noteAnswer(_ latency: Int64?) {
        answered += 1
        if let latency { roundTrips.add(latency) }
    }
}

extension ConnectionFigures {
    /// Takes the heartbeats of a message; others are not its business.
    func takeHeartbeats(of meaning: borrowing Meaning, from side: Side) {
        for operation in meaning.operations where operation.role == .heartbeat {
            // An answer counts for the side that asked.
            let isAnswer = operation.request > 0
            let asking = isAnswer ? side.other : side
            // A pong that nobody asked for is none of the pings.
            if !isAnswer, operation.isAnswering { continue }
            changeHeartbeat(of: asking) { if isAnswer { $0.noteAnswer(operation.latency) } else { $0.noteSent() } }
        }
    }

    private func changeHeartbeat(of side: Side, _ change: (inout ProtocolHeartbeat) -> Void) {
        if side == .client { change(&clientHeartbeat) } else { change(&serverHeartbeat) }
    }

    package func protocolHeartbeat(of side: Side) -> ProtocolHeartbeat { side == .client ? clientHeartbeat : serverHeartbeat }
}
