/// How a connection is secured, as its handshake shows.
public struct Security: Hashable, Sendable {
    /// `TLS 1.3`; nil if it was not agreed on.
    public var version: String?
    /// The cipher suite's registered name; nil if it was not agreed on.
    public var cipher: String?
    /// The host name that the client asked for (SNI).
    public var serverName: String?
    /// The protocol that was agreed on (ALPN).
    public var applicationProtocol: String?
    /// What the client offered, where nothing was agreed on or the answer cannot be read.
    public var offeredProtocols: [String] = []
    /// An earlier session was taken up again.
    public var isResumed = false
    /// Where the secrets came from: the name of a key log, `the capture`.
    public var keySource: String?
    /// What its secrets are found by: the client's randoms, 32 bytes each, of all its handshakes that were opened.
    public var clientRandoms: [[UInt8]] = []
    /// Bytes on the wire, records with all that protects them.
    public var wireByteCount: UInt64 = 0

    public init() {}
}

/// Why what a layer carries cannot be read.
public struct Opacity: Hashable, Sendable {
    /// A stable word for programs.
    public var reason: String
    /// The same as a sentence.
    public var text: String
    /// What to do about it; nil if nothing can be done.
    public var advice: String?
    /// What came for the client's first message, where that did not begin a connection.
    public var missingAnswer: MissingAnswer?
    /// It is another protocol for certain, so that it is no loss.
    public var isOfNoInterest = false

    public init(reason: String, text: String, advice: String?) {
        self.reason = reason
        self.text = text
        self.advice = advice
    }
}

/// What a client got where its handshake did not begin an encrypted connection.
public enum MissingAnswer: Hashable, Sendable {
    case nothing
    /// A refusal: the name of its alert, `handshake_failure`, and what usually helps.
    case refusal(String, advice: String?)
    /// Another protocol.
    case foreign
    /// The client had an answer and went no further: the name of its alert if it sent one, and what usually helps.
    case rejection(String?, advice: String?)
}

/// Why the sender of a stream gave it up: a TLS alert, a reset.
public struct StreamAbort: Hashable, Sendable {
    public var code: UInt64
    /// `handshake_failure`, `CANCEL`.
    public var name: String
    /// What said so: `TLS alert`, `RST_STREAM`.
    public var carrier: String

    public init(code: UInt64, name: String, carrier: String) {
        self.code = code
        self.name = name
        self.carrier = carrier
    }
}
