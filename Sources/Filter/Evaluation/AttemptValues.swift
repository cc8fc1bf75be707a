import Inspection
import Verdicts
import WebSocket

/// The values of fields about a TCP connection that came to nothing.
enum AttemptValues {
    /// Nil for what nobody can know of it.
    static func values(of field: Field, _ attempt: TransportAttempt) -> FieldValues? {
        switch field {
        case .encrypted: FieldValues(numbers: [0])
        case .transport: FieldValues(texts: ["tcp"])
        case .stream: FieldValues()
        case .tcp: FieldValues(numbers: [Int128(attempt.flow)])
        case .browserCode: FieldValues(numbers: attempt.browser.map { [Int128($0.code.rawValue)] } ?? [])
        case .browserWasClean: FieldValues(numbers: attempt.browser.map { [$0.wasClean ? 1 : 0] } ?? [])
        case .duration: FieldValues(numbers: [Int128(attempt.nanoseconds)])
        default: EndpointValues.values(of: field, client: attempt.client, server: attempt.server)
        }
    }
}
