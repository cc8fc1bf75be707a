import Bytes
import JSON
import WebSocket

/// Messages of JSON that belong together by rules of the user's own, where the handshake names no protocol that is known.
struct Paired: Dialect {
    static let name: StaticString = "paired"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition { .none }
    static let openings: Openings = []

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool { false }

    private let rules: [PairRule]

    init(_ handshake: HandshakeFacts) { rules = [] }
    init(_ rules: [PairRule]) { self.rules = rules }

    /// Members that most often say what a message is.
    private static let telling: [StaticString] = ["method", "action", "type", "event", "command", "cmd", "op", "name"]

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        for (index, rule) in rules.enumerated() {
            let space = UInt8(truncatingIfNeeded: 2 * index)
            // An id that the other side has asked with is answered; else it asks.
            if let id = find(rule.response, content) {
                if dialogue.hasOpenRequest(id, in: content, space + Self.kind(id)) {
                    add(.response, "response", id, content, &dialogue)
                    dialogue.answer(space + Self.kind(id))
                    return .fits
                }
            }
            if let id = find(rule.request, content) {
                add(.request, "request", id, content, &dialogue)
                dialogue.ask(space + Self.kind(id))
                return .fits
            }
            if let id = find(rule.response, content) {
                add(.response, "response", id, content, &dialogue)
                return .fits
            }
        }
        // Others are not about any of the rules.
        return .unknown
    }

    private func find(_ path: JSONPath, _ content: Span<UInt8>) -> JSONValue? {
        var scanner = JSONScanner(path)
        guard let value = scanner.next(in: content), value.isText || value.kind == .number else { return nil }
        return value
    }

    private func add(_ role: Operation.Role, _ type: StaticString, _ id: JSONValue, _ content: Span<UInt8>, _ dialogue: inout Dialogue) {
        dialogue.add(role, type)
        dialogue.id(id, in: content)
        guard role == .request else { return }
        let object = JSONValue(kind: .object, range: 0..<content.count)
        for member in Self.telling {
            guard let name = JSONMembers.find(member, of: object, in: content), name.isText else { continue }
            return dialogue.name(name, in: content)
        }
    }

    /// Texts and numbers are different ids.
    private static func kind(_ id: JSONValue) -> UInt8 { id.isText ? 1 : 0 }
}
