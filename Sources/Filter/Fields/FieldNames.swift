import Inspection
import Rules
import Subprotocols
import Verdicts
import WebSocket

/// The names of values, in the order of the numbers that they stand for.
enum FieldNames {
    static let opcodes = (UInt8(0)..<16).map { "\(Opcode(rawValue: $0).name)" }
    static let sides = Side.allCases.map { "\($0.name)" }
    static let statuses = ["open", "refused", "unanswered", "inferred"]
    static let manners = Verdict.Manner.allCases.map(\.rawValue)
    static let causes = Verdict.Cause.allCases.map(\.rawValue)
    static let severities = Severity.allCases.map { "\($0.name)" }
    static let protocols = Conversation.protocolNames.map { "\($0)" }
    static let roles = Operation.Role.allCases.map { "\($0.name)" }
    static let operationStatuses = Operation.Status.allCases.map { "\($0.name)" }
    static let rules = Rule.allCases.map(\.rawValue)

    static func number(of status: Connection.Status) -> Int {
        switch status {
        case .open: 0
        case .refused: 1
        case .unanswered: 2
        case .inferred: 3
        }
    }

    /// The place of each rule in `rules`.
    static let numbersOfRules = Dictionary(uniqueKeysWithValues: Rule.allCases.enumerated().map { ($1, $0) })

    /// Every name that a field has, and the field; lower case.
    static let fields: [String: Field] = {
        var fields: [String: Field] = [:]
        for field in Field.allCases {
            fields[field.rawValue.lowercased()] = field
            for synonym in field.entry.synonyms { fields[synonym.lowercased()] = field }
        }
        return fields
    }()

    /// Names of header fields that Wireshark has fields for, lower case: it writes `http.user_agent`.
    static let headers: [String: (Field, String)] = [
        "http.user_agent": (.requestHeader, "User-Agent"),
        "http.referer": (.requestHeader, "Referer"),
        "http.cookie": (.requestHeader, "Cookie"),
        "http.authorization": (.requestHeader, "Authorization"),
        "http.server": (.responseHeader, "Server"),
        "http.set_cookie": (.responseHeader, "Set-Cookie"),
        "http.location": (.responseHeader, "Location"),
    ]

    /// Names that look like something known and are not the same, with what to write.
    static let falseFriends: [String: String] = [
        "tcp.stream": "it counts TCP connections from 0; tcp counts them from 1, and connection counts WebSocket connections",
        "websocket.payload": "write bytes, or text for the content of text messages",
        "tcp.len": "length is the payload length of a frame",
        "frame.len": "length is the payload length of a frame",
        "data": "write bytes for the content, or control == false for data frames",
        "direction": "write from == client or from == server",
        "code": "write close.code, or response.status for the status of the handshake",
        "reason": "write close.reason",
        "rule": "write finding",
        "end": "write verdict.how, verdict.by or duration",
        "ended": "write verdict.how, verdict.by or duration",
        "how": "write verdict.how",
        "browser": "write browser.code or browser.wasClean",
        "echo": "write echo.code or echo.after",
        "wasclean": "write browser.wasClean",
        "latency": "write op.latency, or rtt for a pong",
        "operation": "write op.type, op.name or op.id",
        "op": "write op.type, op.name or op.id",
        "size": "write length for the frame as on the wire, message.length for the message, inflated",
        "header": "write request.header.NAME or response.header.NAME",
        "payload": "write bytes, or text for the content of text messages",
    ]
}
