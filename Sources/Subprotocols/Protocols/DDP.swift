import Bytes
import JSON
import WebSocket

/// Meteor's DDP, version 1: objects with a member `msg`.
struct DDP: Dialect {
    static let name: StaticString = "ddp"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition { .none }

    static let tellingMembers: [[StaticString]] = [["msg", "version", "support"]]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard message.isText, message.side == .client, let kind = JSONMembers.find("msg", in: content) else { return false }
        return content.has(kind, "connect") && JSONMembers.find("version", in: content)?.isText ?? false
            && JSONMembers.find("support", in: content)?.kind == .array
    }

    private enum Space {
        static let session: UInt8 = 1
        static let method: UInt8 = 2
        static let subscription: UInt8 = 3
        static let ping: UInt8 = 4
    }

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText else { return .foreign }
        var members = JSONMembers(content)
        var (kind, id, target, error, subs): (JSONValue?, JSONValue?, JSONValue?, JSONValue?, JSONValue?) = (nil, nil, nil, nil, nil)
        while let name = members.next(content) {
            if content.has(name, "msg") {
                kind = members.value(content)
            } else if content.has(name, "id") {
                id = members.value(content)
            } else if content.has(name, "method") || content.has(name, "name") || content.has(name, "collection") {
                target = members.value(content)
            } else if content.has(name, "error") {
                error = members.value(content)
            } else if content.has(name, "subs") {
                subs = members.value(content)
            }
        }
        guard let kind, kind.isText else {
            // A server may greet with its version before all else.
            return JSONMembers.find("server_id", in: content) != nil ? .fits : dialogue.message.misfit
        }
        func says(_ word: StaticString) -> Bool { content.has(kind, word) }
        switch true {
        case says("connect"):
            dialogue.add(.setup, "connect")
            dialogue.ask(Space.session)
        case says("connected"):
            dialogue.add(.setup, "connected")
            dialogue.answer(Space.session)
            dialogue.succeed()
        case says("failed"):
            dialogue.add(.error, "failed")
            dialogue.answer(Space.session)
            dialogue.fail()
        case says("method"): ask("method", Space.method, target, id, content, &dialogue)
        case says("sub"): ask("sub", Space.subscription, target, id, content, &dialogue)
        case says("result"): answer(.response, "result", Space.method, id, error, content, &dialogue)
        case says("nosub"): answer(.response, "nosub", Space.subscription, id, error, content, &dialogue)
        case says("ready"):
            var elements = subs.map { JSONElements(content, at: $0.range.lowerBound) }
            while let sub = elements?.next(content) { answer(.response, "ready", Space.subscription, sub, nil, content, &dialogue) }
        case says("ping"), says("pong"):
            dialogue.add(.heartbeat, says("ping") ? "ping" : "pong")
            dialogue.id(id, in: content)
            if says("ping") { dialogue.ask(Space.ping) } else if dialogue.answer(Space.ping) { dialogue.succeed() }
        case says("unsub"), says("added"), says("changed"), says("removed"), says("updated"), says("addedBefore"), says("movedBefore"):
            dialogue.add(.event, "event")
            dialogue.word(kind, in: content)
            dialogue.name(target, in: content)
            dialogue.id(id, in: content)
        case says("error"):
            dialogue.add(.error, "error")
            dialogue.fail(JSONMembers.find("reason", in: content), in: content)
        default: return .foreign
        }
        return .fits
    }

    private func ask(
        _ type: StaticString, _ space: UInt8, _ target: JSONValue?, _ id: JSONValue?, _ content: Span<UInt8>, _ dialogue: inout Dialogue
    ) {
        dialogue.add(.request, type)
        dialogue.name(target, in: content)
        dialogue.id(id, in: content)
        dialogue.ask(space)
    }

    private func answer(
        _ role: Operation.Role, _ type: StaticString, _ space: UInt8, _ id: JSONValue?, _ error: JSONValue?, _ content: Span<UInt8>,
        _ dialogue: inout Dialogue
    ) {
        dialogue.add(error == nil ? role : .error, type)
        dialogue.id(id, in: content)
        dialogue.answer(space)
        guard let error else { return dialogue.succeed() }
        guard error.kind == .object else { return dialogue.fail(error, in: content) }
        dialogue.fail(
            JSONMembers.find("error", of: error, in: content), JSONMembers.find("reason", of: error, in: content), in: content)
    }
}
