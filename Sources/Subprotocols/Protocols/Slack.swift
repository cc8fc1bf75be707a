import Bytes
import JSON
import WebSocket

/// Slack's Socket Mode: envelopes of the server, which the client echoes by their id within three seconds.
struct Slack: Dialect {
    static let name: StaticString = "slack-socket-mode"

    static let isToldByURL = true

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        handshake.host.hasSuffix(".slack.com") && handshake.path.hasPrefix("/link") ? .certain : .none
    }

    static let tellingMembers: [[StaticString]] = [["type", "num_connections"]]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard message.isText, message.side == .server, let type = JSONMembers.find("type", in: content) else { return false }
        return content.has(type, "hello") && JSONMembers.find("num_connections", in: content)?.kind == .number
    }

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText else { return .foreign }
        var members = JSONMembers(content)
        var (envelope, type, payload, reason): (JSONValue?, JSONValue?, JSONValue?, JSONValue?) = (nil, nil, nil, nil)
        while let name = members.next(content) {
            if content.has(name, "envelope_id") {
                envelope = members.value(content)
            } else if content.has(name, "type") {
                type = members.value(content)
            } else if content.has(name, "payload") {
                payload = members.value(content)
            } else if content.has(name, "reason") {
                reason = members.value(content)
            }
        }
        if dialogue.message.side == .client {
            guard envelope != nil else { return dialogue.message.misfit }
            dialogue.add(.response, "acknowledgement")
            dialogue.id(envelope, in: content)
            dialogue.answer()
            dialogue.succeed()
            return .fits
        }
        guard let type else { return dialogue.message.misfit }
        if content.has(type, "hello") {
            dialogue.add(.setup, "hello")
        } else if content.has(type, "disconnect") {
            dialogue.add(.setup, "disconnect")
            dialogue.reason(reason, in: content)
        } else if envelope != nil {
            dialogue.add(.request, "envelope")
            dialogue.word(type, in: content)
            if let payload { nameEvent(payload, content, &dialogue) }
            dialogue.id(envelope, in: content)
            dialogue.ask()
        } else {
            return .foreign
        }
        return .fits
    }

    /// The type of an event, or the command that was typed.
    private func nameEvent(_ payload: JSONValue, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        guard payload.kind == .object else { return }
        if let event = JSONMembers.find("event", of: payload, in: content), event.kind == .object {
            return dialogue.name(JSONMembers.find("type", of: event, in: content), in: content)
        }
        dialogue.name(
            JSONMembers.find("command", of: payload, in: content) ?? JSONMembers.find("type", of: payload, in: content), in: content)
    }
}
