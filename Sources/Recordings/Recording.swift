import Bytes
import HTTP
import Packets
import Text
import WebSocket

/// A connection as a program recorded it that took part, or stood in between: heads and messages, and neither frames nor packets.
///
/// Nothing in it is inferred but what its parts say together: the port of a URL is the server's.
public struct RecordedConnection: Sendable {
    /// Who recorded it: `WebInspector 537.36`; empty where the file does not say.
    public var recorder = ""
    public var request: RequestHead?
    /// Nil where the file knows of no answer.
    public var response: ResponseHead?
    /// As the file has it, with whichever scheme.
    public var url = ""
    public var isSecure = false
    /// Nil where the file does not name them.
    public var client: Endpoint?
    public var server: Endpoint?
    /// When the upgrade was requested; nil where the file does not say.
    public var time: Timestamp?
    public var responseTime: Timestamp?
    /// When the recorder saw the last of it.
    public var endTime: Timestamp?
    /// What came with an answer that is no upgrade.
    public var body: [UInt8] = []
    /// Why the recorder says that it failed.
    public var failure: String?
    /// It has messages.
    public var hasMessages = false
    /// Its messages were not recorded, though there may have been some.
    public var lacksMessages = false

    public init() {}

    /// The upgrade was granted; nil where that is not known.
    public var isGranted: Bool? {
        guard let response else { return nil }
        // Over HTTP/2 a success is the grant (RFC 8441 §5).
        return response.status == 101 || request?.method == "CONNECT" && (200...299).contains(response.status)
    }
}

/// A message of such a connection. Its content stands beside it.
public struct RecordedMessage: Sendable {
    public var from: Side
    public var opcode: Opcode
    /// Nil where the file does not say.
    public var time: Timestamp?
    /// Bytes of the content as it was sent, of which the file or a limit may have kept less.
    public var length: UInt64
    /// Its content was changed before it was recorded: secrets were removed.
    public var isRedacted = false
    /// The recorder did not see all of it.
    public var isComplete = true
    public var roundTrip: Int64?

    public init(from side: Side, opcode: Opcode, time: Timestamp? = nil, length: UInt64) {
        from = side
        self.opcode = opcode
        self.time = time
        self.length = length
    }
}

/// What a recording says, in the order of time as far as the limit on memory allows.
public enum RecordedEvent: Sendable {
    /// A connection begins; the number tells it apart from the others in the file.
    case opened(Int, RecordedConnection)
    /// Its content is lent beside the event.
    case message(Int, RecordedMessage)
    /// Nothing more is said of a connection.
    /// - Parameter time: when the recorder saw the last of it.
    case ended(Int, at: Timestamp, failure: String?)
}

/// What the person should know of a recording.
public struct RecordingFacts: Sendable {
    public enum Format: Sendable {
        case har
        case playwrightTrace

        public var name: StaticString {
            switch self {
            case .har: "HAR"
            case .playwrightTrace: "Playwright trace"
            }
        }
    }

    public internal(set) var format = Format.har
    /// Who made it: `WebInspector 537.36`.
    public internal(set) var recorder = ""
    /// Requests that are no WebSocket.
    public internal(set) var otherCount: UInt64 = 0
    public internal(set) var connectionCount: UInt64 = 0
    public internal(set) var messageCount: UInt64 = 0
    /// Connections whose messages were not recorded.
    public internal(set) var silentCount: UInt64 = 0
    /// Messages whose base64 cannot be decoded; they have the text in its place.
    public internal(set) var undecodedCount: UInt64 = 0
    /// Messages without a time; they have that of what stands before them.
    public internal(set) var untimedCount: UInt64 = 0
    /// Messages that are no messages: of an unknown type, or without data.
    public internal(set) var unknownCount: UInt64 = 0
    /// More waited for its order than the limit allows, so that what follows is in the order of the file.
    public internal(set) var isPartlyOrdered = false

    public init() {}

    /// Sentences without a full stop.
    public var notes: [String] {
        func note(_ count: UInt64, _ one: String, _ many: String) -> String? { count == 0 ? nil : "\(count) \(count == 1 ? one : many)" }
        var notes: [String] = []
        if connectionCount == 0 {
            let others = note(otherCount, "request is", "requests are") ?? "nothing is"
            notes.append("has no WebSocket: \(others) in it")
        } else {
            let by = recorder.isEmpty ? "" : " by \(SafeText.escaping(recorder))"
            notes.append("recorded\(by), with messages only: frames, masks, compression and TCP are not in a \(format.name)")
        }
        return notes
            + [
                note(
                    silentCount, "connection has no messages: none passed, or what recorded it leaves them out",
                    "connections have no messages: none passed, or what recorded them leaves them out"),
                note(
                    undecodedCount, "binary message is not base64: shown as it stands",
                    "binary messages are not base64: shown as they stand"),
                note(untimedCount, "message has no time: shown with that before it", "messages have no time: shown with that before them"),
                note(
                    unknownCount, "entry among the messages is none, and was left out",
                    "entries among the messages are none, and were left out"),
                isPartlyOrdered ? "too large to be put in order of time at once: shown in parts; --memory allows more" : nil,
            ].compactMap { $0 }
    }
}

/// Limits of what is kept of a recording.
public struct RecordingLimits: Sendable {
    /// Bytes of messages that wait to be put in order.
    public var waitingByteCount = 256 << 20
    /// Bytes kept of one message.
    public var messageByteCount = 16 << 20
    /// Bytes of the heads of a connection, and of the body of a refusal.
    public var headByteCount = 64 << 10
    public var bodyByteCount = 4 << 10

    public init() {}
}
