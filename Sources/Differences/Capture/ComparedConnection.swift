import Bytes
import HTTP
import Inspection
import Rules
import Verdicts
import WebSocket

/// What is kept of a connection to compare it with another: an object, because messages are added in place.
public final class ComparedConnection {
    public let connection: Connection
    /// Messages by the side that sent them, in the order of their ends.
    var client = ContiguousArray<ComparedMessage>()
    var server = ContiguousArray<ComparedMessage>()
    /// Messages beyond the limit, which are only counted.
    public internal(set) var omittedCount: UInt64 = 0
    /// How and why it ended; nil while that is not known.
    public internal(set) var verdict: Verdict?
    /// How often each rule was broken, by whom that was, where it is known.
    private var findings: [FindingKey: UInt64] = [:]
    /// The protocol that its messages are of, where that was recognised.
    public internal(set) var protocolName: String?
    /// When its last message ended.
    var lastTime: Timestamp

    // Frames of a message that has not ended, by side.
    var frameLengths: [2 of UInt64] = [0, 0]

    init(_ connection: Connection) {
        self.connection = connection
        lastTime = connection.responseTime ?? connection.time
    }

    public subscript(side: Side) -> ContiguousArray<ComparedMessage> { side == .client ? client : server }

    public var messageCount: Int { client.count + server.count }

    /// `/path?query` of the request; nil where none was captured.
    public var target: String? { connection.request?.target }

    /// The target without its query.
    var path: String? { target.map { String($0.prefix { $0 != "?" }) } }

    /// `403 Forbidden`; nil where none was captured.
    public var answer: String? {
        connection.response.map { $0.reason.isEmpty ? "\($0.status)" : "\($0.status) \($0.reason)" }
    }

    /// The extensions agreed on, as they are written; nil for none.
    public var extensionWords: String? {
        let each = connection.extensions.map { part in ([part.name] + part.parameters.map(\.words)).joined(separator: "; ") }
        return each.isEmpty ? nil : each.joined(separator: ", ")
    }

    // MARK: Findings

    private struct FindingKey: Hashable {
        var rule: Rule
        var side: Side?
    }

    func add(_ rule: Rule, from side: Side?) { findings[FindingKey(rule: rule, side: side), default: 0] += 1 }

    /// How often each rule was broken: by this side, or by whoever it was.
    func findings(of side: Side?) -> [Rule: UInt64] {
        var counts: [Rule: UInt64] = [:]
        for (key, count) in findings where side == nil || key.side == side { counts[key.rule, default: 0] += count }
        return counts
    }

    /// The capture lacks bytes of it, so that what is missing may not have been missing on the wire.
    public var hasGaps: Bool { findings.keys.contains { $0.rule.rawValue.hasPrefix("capture.") } }
}

extension Extension.Parameter {
    fileprivate var words: String { value.map { "\(name)=\($0)" } ?? name }
}
