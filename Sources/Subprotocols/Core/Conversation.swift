import Bytes
import Waits
import WebSocket

/// What is known of the protocol of one connection, and what its messages mean.
public final class Conversation {
    public enum State: Equatable, Sendable {
        /// Messages are looked at until one tells.
        case undecided
        case recognised(Evidence)
        /// It was recognised, and then messages did not fit.
        case abandoned
        /// No protocol that is known.
        case unknown
    }

    /// What the protocol was recognised by.
    public enum Evidence: String, Sendable {
        case subprotocol
        case url
        case messages
        /// Rules of the user's own.
        case rules
        /// A program of the user's.
        case program
    }

    // Invariant where accesses are not checked for exclusiveness: one thread reaches them, and decoders do not know of a conversation.

    @safe @exclusivity(unchecked) public private(set) var state: State
    /// The protocol; nil while it is not known.
    @safe @exclusivity(unchecked) public private(set) var name: StaticString?
    private var kind: (any Dialect.Type)?
    @safe @exclusivity(unchecked) private var decoder: (any Dialect)?
    /// There is a decoder: to ask for it costs more.
    @safe @exclusivity(unchecked) private var isDecoding = false
    /// What the message means that was taken last, by this conversation or one that shares its meaning.
    @safe @exclusivity(unchecked) public private(set) var dialogue: Dialogue
    private let handshake: HandshakeFacts
    /// Protocols that fit the handshake, and wait for a message.
    private var candidates: [any Dialect.Type] = []
    private var trial: Trial
    /// By a message that has not been taken.
    private var recognised: Trial.Recognised?
    /// Messages in a row that did not fit.
    @safe @exclusivity(unchecked) private var misfitCount = 0
    /// Messages may be missing, in part or whole, or were not decoded: what waits may have been answered.
    @safe @exclusivity(unchecked) public private(set) var hasGaps: Bool

    /// Messages in a row that may not fit a protocol that the handshake named.
    static let misfitLimit = 3

    /// - Parameters:
    ///   - rules: how messages belong together where the handshake names no protocol that is known.
    ///   - program: what decodes messages there; rules do not count then.
    ///   - schema: the names of protobuf messages, also where the handshake says that messages are protobuf.
    ///   - connection: what the program is told that they belong to.
    ///   - trial: what was noted of its messages so far.
    ///   - recognised: what the message shows that is taken first, where the handshake says nothing.
    ///   - meaning: where is written what messages mean; other conversations may write there too.
    public init(
        _ handshake: HandshakeFacts, rules: [PairRule] = [], program: (any MessageProgram)? = nil, schema: MessageSchema? = nil,
        connection: UInt64 = 0, trial: Trial = Trial(), recognised: Trial.Recognised? = nil, meaning: consuming Meaning = Meaning("")
    ) {
        self.handshake = handshake
        self.trial = trial
        hasGaps = trial.hasGaps
        state = .undecided
        dialogue = Dialogue(meaning)
        self.recognised = recognised
        if recognised != nil { return }
        for dialect in handshake.agreed.isEmpty ? Registry.byURL : Registry.dialects {
            switch dialect.recognise(handshake) {
            case .certain:
                choose(dialect, handshake.subprotocol == nil ? .url : .subprotocol)
                if let schema, dialect == ProtobufShape.self { use(NamedProtobuf(schema)) }
                return
            case .likely: candidates.append(dialect)
            case .none: continue
            }
        }
        if let program {
            choose(Programmed.self, .program)
            use(Programmed(program, connection: connection))
            return
        }
        if let schema {
            choose(NamedProtobuf.self, .rules)
            use(NamedProtobuf(schema))
            return
        }
        guard !rules.isEmpty else { return }
        choose(Paired.self, .rules)
        use(Paired(rules))
    }

    private func choose(_ dialect: any Dialect.Type, _ evidence: Evidence) {
        kind = dialect
        name = dialect.name
        use(dialect.init(handshake))
        dialogue.meaning.name = dialect.name
        state = .recognised(evidence)
        candidates = []
    }

    private func use(_ decoder: (any Dialect)?) {
        self.decoder = decoder
        isDecoding = decoder != nil
    }

