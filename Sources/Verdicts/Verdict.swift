import Bytes
import WebSocket

/// How and why a connection ended: one sentence, and the rows that prove it.
///
/// Made from `EndFacts` alone. What the capture does not show is nobody's fault: if nothing suggests a cause, none is given.
public struct Verdict: Sendable {
    public enum Manner: String, Sendable, CaseIterable {
        /// Both sides sent a Close frame.
        case closed
        /// One side sent a Close frame.
        case closeUnanswered = "close-unanswered"
        /// Neither side sent a Close frame; TCP was closed with FIN.
        case finWithoutClose = "fin-without-close"
        /// Neither side sent a Close frame; TCP was reset.
        case reset
        /// It was still open when the capture ended.
        case stillOpen = "open"
        /// The upgrade was refused.
        case refused
        /// The upgrade was never answered.
        case unanswered
        /// The upgrade was granted in a way that the client must not accept, and the client hung up.
        case failed
        /// The client went on speaking HTTP on the connection.
        case notUpgraded = "not-upgraded"
        /// What recorded it does not say how it ended.
        case notRecorded = "not-recorded"
        /// What recorded it reported a failure.
        case reportedFailure = "reported-failure"
        /// It was forgotten, because a limit on connections or memory was reached.
        case forgotten
    }

    /// What most probably led to the end.
    public enum Cause: String, Sendable, CaseIterable {
        case handshakeError = "handshake-error"
        case protocolError = "protocol-error"
        case pingTimeout = "ping-timeout"
        /// Retransmissions got no answer.
        case noAnswer = "no-answer"
        /// A side's window was closed: its program read no more data.
        case notReading = "not-reading"
        case idleTimeout = "idle-timeout"
        case goingAway = "going-away"
        case unsupportedData = "unsupported-data"
        case policy
        case tooBig = "too-big"
        case missingExtension = "missing-extension"
        case internalError = "internal-error"
        case restart
        case tryLater = "try-later"
        case badGateway = "bad-gateway"
        /// The layer that carries the connection failed, and its peer said so: a TLS alert.
        case transportAlert = "transport-alert"
        /// A side gave up the stream that carries the connection: RST_STREAM.
        case streamReset = "stream-reset"
        /// A side gave up the HTTP/2 connection with all its streams: GOAWAY.
        case goAway = "goaway"
        /// A side ended the QUIC connection with all its streams: CONNECTION_CLOSE, or a stateless reset.
        case connectionClose = "connection-close"
        /// A side sent HTTP where frames belong.
        case http
    }

    /// The Close frame that answered the first one.
    public struct Echo: Equatable, Sendable {
        public var code: CloseCode?
        /// Nanoseconds after the first.
        public var after: Int64

        public init(code: CloseCode?, after: Int64) {
            self.code = code
            self.after = after
        }
    }

    /// What a browser would report if it were the client.
    public struct CloseEvent: Equatable, Sendable {
        public var code: CloseCode
        public var wasClean: Bool

        public init(code: CloseCode, wasClean: Bool) {
            self.code = code
            self.wasClean = wasClean
        }
    }

    /// One fact that supports the verdict.
    public struct Fact: Equatable, Sendable {
        public var text: String
        /// A quotation from the wire that follows the text, for those who want to see content.
        public var quote: String?
        public var time: Timestamp
        public var packet: UInt64

        public init(_ text: String, quoting quote: String? = nil, time: Timestamp, packet: UInt64) {
            self.text = text
            self.quote = quote
            self.time = time
            self.packet = packet
        }

        public func words(withContent: Bool) -> String {
            guard withContent, let quote else { return text }
            return "\(text): \"\(quote)\""
        }
    }

    public var manner: Manner
    /// Who ended it: the first to send Close, FIN or RST.
    public var by: Side?
    /// The code of the first Close frame.
    public var code: CloseCode?
    public var cause: Cause?
    public internal(set) var unknown: Unknown?
    /// The sentence, with the reason that a Close frame gave if only that explains its code.
    public var text: String
    /// The same without anything that was sent.
    public var textWithoutContent: String
    /// When nothing more came of it.
    public var time: Timestamp
    /// When its end began: with the first Close frame, FIN or RST; nil if nothing ended it.
    public internal(set) var endBegan: Timestamp?
    /// Nanoseconds of silence before what ended it; up to the end of the capture if nothing did.
    public var idle: Int64?
    /// The silent side; nil if both were silent.
    public var silent: Side?
    /// The usual idle timeout, in seconds, that matches the silence.
    public var timeout: Int?
    public var echo: Echo?
    /// The code with which its stream, or the connection of HTTP/2 or QUIC that carried it, was given up: `CANCEL`; nil where neither was.
    public var abort: String?
    public var browser: CloseEvent?
    /// In the order of time.
    public var facts: [Fact]

    /// The side that no longer answered, where that is why it ended, or would have.
    public internal(set) var silentPeer: Side?

    public init(_ manner: Manner, text: String, time: Timestamp) {
        self.manner = manner
        self.text = text
        textWithoutContent = text
        self.time = time
        facts = []
    }

    public func words(withContent: Bool) -> String { withContent ? text : textWithoutContent }

    /// Packets that support it, each once.
    public var evidence: [UInt64] {
        var packets: [UInt64] = []
        for index in facts.indices where facts[index].packet > 0 && !packets.contains(facts[index].packet) {
            packets.append(facts[index].packet)
        }
        return packets
    }

    /// Both sides agreed to end it, and there is nothing else to say.
    public var isPlain: Bool { manner == .closed && browser?.wasClean != false }

    /// A Close frame without an answer was followed by the end of its stream, which browsers take for a clean end.
    var endsStreamCleanly: Bool { manner == .closeUnanswered && browser?.wasClean == true }
}
