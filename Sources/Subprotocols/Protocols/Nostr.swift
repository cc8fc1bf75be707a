import Bytes
import JSON
import WebSocket

/// Nostr between clients and relays (NIP-01): arrays that begin with a word in capitals.
struct Nostr: Dialect {
    static let name: StaticString = "nostr"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition { .none }

    static let openings = Openings.array

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard message.isText, message.side == .client else { return false }
        var elements = JSONElements(content)
        guard let word = elements.next(content), let second = elements.next(content) else { return false }
        if content.has(word, "REQ") { return second.isText && elements.next(content).map { isFilter($0, content) } ?? false }
        guard content.has(word, "EVENT"), second.kind == .object, let key = JSONMembers.find("pubkey", of: second, in: content) else {
            return false
        }
        return key.range.count == 64 && JSONMembers.find("sig", of: second, in: content)?.range.count == 128
    }

    /// True if an object begins as a filter does (NIP-01, NIP-50): with one of its members, or the letter of a tag.
    private static func isFilter(_ value: JSONValue, _ content: Span<UInt8>) -> Bool {
        guard value.kind == .object else { return false }
        var members = JSONMembers(content, at: value.range.lowerBound)
        guard let name = members.next(content) else { return false }
        if name.range.count == 2, content[name.range.lowerBound] == UInt8(ascii: "#") { return true }
        let words: [StaticString] = ["ids", "authors", "kinds", "since", "until", "limit", "search"]
        return words.contains { content.has(name, $0) }
    }

    private static let subscription: UInt8 = 1
    private static let event: UInt8 = 2

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        var elements = JSONElements(content)
        guard dialogue.message.isText, let word = elements.next(content), word.isText else { return dialogue.message.misfit }
        let second = elements.next(content)
        let third = elements.next(content)
        let isClient = dialogue.message.side == .client
        if content.has(word, "EVENT") {
            if isClient {
                dialogue.add(.request, "EVENT")
                if let second { dialogue.id(JSONMembers.find("id", of: second, in: content), in: content) }
                dialogue.ask(Self.event)
            } else {
                dialogue.add(.stream, "EVENT")
                dialogue.id(second, in: content)
                if dialogue.answer(Self.subscription, isLast: false) {
                    dialogue.succeed()
                } else {
                    dialogue.change { $0.role = .event }
                }
            }
        } else if content.has(word, "OK") {
            let isAccepted = third?.kind == .yes
            dialogue.add(isAccepted ? .response : .error, "OK")
            dialogue.id(second, in: content)
            dialogue.answer(Self.event)
            if isAccepted { dialogue.succeed() } else { dialogue.fail(elements.next(content), in: content) }
        } else if content.has(word, "REQ") || content.has(word, "COUNT") && isClient {
            dialogue.add(.request, content.has(word, "REQ") ? "REQ" : "COUNT")
            dialogue.id(second, in: content)
            dialogue.ask(Self.subscription)
        } else if content.has(word, "EOSE") || content.has(word, "COUNT") {
            dialogue.add(.response, content.has(word, "EOSE") ? "EOSE" : "COUNT")
            dialogue.id(second, in: content)
            dialogue.answer(Self.subscription)
            dialogue.succeed()
        } else if content.has(word, "CLOSED") {
            dialogue.add(.error, "CLOSED")
            dialogue.id(second, in: content)
            dialogue.answer(Self.subscription)
            dialogue.fail(third, in: content)
        } else if content.has(word, "CLOSE") {
            dialogue.add(.event, "CLOSE")
            dialogue.id(second, in: content)
            dialogue.cancel(Self.subscription, of: .client)
        } else if content.has(word, "NOTICE") {
            dialogue.add(.event, "NOTICE")
            dialogue.reason(second, in: content)
        } else if content.has(word, "AUTH") {
            dialogue.add(.setup, "AUTH")
            // A client signs an event, which is accepted as others are (NIP-42).
            if isClient, let second, second.kind == .object {
                dialogue.id(JSONMembers.find("id", of: second, in: content), in: content)
                dialogue.ask(Self.event)
            }
        } else {
            return .foreign
        }
        return .fits
    }
}
