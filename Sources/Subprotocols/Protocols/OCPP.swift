import Bytes
import JSON
import WebSocket

/// OCPP-J, of charging stations (Open Charge Alliance, 1.6 to 2.1): `[type, id, …]`.
struct OCPP: Dialect {
    static let name: StaticString = "ocpp"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        let agreed = handshake.agreed
        return agreed.hasPrefix("ocpp1.") || agreed.hasPrefix("ocpp2.") ? .certain : .none
    }

    static let openings = Openings.array

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        // A station that names no subprotocol still begins with this call.
        guard message.isText, message.side == .client else { return false }
        var elements = JSONElements(content)
        guard let type = elements.next(content), content.extracting(type.range).decimal == 2, let id = elements.next(content), id.isText,
            let action = elements.next(content)
        else { return false }
        return content.has(action, "BootNotification") && elements.next(content)?.kind == .object
    }

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        var elements = JSONElements(content)
        guard dialogue.message.isText, let type = elements.next(content), type.kind == .number,
            let code = content.extracting(type.range).decimal, let id = elements.next(content), id.isText
        else { return dialogue.message.misfit }
        switch code {
        case 2, 6:
            guard let action = elements.next(content), action.isText else { return dialogue.message.misfit }
            dialogue.add(code == 2 ? .request : .event, code == 2 ? "CALL" : "SEND")
            dialogue.name(action, in: content)
            dialogue.id(id, in: content)
            if code == 2 { dialogue.ask() }
        case 3:
            dialogue.add(.response, "CALLRESULT")
            dialogue.id(id, in: content)
            dialogue.answer()
            dialogue.succeed()
        case 4, 5:
            dialogue.add(.error, code == 4 ? "CALLERROR" : "CALLRESULTERROR")
            dialogue.id(id, in: content)
            // A result error answers the result, and so names the sender's own call of before.
            dialogue.answer()
            let error = elements.next(content)
            dialogue.fail(error, elements.next(content), in: content)
        default: return .foreign
        }
        return .fits
    }
}
