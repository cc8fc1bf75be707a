import Bytes
import JSON
import WebSocket

/// SockJS over WebSocket: frames `o`, `h`, `a[…]` and `c[…]` from the server, arrays of messages from the client.
struct SockJS: Dialect {
    static let name: StaticString = "sockjs"

    /// `PREFIX/SERVER/SESSION/websocket`, the server in three digits.
    static let isToldByURL = true

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        guard handshake.path.hasSuffix("/websocket") else { return .none }
        let parts = handshake.path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 4 else { return .none }
        let server = parts[parts.count - 3]
        return server.utf8.count == 3 && server.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } ? .likely : .none
    }

    static let openings = Openings.otherText

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        message.isText && message.side == .server && message.number == 1 && content.count == 1 && content[0] == UInt8(ascii: "o")
    }

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText, !content.isEmpty else { return .foreign }
        let rest = content.extracting(1..<content.count)
        if dialogue.message.side == .client { return addMessages(content, &dialogue) }
        switch content[0] {
        case UInt8(ascii: "o") where rest.isEmpty: dialogue.add(.setup, "open")
        case UInt8(ascii: "h") where rest.isEmpty: dialogue.add(.heartbeat, "heartbeat")
        case UInt8(ascii: "a"): return addMessages(rest, &dialogue)
        case UInt8(ascii: "c"):
            var elements = JSONElements(rest)
            guard let code = elements.next(rest) else { return dialogue.message.misfit }
            dialogue.add(.setup, "close")
            dialogue.detail(code, in: rest)
            dialogue.reason(elements.next(rest), in: rest)
        default: return .foreign
        }
        return .fits
    }

    private func addMessages(_ array: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        var elements = JSONElements(array)
        guard elements.isArray else {
            // A client may send a lone text.
            guard !array.isEmpty, array[0] == UInt8(ascii: "\"") else { return dialogue.message.misfit }
            dialogue.add(.event, "message")
            return .fits
        }
        while elements.next(array) != nil { dialogue.add(.event, "message") }
        return elements.isWhole ? .fits : dialogue.message.misfit
    }
}
