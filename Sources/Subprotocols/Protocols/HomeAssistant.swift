import Bytes
import JSON
import WebSocket

/// Home Assistant's WebSocket API: `{id, type, …}`, answered by a `result` of the same id.
struct HomeAssistant: Dialect {
    static let name: StaticString = "home-assistant"

    static let isToldByURL = true

    static func recognise(_ handshake: HandshakeFacts) -> Recognition { handshake.path == "/api/websocket" ? .likely : .none }

    static let tellingMembers: [[StaticString]] = [["type"]]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard message.isText, message.side == .server, let type = JSONMembers.find("type", in: content) else { return false }
        return content.has(type, "auth_required")
    }

    private static let authentication: UInt8 = 1

    init(_ handshake: HandshakeFacts) {}

    /// Messages may come several at once, in an array (its documentation, "Feature enablement": `coalesce_messages`).
    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText else { return .foreign }
        var elements = JSONElements(content)
        guard elements.isArray else { return decode(at: 0, content, &dialogue) }
        var hasMessage = false
        while let element = elements.next(content) {
            guard element.kind == .object, decode(at: element.range.lowerBound, content, &dialogue) == .fits else {
                return dialogue.message.misfit
            }
            hasMessage = true
        }
        return hasMessage ? .fits : dialogue.message.misfit
    }

    private func decode(at start: Int, _ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        var members = JSONMembers(content, at: start)
        var (id, type, error, event): (JSONValue?, JSONValue?, JSONValue?, JSONValue?) = (nil, nil, nil, nil)
        var text: JSONValue?
        while let name = members.next(content) {
            if content.has(name, "id") {
                id = members.value(content)
            } else if content.has(name, "type") {
                type = members.value(content)
            } else if content.has(name, "error") {
                error = members.value(content)
            } else if content.has(name, "event") {
                event = members.value(content)
            } else if content.has(name, "message") {
                text = members.value(content)
            }
        }
        guard let type, type.isText else { return dialogue.message.misfit }
        guard id != nil else { return authenticate(type, text, content, &dialogue) }
        if content.has(type, "ping") || content.has(type, "pong") {
            dialogue.add(.heartbeat, content.has(type, "ping") ? "ping" : "pong")
            dialogue.id(id, in: content)
            if content.has(type, "ping") { dialogue.ask() } else if dialogue.answer() { dialogue.succeed() }
        } else if dialogue.message.side == .client {
            dialogue.add(.request, "command")
            dialogue.word(type, in: content)
            dialogue.id(id, in: content)
            dialogue.ask()
        } else if content.has(type, "result") {
            dialogue.add(error == nil ? .response : .error, "result")
            dialogue.id(id, in: content)
            dialogue.answer()
            if let error {
                dialogue.fail(
                    JSONMembers.find("code", of: error, in: content), JSONMembers.find("message", of: error, in: content), in: content)
            } else {
                dialogue.succeed()
            }
        } else {
            dialogue.add(.event, "event")
            if let event { dialogue.name(JSONMembers.find("event_type", of: event, in: content), in: content) }
            dialogue.id(id, in: content)
        }
        return .fits
    }

    private func authenticate(
        _ type: JSONValue, _ text: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        if content.has(type, "auth_required") {
            dialogue.add(.setup, "auth_required")
        } else if content.has(type, "auth") {
            dialogue.add(.setup, "auth")
            dialogue.ask(Self.authentication)
        } else if content.has(type, "auth_ok") {
            dialogue.add(.setup, "auth_ok")
            dialogue.answer(Self.authentication)
            dialogue.succeed()
        } else if content.has(type, "auth_invalid") {
            dialogue.add(.error, "auth_invalid")
            dialogue.answer(Self.authentication)
            dialogue.fail(text, in: content)
        } else {
            return .foreign
        }
        return .fits
    }
}
