import Bytes
import JSON
import WebSocket

/// Phoenix Channels, versions 1 and 2 of its serializer, as Supabase Realtime speaks them too.
///
/// Version 2 is `[join_ref, ref, topic, event, payload]`, or binary; version 1 an object with the same members.
struct Phoenix: Dialect {
    static let name: StaticString = "phoenix"

    static let isToldByURL = true

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        guard handshake.path.hasSuffix("/websocket"), let version = handshake.parameter("vsn") else { return .none }
        return version.hasPrefix("1.") || version.hasPrefix("2.") ? .certain : .none
    }

    static let tellingMembers: [[StaticString]] = [["event", "topic", "ref"]]

    static let openings: Openings = [.object, .array]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard message.isText, message.side == .client, let push = Push(content) else { return false }
        guard let event = push.event, content.has(event, "phx_join") || content.has(event, "heartbeat") else { return false }
        return push.ref != nil && push.topic?.isText ?? false && push.isWhole
    }

    init(_ handshake: HandshakeFacts) {}

    private struct Push {
        var ref: JSONValue?
        var topic: JSONValue?
        var event: JSONValue?
        var payload: JSONValue?
        var isWhole = false

        init?(_ content: Span<UInt8>) {
            var elements = JSONElements(content)
            if elements.isArray {
                guard elements.next(content) != nil else { return nil }
                ref = elements.next(content)
                topic = elements.next(content)
                event = elements.next(content)
                payload = elements.next(content)
                isWhole = payload != nil && elements.next(content) == nil && elements.isWhole
            } else {
                var members = JSONMembers(content)
                guard members.isObject else { return nil }
                while let name = members.next(content) {
                    if content.has(name, "ref") {
                        ref = members.value(content)
                    } else if content.has(name, "topic") {
                        topic = members.value(content)
                    } else if content.has(name, "event") {
                        event = members.value(content)
                    } else if content.has(name, "payload") {
                        payload = members.value(content)
                    }
                }
                isWhole = members.isWhole
            }
            if ref?.kind == .null { ref = nil }
            guard let event, event.isText, let topic, topic.isText else { return nil }
        }
    }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText else { return decode(binary: content, &dialogue) }
        guard let push = Push(content), let event = push.event else { return dialogue.message.misfit }
        if content.has(event, "phx_reply") {
            let isHeartbeat = push.topic.map { content.has($0, "phoenix") } ?? false
            dialogue.add(isHeartbeat ? .heartbeat : .response, "phx_reply")
            dialogue.name(push.topic, in: content)
            dialogue.id(push.ref, in: content)
            dialogue.answer()
            judge(push.payload, content, &dialogue)
        } else if content.has(event, "heartbeat") {
            dialogue.add(.heartbeat, "heartbeat")
            dialogue.name(push.topic, in: content)
            ask(push, content, mustBeAnswered: true, &dialogue)
        } else if content.has(event, "phx_join") || content.has(event, "phx_leave") {
            dialogue.add(.request, content.has(event, "phx_join") ? "phx_join" : "phx_leave")
            dialogue.name(push.topic, in: content)
            ask(push, content, mustBeAnswered: true, &dialogue)
        } else if content.has(event, "phx_error") || content.has(event, "phx_close") {
            let isError = content.has(event, "phx_error")
            dialogue.add(isError ? .error : .setup, isError ? "phx_error" : "phx_close")
            dialogue.name(push.topic, in: content)
            if isError { dialogue.fail() }
        } else {
            let isAsked = dialogue.message.side == .client && push.ref != nil
            // A channel may answer a push, or not.
            dialogue.add(isAsked ? .request : .event, dialogue.message.side == .client ? "push" : "broadcast")
            dialogue.word(event, in: content)
            dialogue.name(push.topic, in: content)
            if isAsked { ask(push, content, mustBeAnswered: false, &dialogue) }
        }
        return .fits
    }

    private func ask(_ push: Push, _ content: Span<UInt8>, mustBeAnswered: Bool, _ dialogue: inout Dialogue) {
        dialogue.id(push.ref, in: content)
        if push.ref != nil { dialogue.ask(mustBeAnswered: mustBeAnswered) }
    }

    private func judge(_ payload: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        guard let payload, let status = JSONMembers.find("status", of: payload, in: content) else { return }
        if content.has(status, "ok") { return dialogue.succeed() }
        dialogue.change { $0.role = .error }
        let response = JSONMembers.find("response", of: payload, in: content)
        dialogue.fail(response.flatMap { JSONMembers.find("reason", of: $0, in: content) } ?? response, in: content)
    }

    // MARK: Binary

    /// A kind, the lengths of the texts that follow, the texts, and a payload.
    private func decode(binary content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard !content.isEmpty else { return .foreign }
        let isFromClient = dialogue.message.side == .client
        let count = content[0] == 0 ? (isFromClient ? 4 : 3) : content[0] == 1 ? 4 : content[0] == 2 ? 2 : 0
        guard count > 0, content.count > count else { return .foreign }
        var position = 1 + count
        var parts: [4 of Range<Int>] = .init(repeating: 0..<0)
        for index in 0..<count {
            let end = position + Int(content[1 + index])
            guard end <= content.count else { return .foreign }
            parts[index] = position..<end
            position = end
        }
        func part(_ index: Int) -> Range<Int> { parts[index] }
        switch (content[0], isFromClient) {
        case (0, true):
            dialogue.add(.request, "push")
            dialogue.word(content.extracting(part(3)))
            dialogue.name(content.extracting(part(2)))
            dialogue.id(content.extracting(part(1)))
            dialogue.ask(mustBeAnswered: false)
        case (0, false):
            dialogue.add(.event, "push")
            dialogue.word(content.extracting(part(2)))
            dialogue.name(content.extracting(part(1)))
        case (1, _):
            dialogue.add(.response, "phx_reply")
            dialogue.id(content.extracting(part(1)))
            dialogue.answer()
            if content.extracting(part(3)).count == 2, content.matches("ok", at: part(3).lowerBound) {
                dialogue.succeed()
            } else {
                dialogue.change { $0.role = .error }
                dialogue.fail(content.extracting(part(3)))
            }
        default:
            dialogue.add(.event, "broadcast")
            dialogue.word(content.extracting(part(1)))
            dialogue.name(content.extracting(part(0)))
        }
        return .fits
    }
}
