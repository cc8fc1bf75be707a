import Bytes
import JSON
import WebSocket

/// GraphQL over WebSocket, `graphql-transport-ws` (the library graphql-ws; its PROTOCOL.md).
struct GraphQLTransport: Dialect {
    static let name: StaticString = "graphql-transport-ws"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition { handshake.agreed == "graphql-transport-ws" ? .certain : .none }
    static let openings: Openings = []

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool { false }

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        let message = GraphQLMessage(content)
        guard let type = message.type else { return dialogue.message.misfit }
        if content.has(type, "next") { return GraphQLMessage.next("next", message, content, &dialogue) }
        if content.has(type, "subscribe") { return GraphQLMessage.subscribe("subscribe", message, content, &dialogue) }
        if content.has(type, "complete") { return GraphQLMessage.complete(message, content, &dialogue) }
        if content.has(type, "error") { return GraphQLMessage.fail(message, content, &dialogue) }
        if content.has(type, "ping") { return GraphQLMessage.ping(&dialogue) }
        if content.has(type, "pong") { return GraphQLMessage.pong(&dialogue) }
        return GraphQLMessage.setup(type, content, &dialogue)
    }

    static func meaning(ofCloseCode code: UInt16) -> CloseMeaning? {
        switch code {
        case 4400: CloseMeaning("bad request: a message was not valid", "do not reconnect before the client is corrected")
        case 4401: CloseMeaning("unauthorized: an operation came before connection_ack", "send connection_init and wait for connection_ack")
        case 4403: CloseMeaning("forbidden: the server refused connection_init", "do not reconnect without other credentials")
        case 4406: CloseMeaning("subprotocol not acceptable", "offer a subprotocol that the server speaks")
        case 4408: CloseMeaning("connection initialisation timeout: connection_init did not come in time", "send connection_init at once")
        case 4409: CloseMeaning("subscriber already exists: the id is in use", "use an id only once at a time")
        case 4429: CloseMeaning("too many initialisation requests", "send connection_init only once")
        case 4500: CloseMeaning("internal server error")
        case 4504: CloseMeaning("connection acknowledgement timeout: connection_ack did not come in time", "reconnect later")
        default: nil
        }
    }
}

/// GraphQL over WebSocket as the library subscriptions-transport-ws spoke it; its subprotocol is `graphql-ws`.
struct GraphQLLegacy: Dialect {
    static let name: StaticString = "graphql-ws"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition { handshake.agreed == "graphql-ws" ? .certain : .none }
    static let openings: Openings = []

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool { false }

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        let message = GraphQLMessage(content)
        guard let type = message.type else { return dialogue.message.misfit }
        if content.has(type, "data") { return GraphQLMessage.next("data", message, content, &dialogue) }
        if content.has(type, "start") { return GraphQLMessage.subscribe("start", message, content, &dialogue) }
        if content.has(type, "complete") { return GraphQLMessage.complete(message, content, &dialogue) }
        if content.has(type, "error") { return GraphQLMessage.fail(message, content, &dialogue) }
        if content.has(type, "stop") {
            dialogue.add(.event, "stop")
            dialogue.id(message.id, in: content)
            dialogue.cancel(of: .client, isConfirmed: true)
            return .fits
        }
        if content.has(type, "ka") {
            dialogue.add(.heartbeat, "ka")
            return .fits
        }
        if content.has(type, "connection_error") {
            dialogue.add(.error, "connection_error")
            dialogue.answer(GraphQLMessage.initialisation)
            dialogue.fail(message.payload, in: content)
            return .fits
        }
        if content.has(type, "connection_terminate") {
            dialogue.add(.setup, "connection_terminate")
            return .fits
        }
        return GraphQLMessage.setup(type, content, &dialogue)
    }
}

/// What both dialects of GraphQL share: `{id, type, payload}`.
struct GraphQLMessage {
    var id: JSONValue?
    var type: JSONValue?
    var payload: JSONValue?

    static let initialisation: UInt8 = 2
    private static let heartbeat: UInt8 = 3

    init(_ content: Span<UInt8>) {
        var members = JSONMembers(content)
        while let name = members.next(content) {
            if content.has(name, "id") {
                id = members.value(content)
            } else if content.has(name, "type") {
                type = members.value(content)
            } else if content.has(name, "payload") {
                payload = members.value(content)
            }
        }
        // Part of a message may be at hand, and tell enough.
        if type?.isText != true { type = nil }
    }

