import Bytes
import JSON
import WebSocket

/// Rails' Action Cable: the client sends commands about a channel's identifier, itself JSON; the server types or messages.
struct ActionCable: Dialect {
    static let name: StaticString = "actioncable"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        handshake.agreed == "actioncable-v1-json" ? .certain : .none
    }

    static let openings: Openings = []

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool { false }

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        var members = JSONMembers(content)
        guard members.isObject else { return dialogue.message.misfit }
        var (command, identifier, data, type): (JSONValue?, JSONValue?, JSONValue?, JSONValue?) = (nil, nil, nil, nil)
        var (reason, hasMessage): (JSONValue?, Bool) = (nil, false)
        while let name = members.next(content) {
            if content.has(name, "command") {
                command = members.value(content)
            } else if content.has(name, "identifier") {
                identifier = members.value(content)
            } else if content.has(name, "data") {
                data = members.value(content)
            } else if content.has(name, "type") {
                type = members.value(content)
            } else if content.has(name, "reason") {
                reason = members.value(content)
            } else if content.has(name, "message") {
                hasMessage = true
            }
        }
        if let command { return send(command, identifier, data, content, &dialogue) }
        guard let type else {
            guard identifier != nil, hasMessage else { return dialogue.message.misfit }
            dialogue.add(.event, "message")
            dialogue.name(identifier, in: content)
            return .fits
        }
        if content.has(type, "ping") {
            dialogue.add(.heartbeat, "ping")
        } else if content.has(type, "welcome") {
            dialogue.add(.setup, "welcome")
        } else if content.has(type, "confirm_subscription") {
            answer(.response, "confirm_subscription", identifier, content, &dialogue)
            dialogue.succeed()
        } else if content.has(type, "reject_subscription") {
            answer(.error, "reject_subscription", identifier, content, &dialogue)
            dialogue.fail()
        } else if content.has(type, "disconnect") {
            dialogue.add(.setup, "disconnect")
            dialogue.reason(reason, in: content)
        } else {
            return .foreign
        }
        return .fits
    }

    private func send(
        _ command: JSONValue, _ identifier: JSONValue?, _ data: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        if content.has(command, "subscribe") {
            dialogue.add(.request, "subscribe")
            dialogue.name(identifier, in: content)
            dialogue.ask(key: identifier, in: content)
        } else if content.has(command, "unsubscribe") {
            dialogue.add(.event, "unsubscribe")
            dialogue.name(identifier, in: content)
        } else if content.has(command, "message") {
            dialogue.add(.event, "message")
            dialogue.name(identifier, in: content)
            describeAction(data, content, &dialogue)
        } else {
            return .foreign
        }
        return .fits
    }

    private func answer(
        _ role: Operation.Role, _ type: StaticString, _ identifier: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) {
        dialogue.add(role, type)
        dialogue.name(identifier, in: content)
        dialogue.answer(key: identifier, in: content)
    }

    /// Adds the action, a member of the JSON that a text contains.
    private func describeAction(_ value: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        guard let value, value.isText else { return }
        var inner = ByteBuffer()
        JSONText.append(content.extracting(value.range).extracting(first: 8 << 10), to: &inner)
        dialogue.detail(JSONMembers.find("action", in: inner.span), in: inner.span)
    }
}
