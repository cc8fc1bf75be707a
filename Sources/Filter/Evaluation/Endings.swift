import Bytes
import Inspection
import Rules
import Subprotocols
import Verdicts
import WebSocket

/// What a condition asks about the ends of connections, answered: a bit for each question, a word for each connection.
///
/// Whether something of a connection is selected may hang on how it ends, which is known last. So the input is inspected twice, and the
/// same packets make the same connections: the first time these are learned, the second time they are known when a connection opens.
public struct Endings: Sendable {
    /// Questions about ends that a condition may have.
    static let questionLimit = 63
    private static let isKnown: UInt64 = 1 << 63

    /// By number of the connection, from 1; 0 for what is not known.
    private var words: [UInt64] = []

    /// Messages with a request that nothing answered, where a condition asks for them.
    private var unanswered: Set<Place> = []

    private struct Place: Hashable {
        var connection: UInt64
        var message: UInt64
    }

    public init() {}

    func isUnanswered(message: UInt64, of connection: UInt64) -> Bool {
        !unanswered.isEmpty && unanswered.contains(Place(connection: connection, message: message))
    }

    mutating func setUnanswered(message: UInt64, of connection: UInt64) {
        unanswered.insert(Place(connection: connection, message: message))
    }

    /// Nil where the connection has not ended, as far as is known.
    func answer(to question: Int, of connection: UInt64) -> Bool? {
        guard connection > 0, connection <= words.count else { return nil }
        let word = words[Int(connection) - 1]
        return word & Self.isKnown == 0 ? nil : word >> UInt64(question) & 1 == 1
    }

    mutating func set(_ answers: UInt64, of connection: UInt64) {
        // Numbers are given one after the other, so there is about one word for each connection.
        while words.count < connection { words.append(0) }
        if connection > 0 { words[Int(connection) - 1] = answers | Self.isKnown }
    }
}

/// Learns the ends of connections while an input is inspected for the first time, and shows nothing.
public struct EndingsSink: EventSink, ~Copyable {
    private var evaluator: ConditionEvaluator

    public init(_ condition: Condition) { evaluator = ConditionEvaluator(condition) }

    public var endings: Endings { evaluator.endings }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {}

    public mutating func note(_ event: Event) {
        switch event {
        case .ended(let end): evaluator.learn(Ending(end.verdict, client: end.client, server: end.server), of: end.connection)
        case .spoke(.unanswered(_, let requests), let connection, _): evaluator.learn(requests.named, of: connection)
        default: break
        }
    }

    public var hasEnough: Bool { false }
}
