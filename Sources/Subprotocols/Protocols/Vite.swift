import Bytes
import JSON
import WebSocket

/// What Vite's development server tells its client, which reloads what has changed (vite.dev, "HMR API").
struct Vite: Dialect {
    static let name: StaticString = "vite-hmr"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        handshake.agreed == "vite-hmr" || handshake.agreed == "vite-ping" ? .certain : .none
    }

    static let openings: Openings = []

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool { false }

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText else { return .foreign }
        var members = JSONMembers(content)
        var (type, event, path, data): (JSONValue?, JSONValue?, JSONValue?, JSONValue?) = (nil, nil, nil, nil)
        while let name = members.next(content) {
            if content.has(name, "type") {
                type = members.value(content)
            } else if content.has(name, "event") {
                event = members.value(content)
            } else if content.has(name, "path") || content.has(name, "triggeredBy") {
                path = members.value(content)
            } else if content.has(name, "data") || content.has(name, "updates") || content.has(name, "paths") || content.has(name, "err") {
                data = members.value(content)
            }
        }
        guard let type, type.isText else { return dialogue.message.misfit }
        switch true {
        case content.has(type, "connected"): dialogue.add(.setup, "connected")
        case content.has(type, "ping"):
            dialogue.add(.heartbeat, "ping")
            // Servers may leave it at that.
            dialogue.ask(mustBeAnswered: false)
        case content.has(type, "pong"):
            dialogue.add(.heartbeat, "pong")
            if dialogue.answer() { dialogue.succeed() }
        case content.has(type, "custom"): decode(custom: event, data, content, &dialogue)
        case content.has(type, "update"): decode(updates: data, content, &dialogue)
        case content.has(type, "error"):
            dialogue.add(.error, "error")
            dialogue.fail(data.flatMap { JSONMembers.find("message", of: $0, in: content) }, in: content)
        default:
            dialogue.add(.event, "message")
            dialogue.word(type, in: content)
            dialogue.name(path, in: content)
        }
        return .fits
    }

    /// An operation for each module that changed.
    private func decode(updates: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        guard let updates else { return dialogue.add(.event, "update") }
        var elements = JSONElements(content, at: updates.range.lowerBound)
        var count = 0
        while let update = elements.next(content) {
            dialogue.add(.event, "update")
            dialogue.name(JSONMembers.find("path", of: update, in: content), in: content)
            dialogue.detail(JSONMembers.find("type", of: update, in: content), in: content)
            count += 1
        }
        if count == 0 { dialogue.add(.event, "update") }
    }

    /// A plugin's own, or one side's call of the other: `send:ID` is answered with `response:ID`.
    private func decode(custom event: JSONValue?, _ data: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        guard let event, content.has(event, "vite:invoke"), let data, let id = JSONMembers.find("id", of: data, in: content), id.isText,
            let colon = content.index(of: UInt8(ascii: ":"), from: id.range.lowerBound), colon < id.range.upperBound
        else {
            dialogue.add(.event, "custom")
            return dialogue.name(event, in: content)
        }
        let isAnswer = content.matches("response:", at: id.range.lowerBound)
        dialogue.add(isAnswer ? .response : .request, "invoke")
        if !isAnswer { dialogue.name(JSONMembers.find("name", of: data, in: content), in: content) }
        dialogue.id(content.extracting(colon + 1..<id.range.upperBound))
        guard isAnswer else { return dialogue.ask() }
        dialogue.answer()
        let result = JSONMembers.find("data", of: data, in: content)
        guard let error = result.flatMap({ JSONMembers.find("error", of: $0, in: content) }), error.kind != .null else {
            return dialogue.succeed()
        }
        dialogue.change { $0.role = .error }
        dialogue.fail(JSONMembers.find("message", of: error, in: content), in: content)
    }
}
