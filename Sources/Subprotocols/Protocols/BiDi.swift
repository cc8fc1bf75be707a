import Bytes
import JSON
import WebSocket

/// WebDriver BiDi (W3C): commands `{id, method, params}`; the other side's messages have a type.
struct BiDi: Dialect {
    static let name: StaticString = "webdriver-bidi"

    static let isToldByURL = true

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        handshake.path == "/session" || handshake.path.hasPrefix("/session/") ? .likely : .none
    }

    static let tellingMembers: [[StaticString]] = [["id", "method"]]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard message.isText, message.side == .client else { return false }
        let command = DevTools.Command(content)
        guard command.isWhole, command.id?.kind == .number, let method = command.method, method.isText else { return false }
        return content.matches("session.", at: method.range.lowerBound) || content.matches("browsingContext.", at: method.range.lowerBound)
    }

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText else { return .foreign }
        let command = DevTools.Command(content)
        if let method = command.method, method.isText {
            dialogue.add(command.id == nil ? .event : .request, command.id == nil ? "event" : "command")
            dialogue.name(method, in: content)
            guard let id = command.id else { return .fits }
            dialogue.id(id, in: content)
            dialogue.ask()
            return .fits
        }
        guard let type = command.type else { return dialogue.message.misfit }
        if content.has(type, "success") {
            dialogue.add(.response, "success")
            dialogue.id(command.id, in: content)
            dialogue.answer()
            dialogue.succeed()
        } else if content.has(type, "error") {
            dialogue.add(.error, "error")
            dialogue.id(command.id, in: content)
            if command.id != nil { dialogue.answer() }
            dialogue.fail(command.error, command.message, in: content)
        } else {
            return .foreign
        }
        return .fits
    }
}
