import Bytes
import HTTP
import Inspection
import Subprotocols
import Verdicts
import Waits
import WebSocket

/// Stands before a report and says what messages mean, where their protocol is known.
///
/// A connection whose protocol is not known after a few messages costs a look-up a frame from then on.
// Its parameter needs no conformance here: to make sure of one, the runtime looks through all of the program's.
public struct DecodingSink<Downstream: ~Copyable>: ~Copyable {
    public var downstream: Downstream
    @usableFromInline var conversations = ConversationTable()
    /// Of all connections whose messages are looked at; while one has no conversation, this is all that is noted of it.
    @usableFromInline var trials = ConnectionTable<Trial>()

    /// Sessions that poll before they have a WebSocket; nil before the first of them.
    private var polling: PolledSessions?
    /// By TCP connection, where waits are to be explained; nil where they are not.
    private var watches: FlowWatches?
    /// There are such.
    @usableFromInline let isWatching: Bool
    /// Of connections without a known protocol too.
    @usableFromInline let explainsAll: Bool
    /// What is said of a message of such.
    private var bare = Meaning("")
    /// What conversations write on: each message is handed on before the next is taken.
    private let shared = Meaning("")
    private let isDecoding: Bool
    /// Nothing but what connections show is asked for: neither waits nor protocols that the user describes.
    private let isPlain: Bool
    private let unansweredLimit: Int
    private let rules: [PairRule]
    private let program: (any MessageProgram)?
    private let schema: MessageSchema?
}

extension DecodingSink: EventSink where Downstream: EventSink & ~Copyable {
    /// - Parameters:
    ///   - isDecoding: false to hand everything on as it is.
    ///   - explainsWaits: for each answer it is said where the time went, as far as segments show it (`Inspector.Options.reportsTransport`).
    ///   - explainsMessages: the same is said of every message, also of those that answer nothing.
    ///   - rules: how messages of connections belong together whose protocol the handshake does not name.
    ///   - program: what decodes messages there, if the user has named one.
    ///   - schema: the names of protobuf messages.
    ///   - unansweredLimit: requests without an answer that are named at the end of a connection.
    public init(
        _ downstream: consuming Downstream, isDecoding: Bool = true, explainsWaits: Bool = false, explainsMessages: Bool = false,
        rules: [PairRule] = [], program: (any MessageProgram)? = nil, schema: MessageSchema? = nil, unansweredLimit: Int = 1_000
    ) {
        self.downstream = downstream
        self.isDecoding = isDecoding
        self.unansweredLimit = unansweredLimit
        self.rules = rules
        self.program = program
        self.schema = schema
        watches = (explainsWaits || explainsMessages) && isDecoding ? FlowWatches(explainsMessages: explainsMessages) : nil
        isWatching = watches != nil
        explainsAll = explainsMessages && isDecoding
        isPlain = watches == nil && rules.isEmpty && program == nil && schema == nil
    }

    public var hasEnough: Bool { downstream.hasEnough }

    // MARK: Frames

    @inlinable
    public func expect(_ connection: Connection, isNear: Bool) {
        if conversations.areMany { conversations.prefetch(connection, isNear: isNear) }
    }

    // Inlinable, so that plain frames go to the report without a call through its type.
    @inlinable
    public mutating func frame(plain: PlainFrame, payload: Span<UInt8>, of connection: Connection) {
        guard trials.mayHave(connection) || explainsAll else {
            return downstream.frame(plain: plain, payload: payload, of: connection)
        }
        let time = plain.time.nanoseconds
        let message = MessageFacts(
            number: plain.message, side: plain.from, startTime: time, endTime: time, isText: plain.header.opcode == .text,
            isWhole: UInt64(payload.count) == plain.header.length)
        guard let conversation = unsafe conversations.lend(connection) else { return begin(plain, payload, message, connection) }
        // Invariant: it lives, since no two conversations are forgotten within a message.
        let isChanged = unsafe conversation._withUnsafeGuaranteedRef { $0.take(payload, message) }
        if isChanged || isWatching { unsafe conversation._withUnsafeGuaranteedRef { finish(message, isChanged, $0, connection) } }
        if unsafe conversation._withUnsafeGuaranteedRef({ $0.hasMeaning }) {
            unsafe conversation._withUnsafeGuaranteedRef { conversation in
                conversation.withMeaning { downstream.frame(plain: plain, payload: payload, meaning: $0, of: connection) }
            }
        } else {
            downstream.frame(plain: plain, payload: payload, of: connection)
        }
    }

