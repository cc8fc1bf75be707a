import Bytes
import JSON
import WebSocket

/// The Pusher Channels protocol, version 7, as Soketi and Laravel Reverb speak it too: `{event, channel, data}`.
struct Pusher: Dialect {
    static let name: StaticString = "pusher"

    static let isToldByURL = true

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        handshake.path.hasPrefix("/app/") && handshake.parameter("protocol") != nil ? .likely : .none
    }

    static let tellingMembers: [[StaticString]] = [["event"]]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard message.isText else { return false }
        let parts = Parts(content)
        guard let event = parts.event else { return false }
        return content.has(event, "pusher:connection_established") || content.has(event, "pusher:subscribe")
    }

    init(_ handshake: HandshakeFacts) {}

    private struct Parts {
        var event: JSONValue?
        var channel: JSONValue?
        var data: JSONValue?

        init(_ content: Span<UInt8>) {
            var members = JSONMembers(content)
            while let name = members.next(content) {
                if content.has(name, "event") {
                    event = members.value(content)
                } else if content.has(name, "channel") {
                    channel = members.value(content)
                } else if content.has(name, "data") {
                    data = members.value(content)
                }
            }
            if event?.isText != true { event = nil }
        }
    }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText else { return .foreign }
        let parts = Parts(content)
        guard let event = parts.event else { return dialogue.message.misfit }
        if content.has(event, "pusher:ping") || content.has(event, "pusher:pong") {
            let isPing = content.has(event, "pusher:ping")
            dialogue.add(.heartbeat, isPing ? "pusher:ping" : "pusher:pong")
            if isPing { dialogue.ask(1) } else if dialogue.answer(1) { dialogue.succeed() }
        } else if content.has(event, "pusher:connection_established") {
            dialogue.add(.setup, "pusher:connection_established")
        } else if content.has(event, "pusher:subscribe") {
            dialogue.add(.request, "pusher:subscribe")
            let channel = parts.data.flatMap { JSONMembers.find("channel", of: $0, in: content) }
            dialogue.name(channel, in: content)
            dialogue.ask(key: channel, in: content)
        } else if content.has(event, "pusher_internal:subscription_succeeded") || content.has(event, "pusher:subscription_error") {
            let isError = content.has(event, "pusher:subscription_error")
            dialogue.add(isError ? .error : .response, isError ? "pusher:subscription_error" : "pusher_internal:subscription_succeeded")
            dialogue.name(parts.channel, in: content)
            dialogue.answer(key: parts.channel, in: content)
            if isError { fail(parts.data, content, &dialogue) } else { dialogue.succeed() }
        } else if content.has(event, "pusher:unsubscribe") {
            dialogue.add(.event, "event")
            dialogue.word(event, in: content)
            dialogue.name(parts.data.flatMap { JSONMembers.find("channel", of: $0, in: content) }, in: content)
        } else if content.has(event, "pusher:error") {
            dialogue.add(.error, "pusher:error")
            let data = parts.data.flatMap { $0.kind == .object ? $0 : nil }
            dialogue.fail(
                data.flatMap { JSONMembers.find("code", of: $0, in: content) },
                data.flatMap { JSONMembers.find("message", of: $0, in: content) }, in: content)
        } else {
            dialogue.add(.event, "event")
            dialogue.word(event, in: content)
            dialogue.name(parts.channel, in: content)
        }
        return .fits
    }

    /// Says why there is no subscription: `type`, `error` and `status` of the data, which is an object or the text of one.
    private func fail(_ data: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        guard let data, data.isText else { return fail(object: data, content, &dialogue) }
        var plain = ByteBuffer()
        JSONText.append(content.extracting(data.range).extracting(first: 8 << 10), to: &plain)
        fail(object: JSONValue(kind: .object, range: 0..<plain.count), plain.span, &dialogue)
    }

    private func fail(object: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        guard let object, object.kind == .object else { return dialogue.fail() }
        dialogue.fail(
            JSONMembers.find("status", of: object, in: content), JSONMembers.find("type", of: object, in: content),
            JSONMembers.find("error", of: object, in: content), in: content)
    }

    static func meaning(ofCloseCode code: UInt16) -> CloseMeaning? {
        let text: String? =
            switch code {
            case 4000: "application only accepts TLS connections"
            case 4001: "application does not exist"
            case 4003: "application disabled"
            case 4004: "application is over its connection quota"
            case 4005: "path not found"
            case 4006: "invalid version string format"
            case 4007: "unsupported protocol version"
            case 4008: "no protocol version supplied"
            case 4009: "connection is unauthorized"
            case 4100: "over capacity"
            case 4200: "generic reconnect"
            case 4201: "pong did not come in time"
            case 4202: "closed after inactivity"
            case 4301: "client event rejected by the rate limit"
            default: nil
            }
        switch code {
        case 4000...4099: return CloseMeaning(text ?? "refused", "do not reconnect")
        case 4100...4199: return CloseMeaning(text ?? "not now", "reconnect after one second or more")
        case 4200...4299: return CloseMeaning(text ?? "interrupted", "reconnect at once")
        default: return text.map { CloseMeaning($0) }
        }
    }
}
