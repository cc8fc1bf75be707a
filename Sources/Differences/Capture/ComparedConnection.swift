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
    /// How often each rule was broken.
    public internal(set) var findings: [Rule: UInt64] = [:]
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

    /// The capture lacks bytes of it, so that what is missing may not have been missing on the wire.
    public var hasGaps: Bool { findings.keys.contains { $0.rawValue.hasPrefix("capture.") } }
}
