import BinaryValues
import Bytes
import WebSocket

/// Centrifugo's client protocol as protobuf (`client.proto`): commands and replies with their length before them, several a message.
enum CentrifugoProtobuf {
    private static let heartbeat: UInt8 = 1
    private static let id: UInt64 = 1
    private static let error: UInt64 = 2
    private static let push: UInt64 = 4

    static func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard !content.isEmpty else { return .foreign }
        var reader = ByteCursor()
        while !reader.isAtEnd(content) {
            guard let part = reader.counted(content), decode(part: content.extracting(part), &dialogue) else {
                return dialogue.message.misfit
            }
        }
        return .fits
    }

    private static func decode(part: Span<UInt8>, _ dialogue: inout Dialogue) -> Bool {
        var fields = ProtobufFields(part)
        var id: UInt64 = 0
        var body: ProtobufFields.Field?
        while let field = fields.next(part) {
            if field.number == Self.id { id = field.value } else if field.range != nil { body = field }
        }
        guard fields.isAtEnd else { return false }
        let isClient = dialogue.message.side == .client
        guard let body, let range = body.range else {
            // An empty one asks whether the other side is there, and answers that it is.
            guard id == 0 else { return false }
            dialogue.add(.heartbeat, isClient ? "pong" : "ping")
            if !isClient { dialogue.ask(Self.heartbeat) } else if dialogue.answer(Self.heartbeat) { dialogue.succeed() }
            return true
        }
        let content = part.extracting(range)
        if isClient { return ask(id, body.number, content, &dialogue) }
        switch body.number {
        case Self.error:
            dialogue.add(.error, "error")
            answer(id, &dialogue)
            dialogue.fail()
            if let text = ProtobufFields.range(2, of: content) { dialogue.reason(content.extracting(text)) }
        case Self.push:
            dialogue.add(.event, "push")
            if let channel = ProtobufFields.range(2, of: content) { dialogue.name(content.extracting(channel)) }
        default:
            guard let type = method(ofReply: body.number) else { return false }
            dialogue.add(body.number == 5 ? .setup : .response, type)
            answer(id, &dialogue)
            dialogue.succeed()
        }
        return true
    }

    private static func ask(_ id: UInt64, _ number: UInt64, _ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Bool {
        guard let type = method(ofCommand: number) else { return false }
        dialogue.add(number == 4 ? .setup : id == 0 ? .event : .request, type)
        // The channel stands first, and an RPC's method second.
        let name = ProtobufFields.range(number == 13 ? 2 : 1, of: content)
        if number != 4, number != 12, let name { dialogue.name(content.extracting(name)) }
        guard id > 0 else { return true }
        dialogue.id(id)
        dialogue.ask()
        return true
    }

    private static func answer(_ id: UInt64, _ dialogue: inout Dialogue) {
        guard id > 0 else { return }
        dialogue.id(id)
        dialogue.answer()
    }

    private static func method(ofCommand number: UInt64) -> StaticString? {
        switch number {
        case 4: "connect"
        case 5: "subscribe"
        case 6: "unsubscribe"
        case 7: "publish"
        case 8: "presence"
        case 9: "presence_stats"
        case 10: "history"
        case 11: "ping"
        case 12: "send"
        case 13: "rpc"
        case 14: "refresh"
        case 15: "sub_refresh"
        default: nil
        }
    }

    /// One more than those of commands, up to `ping`: none answers `send`.
    private static func method(ofReply number: UInt64) -> StaticString? {
        switch number {
        case 5...12: method(ofCommand: number - 1)
        case 13...15: method(ofCommand: number)
        default: nil
        }
    }
}
