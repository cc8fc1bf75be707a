import Bytes
import JSON
import WebSocket

/// Centrifugo's client protocol: commands and replies by id, as JSON one a line, or as protobuf; pushes have none.
struct Centrifugo: Dialect {
    static let name: StaticString = "centrifugo"

    static let isToldByURL = true

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        if handshake.agreed == "centrifuge-json" || handshake.agreed == protobuf { return .certain }
        return handshake.path.hasSuffix("/connection/websocket") ? .likely : .none
    }

    static let tellingMembers: [[StaticString]] = [["id", "connect"]]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard message.isText, message.side == .client, JSONMembers.find("id", in: content)?.kind == .number else { return false }
        return JSONMembers.find("connect", in: content)?.kind == .object
    }

    private static let protobuf = "centrifuge-protobuf"
    private static let heartbeat: UInt8 = 1

    private let isProtobuf: Bool

    init(_ handshake: HandshakeFacts) { isProtobuf = handshake.agreed == Self.protobuf }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText != isProtobuf else { return .foreign }
        if isProtobuf { return CentrifugoProtobuf.decode(content, &dialogue) }
        var start = 0
        var fit = Fit.foreign
        while start < content.count {
            let end = content.index(of: 0x0A, from: start) ?? content.count
            if end > start {
                fit = decode(line: content.extracting(start..<end), &dialogue)
                guard fit == .fits else { return fit }
            }
            start = end + 1
        }
        return fit
    }

    private func decode(line: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        var members = JSONMembers(line)
        guard members.isObject else { return dialogue.message.misfit }
        var (id, error, method, body): (JSONValue?, JSONValue?, JSONValue?, JSONValue?) = (nil, nil, nil, nil)
        while let name = members.next(line) {
            if line.has(name, "id") {
                id = members.value(line)
            } else if line.has(name, "error") {
                error = members.value(line)
            } else {
                method = name
                body = members.value(line)
            }
        }
        guard members.isWhole else { return dialogue.message.misfit }
        let isClient = dialogue.message.side == .client
        if id == nil, method == nil, error == nil {
            dialogue.add(.heartbeat, isClient ? "pong" : "ping")
            if !isClient { dialogue.ask(Self.heartbeat) } else if dialogue.answer(Self.heartbeat) { dialogue.succeed() }
            return .fits
        }
        let isSetup = method.map { line.has($0, "connect") } ?? false
        if let error {
            dialogue.add(.error, "error")
            dialogue.id(id, in: line)
            dialogue.answer()
            dialogue.fail(JSONMembers.find("code", of: error, in: line), JSONMembers.find("message", of: error, in: line), in: line)
            return .fits
        }
        guard let method else { return .foreign }
        dialogue.add(isSetup ? .setup : id == nil ? .event : isClient ? .request : .response, "command")
        dialogue.word(method, in: line)
        if isClient || id == nil, let body, body.kind == .object {
            dialogue.name(JSONMembers.find("channel", of: body, in: line) ?? JSONMembers.find("method", of: body, in: line), in: line)
        }
        guard id != nil else { return .fits }
        dialogue.id(id, in: line)
        if isClient {
            dialogue.ask()
        } else {
            dialogue.answer()
            dialogue.succeed()
        }
        return .fits
    }

    static func meaning(ofCloseCode code: UInt16) -> CloseMeaning? {
        let text: String? =
            switch code {
            case 3000: "connection closed"
            case 3001: "shutdown"
            case 3004: "internal server error"
            case 3005: "connection expired"
            case 3006: "subscription expired"
            case 3008: "slow"
            case 3009: "write error"
            case 3010: "insufficient state"
            case 3011: "forced to reconnect"
            case 3012: "no pong"
            case 3500: "invalid token"
            case 3501: "bad request"
            case 3502: "stale"
            case 3503: "forced to disconnect"
            case 3504: "connection limit"
            case 3505: "channel limit"
            case 3507: "permission denied"
            default: nil
            }
        switch code {
        case 3000...3499, 4000...4499: return CloseMeaning(text ?? "disconnected", "reconnect")
        case 3500...3999, 4500...4999: return CloseMeaning(text ?? "disconnected", "do not reconnect")
        default: return nil
        }
    }
}