    /// Takes a plain frame of a connection that has no conversation yet.
    @usableFromInline
    mutating func begin(_ plain: PlainFrame, _ payload: Span<UInt8>, _ message: MessageFacts, _ connection: Connection) {
        if let conversation = beginning(with: payload, message, connection) {
            if decode(payload, message, conversation, connection) {
                conversation.withMeaning { downstream.frame(plain: plain, payload: payload, meaning: $0, of: connection) }
            } else {
                downstream.frame(plain: plain, payload: payload, of: connection)
            }
        } else if explainsAll, explain(message, connection) {
            downstream.frame(plain: plain, payload: payload, meaning: bare, of: connection)
        } else {
            downstream.frame(plain: plain, payload: payload, of: connection)
        }
    }

    @inlinable
    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        guard trials.mayHave(connection) || explainsAll else {
            return downstream.frame(frame, payload: payload, ending: message, content: content, of: connection)
        }
        decode(frame, payload, message, content, connection)
    }

    @usableFromInline
    mutating func decode(
        _ frame: Frame, _ payload: Span<UInt8>, _ ending: Message?, _ content: Span<UInt8>, _ connection: Connection
    ) {
        guard let message = ending else {
            return downstream.frame(frame, payload: payload, ending: ending, content: content, of: connection)
        }
        let facts = MessageFacts(
            number: message.number, side: message.from, startTime: message.time.nanoseconds, endTime: message.endTime.nanoseconds,
            isText: message.opcode == .text,
            isWhole: message.isComplete && message.unknownByteCount == 0 && UInt64(content.count) == message.length)
        var known = conversations[connection]
        if known == nil, !message.opcode.isControl, trials.mayHave(connection) { known = beginning(with: content, facts, connection) }
        guard let conversation = known else {
            guard explainsAll, !message.opcode.isControl, explain(facts, connection) else {
                return downstream.frame(frame, payload: payload, ending: ending, content: content, of: connection)
            }
            return downstream.frame(frame, payload: payload, ending: message, content: content, meaning: bare, of: connection)
        }
        if decode(message, facts, content, conversation, connection) {
            conversation.withMeaning {
                downstream.frame(frame, payload: payload, ending: message, content: content, meaning: $0, of: connection)
            }
        } else {
            downstream.frame(frame, payload: payload, ending: ending, content: content, of: connection)
        }
    }

    /// The conversation that begins with a message, on a connection that has none yet; nil while no protocol is known.
    private mutating func beginning(with content: Span<UInt8>, _ message: MessageFacts, _ connection: Connection) -> Conversation? {
        guard isPlain else { return nil }
        guard let recognised = Trial.recognise(content, message) else {
            let isOver = trials.update(connection) { trial in
                if !message.isWhole { trial.noteGap() }
                trial.noteMiss()
                return trial.isOver
            }
            if isOver == true { forget(connection) }
            return nil
        }
        guard let trial = trials[connection] else { return nil }
        return begin(connection, HandshakeFacts(connection), trial, recognised)
    }

    private mutating func begin(
        _ connection: Connection, _ handshake: HandshakeFacts, _ trial: Trial = Trial(), _ recognised: Trial.Recognised? = nil
    ) -> Conversation {
        let conversation = Conversation(
            handshake, rules: rules, program: program, schema: schema, connection: connection.number, trial: trial,
            recognised: recognised, meaning: Meaning("", sharing: shared))
        trials[connection] = trial
        conversations[connection] = conversation
        return conversation
    }

    /// True if something is to be said of the message.
    private mutating func decode(
        _ message: Message, _ facts: MessageFacts, _ content: Span<UInt8>, _ conversation: Conversation, _ connection: Connection
    ) -> Bool {
        if message.opcode.isControl {
            guard message.opcode == .close, content.count >= 2 else { return false }
            return conversation.take(closeCode: content.uint16BE(at: 0), facts)
        }
        if !message.isComplete { conversation.noteGap() }
        return decode(content, facts, conversation, connection)
    }

    private mutating func decode(
        _ content: Span<UInt8>, _ message: MessageFacts, _ conversation: Conversation, _ connection: Connection
    ) -> Bool {
        finish(message, conversation.take(content, message), conversation, connection)
        return conversation.hasMeaning
    }

    /// Says what a message changed that was decoded, and what held it up.
    @usableFromInline
    mutating func finish(_ message: MessageFacts, _ isChanged: Bool, _ conversation: Conversation, _ connection: Connection) {
        if isChanged { report(conversation, message, connection) }
        if let watches {
            conversation.add(watches.delivery(of: message, connection))
            watches.take(conversation, message, connection)
        }
    }

    /// Explains a message of no known protocol; false if there is nothing to explain.
    private mutating func explain(_ message: MessageFacts, _ connection: Connection) -> Bool {
        bare.delivery = watches?.delivery(of: message, connection)
        watches?.take(message, connection)
        return bare.delivery != nil
    }

    /// Says what became known of the protocol.
    private mutating func report(_ conversation: Conversation, _ message: MessageFacts, _ connection: Connection) {
        let time = Timestamp(nanoseconds: message.endTime)
        switch conversation.state {
        case .recognised(let evidence):
            guard let name = conversation.name else { return }
            downstream.note(.spoke(.recognised(name, evidence), in: connection, at: time))
        case .abandoned:
            guard let name = conversation.name else { return }
            downstream.note(.spoke(.abandoned(name, message: message.number), in: connection, at: time))
        case .unknown:
            forget(connection)
            if !explainsAll { watches?.end(connection) }
        case .undecided: break
        }
    }

    public mutating func transport(_ mark: TransportMark) {
        watches?.take(mark)
        downstream.transport(mark)
    }

    // MARK: Connections

    public mutating func note(_ event: Event) {
        switch event {
        case .opened(let connection):
            downstream.note(event)
            if isDecoding, connection.status == .open || connection.status == .inferred { open(connection) }
        case .polled(let body): if isDecoding { take(body) }
        case .ended(let end):
            close(end)
            downstream.note(event)
        case .abandoned(_, _, let connection):
            conversations[connection]?.noteGap()
            _ = trials.update(connection) { $0.noteGap() }
            downstream.note(event)
        default: downstream.note(event)
        }
    }

    /// Looks at a connection's messages no more.
    private mutating func forget(_ connection: Connection) {
        trials[connection] = nil
        conversations[connection] = nil
    }

    private mutating func open(_ connection: Connection) {
        if polling != nil, beginAfterPolling(connection) { return }
        let handshake = HandshakeFacts(connection)
        if isPlain, let trial = Trial(handshake) {
            trials[connection] = trial
            return
        }
        let conversation = begin(connection, handshake)
        watches?.begin(connection)
        defer { if polling?.mayHaveForgotten(connection) == true { reportForgotten(connection) } }
        reportRecognised(conversation, connection)
    }

    /// Says what protocol a connection speaks, where its handshake shows that.
    private mutating func reportRecognised(_ conversation: Conversation, _ connection: Connection) {
        guard case .recognised(let evidence) = conversation.state, let name = conversation.name else { return }
        downstream.note(.spoke(.recognised(name, evidence), in: connection, at: connection.responseTime ?? connection.time))
    }

    /// Forgets sessions that have no WebSocket, since what follows is a capture of its own.
    public mutating func forgetPolling() { polling = nil }

    /// Takes what was said by polling; it is reported where its session has a WebSocket.
    @inline(never)
    private mutating func take(_ body: PolledBody) {
        if polling == nil { polling = PolledSessions() }
        if let session = polling?.take(body) { report(session, at: body.endTime) }
    }

    /// Goes on with the conversation of the session that began by polling; false where there is none.
    @inline(never)
    private mutating func beginAfterPolling(_ connection: Connection) -> Bool {
        guard let session = polling?.attach(connection) else { return false }
        let conversation = session.conversation ?? Conversation(HandshakeFacts(connection))
        trials[connection] = Trial()
        conversations[connection] = conversation
        watches?.begin(connection)
        reportRecognised(conversation, connection)
        report(session, at: connection.responseTime ?? connection.time)
        return true
    }

    private mutating func reportForgotten(_ connection: Connection) {
        var session = PolledSession(since: connection.time, version: 4)
        session.isForgotten = true
        downstream.note(
            .spoke(.polled(Conversation.nameOfEngineIO, session), in: connection, at: connection.responseTime ?? connection.time))
    }

    private mutating func report(_ session: PollingSession, at time: Timestamp) {
        guard let connection = session.connection, let news = polling?.takeNews(of: session) else { return }
        // Where a packet did not fit, the messages are read by themselves.
        if session.conversation == nil, conversations[connection]?.isListening == false {
            conversations[connection] = Conversation(HandshakeFacts(connection))
        }
        downstream.note(.spoke(.polled(Conversation.nameOfEngineIO, news), in: connection, at: time))
    }

    private mutating func close(_ end: ConnectionEnd) {
        let conversation = conversations[end.connection]
        forget(end.connection)
        polling?.end(end.connection)
        if conversation != nil || explainsAll { watches?.end(end.connection) }
        guard let conversation, let name = conversation.name else { return }
        let requests = conversation.unanswered(limit: unansweredLimit)
        guard !requests.isEmpty else { return }
        downstream.note(.spoke(.unanswered(name, requests), in: end.connection, at: end.verdict.time))
    }
}

extension HandshakeFacts {
    init(_ connection: Connection) {
        self.init(
            subprotocol: connection.subprotocol, target: connection.request?.target ?? "",
            host: connection.request?.headers.value(of: "Host") ?? "")
    }
}
