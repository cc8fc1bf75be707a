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
    @usableFromInline var conversations = ConnectionTable<Conversation>()

    /// By TCP connection, where waits are to be explained; nil where they are not.
    private var watches: FlowWatches?
    /// Of connections without a known protocol too.
    @usableFromInline let explainsAll: Bool
    /// What is said of a message of such.
    private var bare = Meaning("")
    private let isDecoding: Bool
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
        explainsAll = explainsMessages && isDecoding
    }

    public var hasEnough: Bool { downstream.hasEnough }

    // MARK: Frames

    // Inlinable, so that what is not decoded goes to the report without a call through its type.
    @inlinable
    public mutating func frame(plain: PlainFrame, payload: Span<UInt8>, of connection: Connection) {
        guard conversations.mayHave(connection) || explainsAll else {
            return downstream.frame(plain: plain, payload: payload, of: connection)
        }
        decode(plain, payload, connection)
    }

    @usableFromInline
    mutating func decode(_ plain: PlainFrame, _ payload: Span<UInt8>, _ connection: Connection) {
        let time = plain.time.nanoseconds
        let facts = MessageFacts(
            number: plain.message, side: plain.from, startTime: time, endTime: time, isText: plain.header.opcode == .text,
            isWhole: UInt64(payload.count) == plain.header.length)
        guard let conversation = unsafe conversations.unretained(connection) else {
            guard explainsAll, explain(facts, connection) else { return downstream.frame(plain: plain, payload: payload, of: connection) }
            return downstream.frame(plain: plain, payload: payload, meaning: bare, of: connection)
        }
        // Invariant: it stays in the table until `forget`, after which it is not used.
        unsafe conversation._withUnsafeGuaranteedRef { conversation in
            if decode(payload, facts, conversation, connection) {
                conversation.withMeaning { downstream.frame(plain: plain, payload: payload, meaning: $0, of: connection) }
            } else {
                downstream.frame(plain: plain, payload: payload, of: connection)
            }
            if conversation.state == .unknown { forget(connection) }
        }
    }

    /// Forgets what is said in a connection of no known protocol.
    @inline(never)
    private mutating func forget(_ connection: Connection) { conversations[connection] = nil }

    public mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {
        guard let message else { return downstream.frame(frame, payload: payload, ending: message, content: content, of: connection) }
        let facts = MessageFacts(
            number: message.number, side: message.from, startTime: message.time.nanoseconds, endTime: message.endTime.nanoseconds,
            isText: message.opcode == .text,
            isWhole: message.isComplete && message.unknownByteCount == 0 && UInt64(content.count) == message.length)
        guard let conversation = conversations[connection] else {
            guard explainsAll, !message.opcode.isControl, explain(facts, connection) else {
                return downstream.frame(frame, payload: payload, ending: message, content: content, of: connection)
            }
            return downstream.frame(frame, payload: payload, ending: message, content: content, meaning: bare, of: connection)
        }
        if decode(message, facts, content, conversation, connection) {
            conversation.withMeaning {
                downstream.frame(frame, payload: payload, ending: message, content: content, meaning: $0, of: connection)
            }
        } else {
            downstream.frame(frame, payload: payload, ending: message, content: content, of: connection)
        }
        if conversation.state == .unknown { forget(connection) }
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

    @inline(__always)
    private mutating func decode(
        _ content: Span<UInt8>, _ message: MessageFacts, _ conversation: Conversation, _ connection: Connection
    ) -> Bool {
        if conversation.take(content, message) { report(conversation, message, connection) }
        if let watches {
            conversation.add(watches.delivery(of: message, connection))
            watches.take(conversation, message, connection)
        }
        return conversation.hasMeaning
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
        case .unknown: if !explainsAll { watches?.end(connection) }
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
        case .ended(let end):
            close(end)
            downstream.note(event)
        case .abandoned(_, _, let connection):
            conversations[connection]?.noteGap()
            downstream.note(event)
        default: downstream.note(event)
        }
    }

    private mutating func open(_ connection: Connection) {
        let conversation = Conversation(
            HandshakeFacts(connection), rules: rules, program: program, schema: schema, connection: connection.number)
        conversations[connection] = conversation
        watches?.begin(connection)
        if case .recognised(let evidence) = conversation.state, let name = conversation.name {
            downstream.note(.spoke(.recognised(name, evidence), in: connection, at: connection.responseTime ?? connection.time))
        }
    }

    private mutating func close(_ end: ConnectionEnd) {
        guard let conversation = conversations[end.connection] else {
            if explainsAll { watches?.end(end.connection) }
            return
        }
        conversations[end.connection] = nil
        watches?.end(end.connection)
        guard let name = conversation.name else { return }
        let (requests, omittedCount) = conversation.unanswered(limit: unansweredLimit)
        guard !requests.isEmpty || omittedCount > 0 else { return }
        let time = end.verdict.time
        downstream.note(
            .spoke(
                .unanswered(name, requests, omittedCount: omittedCount, isCertain: !conversation.hasGaps), in: end.connection, at: time))
    }
}

extension HandshakeFacts {
    init(_ connection: Connection) {
        self.init(
            subprotocol: connection.subprotocol, target: connection.request?.target ?? "",
            host: connection.request?.headers.value(of: "Host") ?? "")
    }
}