    static func subscribe(
        _ type: StaticString, _ message: GraphQLMessage, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        dialogue.add(.request, type)
        dialogue.id(message.id, in: content)
        let kind = message.payload.flatMap { describe($0, content, &dialogue) }
        // Nothing confirms a subscription, and it need not have an event. What is kept at the server under a hash may be one.
        dialogue.ask(mustBeAnswered: kind == .query || kind == .mutation)
        return .fits
    }

    /// Names the operation that is asked for: as it is called, otherwise by its first field and its arguments.
    /// - Returns: its kind, where the payload tells.
    private static func describe(
        _ payload: JSONValue, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> GraphQLDocument.Kind? {
        var members = JSONMembers(content, at: payload.range.lowerBound)
        var (query, wanted): (JSONValue?, JSONValue?) = (nil, nil)
        while let name = members.next(content) {
            if content.has(name, "operationName"), let value = members.value(content), value.isText, !value.range.isEmpty { wanted = value }
            if content.has(name, "query") { query = members.value(content) }
        }
        dialogue.name(wanted, in: content)
        guard let query, case .text(let hasEscapes) = query.kind else { return nil }
        let written = content.extracting(query.range)
        // Names of operations need no escapes.
        let name = content.extracting(wanted?.range ?? 0..<0)
        guard hasEscapes else { return describe(written, wanted: name, &dialogue) }
        var plain = ByteBuffer()
        JSONText.append(written.extracting(first: GraphQLDocument.searchedByteCount), to: &plain)
        return describe(plain.span, wanted: name, &dialogue)
    }

    /// - Parameter wanted: the name of the operation; empty where there is but one.
    private static func describe(_ text: Span<UInt8>, wanted: Span<UInt8>, _ dialogue: inout Dialogue) -> GraphQLDocument.Kind? {
        guard let document = GraphQLDocument(text, wanted: wanted) else { return nil }
        guard wanted.isEmpty else { return document.kind }
        if !document.name.isEmpty {
            dialogue.name(text.extracting(document.name))
        } else if let field = document.firstField(text) {
            dialogue.name(text.extracting(field.name))
            if let arguments = document.arguments(text, after: field.end) { dialogue.detail(arguments.span) }
        }
        return document.kind
    }

    static func next(_ type: StaticString, _ message: GraphQLMessage, _ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        dialogue.add(.stream, type)
        dialogue.id(message.id, in: content)
        dialogue.answer(isLast: false)
        if let payload = message.payload, let errors = JSONMembers.find("errors", of: payload, in: content), errors.kind == .array {
            failWithFirst(errors, content, &dialogue)
        } else {
            dialogue.succeed()
        }
        return .fits
    }

    static func complete(_ message: GraphQLMessage, _ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        let isCancelled = dialogue.message.side == .client
        dialogue.add(isCancelled ? .event : .response, "complete")
        dialogue.id(message.id, in: content)
        if isCancelled {
            dialogue.cancel(of: .client)
        } else {
            dialogue.answer()
            dialogue.succeed()
        }
        return .fits
    }

    static func fail(_ message: GraphQLMessage, _ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        dialogue.add(.error, "error")
        dialogue.id(message.id, in: content)
        dialogue.answer()
        dialogue.fail()
        if let payload = message.payload { failWithFirst(payload, content, &dialogue) }
        return .fits
    }

    /// Says what the first of the errors says.
    private static func failWithFirst(_ errors: JSONValue, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        var first: JSONValue? = errors
        if errors.kind == .array {
            var elements = JSONElements(content, at: errors.range.lowerBound)
            first = elements.next(content)
        }
        guard let first, first.kind == .object else { return dialogue.fail(first, in: content) }
        dialogue.fail(JSONMembers.find("message", of: first, in: content), in: content)
    }

    static func ping(_ dialogue: inout Dialogue) -> Fit {
        dialogue.add(.heartbeat, "ping")
        dialogue.ask(heartbeat, mustBeAnswered: false)
        return .fits
    }

    static func pong(_ dialogue: inout Dialogue) -> Fit {
        dialogue.add(.heartbeat, "pong")
        if dialogue.answer(heartbeat) { dialogue.succeed() }
        return .fits
    }

    static func setup(_ type: JSONValue, _ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        if content.has(type, "connection_init") {
            dialogue.add(.setup, "connection_init")
            dialogue.ask(initialisation)
            return .fits
        }
        guard content.has(type, "connection_ack") else { return .foreign }
        dialogue.add(.setup, "connection_ack")
        dialogue.answer(initialisation)
        dialogue.succeed()
        return .fits
    }
}

extension MessageFacts {
    /// What a message is that cannot be read as its protocol has it.
    var misfit: Fit { isWhole ? .foreign : .unknown }
}
