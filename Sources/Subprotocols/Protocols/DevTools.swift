import Bytes
import JSON
import WebSocket

/// The Chrome DevTools Protocol, of browsers and of the inspectors of Node.js and Deno: `{id, method, params, sessionId}`.
struct DevTools: Dialect {
    static let name: StaticString = "cdp"

    static let isToldByURL = true

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        handshake.path.hasPrefix("/devtools/browser") || handshake.path.hasPrefix("/devtools/page")
            || handshake.path.hasPrefix("/devtools/inspector") ? .certain : .none
    }

    static let tellingMembers: [[StaticString]] = [["id", "method"]]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        // Every client of an inspector enables domains first.
        guard message.isText, message.side == .client else { return false }
        let command = Command(content)
        guard command.isWhole, command.id?.kind == .number, let method = command.method, method.isText else { return false }
        return content.has(method, "Runtime.enable") || content.has(method, "Debugger.enable") || content.has(method, "Profiler.enable")
    }

    init(_ handshake: HandshakeFacts) {}

    /// What commands, results and events have in common; `type` has BiDi only.
    struct Command {
        private var members: JSONMembers
        var id: JSONValue?
        var method: JSONValue?
        var session: JSONValue?
        var error: JSONValue?
        var message: JSONValue?
        var type: JSONValue?
        var hasResult = false
        var isWhole: Bool { members.isWhole }

        init(_ content: Span<UInt8>) {
            members = JSONMembers(content)
            while let name = members.next(content) {
                if content.has(name, "id") {
                    id = members.value(content)
                } else if content.has(name, "method") {
                    method = members.value(content)
                } else if content.has(name, "result") {
                    hasResult = true
                } else if content.has(name, "sessionId") {
                    session = members.value(content)
                } else if content.has(name, "error") {
                    error = members.value(content)
                } else if content.has(name, "message") {
                    message = members.value(content)
                } else if content.has(name, "type") {
                    type = members.value(content)
                }
            }
        }
    }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText else { return .foreign }
        let command = Command(content)
        if let method = command.method, method.isText {
            dialogue.add(command.id == nil ? .event : .request, command.id == nil ? "event" : "command")
            dialogue.name(method, in: content)
            guard let id = command.id else { return .fits }
            dialogue.id(id, in: content)
            let key = Self.key(id, command.session, content)
            dialogue.ask(key: key.span)
            return .fits
        }
        if let error = command.error {
            dialogue.add(.error, "error")
            dialogue.id(command.id, in: content)
            if let id = command.id { dialogue.answer(key: Self.key(id, command.session, content).span) }
            dialogue.fail(
                JSONMembers.find("code", of: error, in: content), JSONMembers.find("message", of: error, in: content), in: content)
            return .fits
        }
        guard let id = command.id, command.hasResult else { return dialogue.message.misfit }
        dialogue.add(.response, "result")
        dialogue.id(id, in: content)
        dialogue.answer(key: Self.key(id, command.session, content).span)
        dialogue.succeed()
        return .fits
    }

    /// Ids count within a session.
    private static func key(_ id: JSONValue, _ session: JSONValue?, _ content: Span<UInt8>) -> ByteBuffer {
        var key = ByteBuffer()
        key.append(content.extracting(id.range))
        if let session {
            key.append(UInt8(ascii: ","))
            key.append(content.extracting(session.range))
        }
        return key
    }
}
