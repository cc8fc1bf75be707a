import BinaryValues
import Bytes
import JSON
import WebSocket

/// MessagePack-RPC (its `spec.md`): arrays of a type, an id, and a method with its parameters or an error and a result; either side calls.
struct MessagePackRPC: Dialect {
    static let name: StaticString = "msgpack-rpc"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        handshake.agreed == "msgpack-rpc" || handshake.agreed == "msgpackrpc" ? .certain : .none
    }

    static let openings = Openings.binary

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        // A request whole: [0, id, "method", [parameters]]. Nothing else says enough.
        guard !message.isText, content.count > 4, content[0] == 0x94, content[1] == 0 else { return false }
        var json = ByteBuffer()
        guard let value = BinaryValue.append(.messagePack, content, to: &json), value.end == content.count, !value.isCut else {
            return false
        }
        let text = json.span
        var elements = JSONElements(text)
        guard elements.next(text) != nil, elements.next(text)?.kind == .number, let method = elements.next(text), method.isText,
            method.range.count > 1, isName(text.extracting(method.range)), elements.next(text)?.kind == .array
        else { return false }
        return true
    }

    private static func isName(_ word: Span<UInt8>) -> Bool {
        for index in 0..<word.count {
            switch word[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: ":"):
                continue
            default: return false
            }
        }
        return true
    }

    init(_ handshake: HandshakeFacts) {}

    /// A stream of calls; several may stand in one message.
    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard !dialogue.message.isText, !content.isEmpty else { return .foreign }
        var start = 0
        while start < content.count {
            var json = ByteBuffer()
            guard let value = BinaryValue.append(.messagePack, content, at: start, to: &json) else { return dialogue.message.misfit }
            let fit = decode(call: json.span, value, &dialogue)
            guard fit == .fits else { return fit }
            start = value.end
        }
        return .fits
    }

    /// - Parameter text: JSON that a value was written as.
    private func decode(call text: Span<UInt8>, _ value: BinaryValue, _ dialogue: inout Dialogue) -> Fit {
        var elements = JSONElements(text)
        guard elements.isArray, let type = elements.next(text), type.range.count == 1, let first = elements.next(text) else {
            return .foreign
        }
        let (second, third) = (elements.next(text), elements.next(text))
        switch text[type.range.lowerBound] {
        case UInt8(ascii: "0"):
            guard second?.isText ?? false, third?.kind == .array else { return .foreign }
            dialogue.add(.request, "request")
            dialogue.name(second, in: text)
            dialogue.id(first, in: text)
            dialogue.ask()
        case UInt8(ascii: "1"):
            guard let second, third != nil else { return .foreign }
            let isError = second.kind != .null
            dialogue.add(isError ? .error : .response, "response")
            dialogue.id(first, in: text)
            dialogue.answer()
            if isError { dialogue.fail(second, in: text) } else { dialogue.succeed() }
        case UInt8(ascii: "2"):
            guard first.isText else { return .foreign }
            dialogue.add(.event, "notification")
            dialogue.name(first, in: text)
        default: return .foreign
        }
        dialogue.value(text, value)
        return .fits
    }
}