    /// The names of all protocols that are known.
    public static let protocolNames: [StaticString] = Registry.dialects.map { $0.name } + [Paired.name, Programmed.name]

    /// The protocol of sessions that may begin by polling.
    public static let nameOfEngineIO: StaticString = SocketIO.name

    /// Something is to be said of the message that was taken last.
    public var hasMeaning: Bool { !dialogue.meaning.isEmpty || dialogue.meaning.delivery != nil }

    /// Shows what the message means that was taken last. Accesses from other modules would be checked for exclusiveness.
    public func withMeaning(_ body: (borrowing Meaning) -> Void) { body(dialogue.meaning) }

    /// The bytes of a conversation that each message needs: the object's header, and its properties up to `dialogue`.
    // Nothing but prefetching depends on it.
    public static let hotByteCount = 16 + 96 + MemoryLayout<Dialogue>.size

    /// Fetches the requests that an answer is looked for in.
    public func prefetchRequests() { dialogue.prefetchRequests() }

    /// True while messages are to be decoded.
    public var isListening: Bool {
        switch state {
        case .undecided, .recognised: true
        case .abandoned, .unknown: false
        }
    }

    /// Decodes a message, which `meaning` then has; true if `state` changed.
    public func take(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        dialogue.begin(message)
        guard isDecoding else { return isListening && decide(content, message) }
        if !message.isWhole { hasGaps = true }
        let fit = decoder?.decode(content, &dialogue) ?? .foreign
        if fit == .fits {
            misfitCount = 0
            return false
        }
        return fit == .foreign && takeMisfit(message)
    }

    /// Takes a message that is not of the protocol; true if that is given up.
    @inline(never)
    private func takeMisfit(_ message: MessageFacts) -> Bool {
        dialogue.begin(message)
        if !message.isWhole { return false }
        misfitCount += 1
        guard misfitCount >= (state == .recognised(.subprotocol) ? Self.misfitLimit : 1) else { return false }
        state = .abandoned
        // Answers may be among the messages that come now.
        hasGaps = true
        use(nil)
        return true
    }

    @inline(never)
    private func decide(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        if !message.isWhole { hasGaps = true }
        if candidates.isEmpty {
            guard let found = recognised.take() ?? Trial.recognise(content, message) else { return giveUp() }
            return begin(found.dialect, .messages, content, message)
        }
        guard message.isWhole, !content.isEmpty else { return giveUp() }
        for dialect in candidates where dialect.recognise(content, message) { return begin(dialect, .url, content, message) }
        return giveUp()
    }

    private func begin(_ dialect: any Dialect.Type, _ evidence: Evidence, _ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        choose(dialect, evidence)
        if decoder?.decode(content, &dialogue) == .fits { return true }
        dialogue.begin(message)
        use(nil)
        name = nil
        state = .undecided
        return giveUp()
    }

    private func giveUp() -> Bool {
        trial.noteMiss()
        guard trial.isOver else { return false }
        if candidates.isEmpty {
            state = .unknown
        } else {
            // The address suggested a protocol that is not spoken.
            candidates = []
            trial = Trial()
        }
        return state == .unknown
    }

    /// Says where the latency of one of the message's operations went.
    public func add(_ wait: Wait, to operation: Int) { dialogue.meaning.add(wait, to: operation) }

    /// Says how long the message was on its way that was taken last.
    public func add(_ delivery: Delivery?) { dialogue.meaning.delivery = delivery }

    /// Messages are missing: what waits may have been answered.
    public func noteGap() { hasGaps = true }

    /// The requests that were not answered.
    public func unanswered(limit: Int) -> UnansweredRequests {
        var requests = dialogue.unanswered(limit: limit)
        requests.isCertain = !hasGaps
        return requests
    }

    /// Says what a Close frame means in the protocol's words; false if those are RFC 6455's.
    public func take(closeCode code: UInt16, _ message: MessageFacts) -> Bool {
        guard let meaning = kind?.meaning(ofCloseCode: code) else { return false }
        dialogue.begin(message)
        dialogue.add(.error, "close")
        dialogue.id(UInt64(code))
        dialogue.reason(Array("\(meaning.text)\(meaning.advice.map { "; \($0)" } ?? "")".utf8).span)
        return true
    }
}
