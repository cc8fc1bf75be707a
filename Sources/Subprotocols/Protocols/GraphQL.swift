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
        if let payload = message.payload { nameOperation(payload, content, &dialogue) }
        dialogue.ask()
        return .fits
    }

    /// The operation's name where it has one, otherwise its first field with its arguments.
    private static func nameOperation(_ payload: JSONValue, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        var members = JSONMembers(content, at: payload.range.lowerBound)
        var query: JSONValue?
        while let name = members.next(content) {
            if content.has(name, "operationName"), let value = members.value(content), value.isText, !value.range.isEmpty {
                return dialogue.name(value, in: content)
            }
            if content.has(name, "query") { query = members.value(content) }
        }
        guard let query, case .text(let hasEscapes) = query.kind else { return }
        let written = content.extracting(query.range)
        if hasEscapes {
            var plain = ByteBuffer()
            JSONText.append(written.extracting(first: GraphQLName.searchedByteCount), to: &plain)
            GraphQLName.find(in: plain.span, &dialogue)
        } else {
            GraphQLName.find(in: written, &dialogue)
        }
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

/// What an operation of GraphQL is called (its specification, §2).
enum GraphQLName {
    /// Bytes of a document that are looked at.
    static let searchedByteCount = 4 << 10
    private static let argumentLimit = 80

    static func find(in query: Span<UInt8>, _ dialogue: inout Dialogue) {
        let text = query.extracting(first: searchedByteCount)
        var position = 0
        skipIgnored(text, &position)
        let word = takeName(text, &position)
        if !word.isEmpty {
            skipIgnored(text, &position)
            let name = takeName(text, &position)
            if !name.isEmpty { return dialogue.name(text.extracting(name)) }
        }
        // No name: the first field, with its arguments.
        while position < text.count, text[position] != UInt8(ascii: "{") { position += 1 }
        position += 1
        skipIgnored(text, &position)
        let field = takeName(text, &position)
        guard !field.isEmpty else { return }
        dialogue.name(text.extracting(field))
        skipIgnored(text, &position)
        guard position < text.count, text[position] == UInt8(ascii: "(") else { return }
        var arguments = ByteBuffer()
        while position < text.count, arguments.count < argumentLimit {
            if !isBlank(text[position]) { arguments.append(text[position]) }
            if text[position] == UInt8(ascii: ")") { return dialogue.detail(arguments.span) }
            position += 1
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 }

    /// Blanks, commas and comments.
    private static func skipIgnored(_ text: Span<UInt8>, _ position: inout Int) {
        while position < text.count {
            if text[position] == UInt8(ascii: "#") {
                while position < text.count, text[position] != 0x0A { position += 1 }
            } else if isBlank(text[position]) || text[position] == UInt8(ascii: ",") {
                position += 1
            } else {
                return
            }
        }
    }

    private static func takeName(_ text: Span<UInt8>, _ position: inout Int) -> Range<Int> {
        let start = position
        while position < text.count, isNameByte(text[position]) { position += 1 }
        return start..<position
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension MessageFacts {
    /// What a message is that cannot be read as its protocol has it.
    var misfit: Fit { isWhole ? .foreign : .unknown }
}
