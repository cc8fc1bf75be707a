import Inspection
import Packets
import Verdicts
import WebSocket

/// The values of fields about a TCP connection that came to nothing.
enum AttemptValues {
    /// Nil for what nobody can know of it.
    static func values(of field: Field, _ attempt: TransportAttempt) -> FieldValues? {
        switch field {
        case .clientAddress: FieldValues(addresses: [attempt.client.address])
        case .serverAddress: FieldValues(addresses: [attempt.server.address])
        case .address: FieldValues(addresses: [attempt.client.address, attempt.server.address])
        case .clientPort: FieldValues(numbers: [Int128(attempt.client.port)])
        case .serverPort: FieldValues(numbers: [Int128(attempt.server.port)])
        case .port: FieldValues(numbers: [Int128(attempt.client.port), Int128(attempt.server.port)])
        case .encrypted: FieldValues(numbers: [0])
        case .transport: FieldValues(texts: ["tcp"])
        case .browserCode: FieldValues(numbers: attempt.browser.map { [Int128($0.code.rawValue)] } ?? [])
        case .browserWasClean: FieldValues(numbers: attempt.browser.map { [$0.wasClean ? 1 : 0] } ?? [])
        case .duration: FieldValues(numbers: [Int128(attempt.nanoseconds)])
        default: nil
        }
    }
}
