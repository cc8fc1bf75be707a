import Bytes
import JSON
import WebSocket

/// ASP.NET Core SignalR with the JSON protocol (its HubProtocol.md): records, each ended by 0x1E, several in a message.
struct SignalR: Dialect {
    static let name: StaticString = "signalr"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        // The id of a connection is given out by /negotiate; others use that name too, so a message has to confirm it.
        handshake.subprotocol == nil && handshake.parameter("id") != nil ? .likely : .none
    }

    static let tellingMembers: [StaticString] = ["protocol"]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard message.isText, message.side == .client, content.count > 1, content[content.count - 1] == separator else { return false }
        var members = JSONMembers(content)
        var hasProtocol = false
        var hasVersion = false
        while let name = members.next(content) {
            if content.has(name, "protocol") { hasProtocol = members.value(content)?.isText ?? false }
            if content.has(name, "version") { hasVersion = members.value(content)?.kind == .number }
        }
        return members.isWhole && hasProtocol && hasVersion
    }

    private static let separator: UInt8 = 0x1E
    private static let handshakeSpace: UInt8 = 1

    /// The handshake's answer is an object without a type.
    private var isAgreed = false

    init(_ handshake: HandshakeFacts) {}

    mutating func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText else { return .foreign }
        var start = 0
        var hasRecord = false
        while start < content.count {
            guard let end = content.index(of: Self.separator, from: start) else { return hasRecord ? .fits : dialogue.message.misfit }
            guard decode(record: content.extracting(start..<end), &dialogue) else { return .foreign }
            hasRecord = true
            start = end + 1
        }
        return hasRecord ? .fits : .foreign
    }

    private mutating func decode(record: Span<UInt8>, _ dialogue: inout Dialogue) -> Bool {
        var members = JSONMembers(record)
        guard members.isObject else { return false }
        var (type, id, target, error): (JSONValue?, JSONValue?, JSONValue?, JSONValue?) = (nil, nil, nil, nil)
        var hub: JSONValue?
        while let name = members.next(record) {
            if record.has(name, "type") {
                type = members.value(record)
            } else if record.has(name, "invocationId") {
                id = members.value(record)
            } else if record.has(name, "target") {
                target = members.value(record)
            } else if record.has(name, "error") {
                error = members.value(record)
            } else if record.has(name, "protocol") {
                hub = members.value(record)
            }
        }
        guard members.isWhole else { return false }
        guard let type else { return decode(handshake: record, hub, error, &dialogue) }
        guard type.range.count == 1 else { return false }
        switch record[type.range.lowerBound] {
        case UInt8(ascii: "1"), UInt8(ascii: "4"):
            let isStream = record[type.range.lowerBound] == UInt8(ascii: "4")
            dialogue.add(id == nil ? .event : .request, isStream ? "StreamInvocation" : "Invocation")
            dialogue.name(target, in: record)
            dialogue.id(id, in: record)
            if id != nil { dialogue.ask() }
        case UInt8(ascii: "2"):
            dialogue.add(.stream, "StreamItem")
            dialogue.id(id, in: record)
            dialogue.answer(isLast: false)
            dialogue.succeed()
        case UInt8(ascii: "3"):
            dialogue.add(error == nil ? .response : .error, "Completion")
            dialogue.id(id, in: record)
            dialogue.answer()
            if error == nil { dialogue.succeed() } else { dialogue.fail(error, in: record) }
        case UInt8(ascii: "5"):
            dialogue.add(.event, "CancelInvocation")
            dialogue.id(id, in: record)
            dialogue.answer(isLast: false, of: dialogue.message.side)
        case UInt8(ascii: "6"): dialogue.add(.heartbeat, "Ping")
        case UInt8(ascii: "7"):
            dialogue.add(error == nil ? .setup : .error, "Close")
            if error != nil { dialogue.fail(error, in: record) }
        case UInt8(ascii: "8"): dialogue.add(.heartbeat, "Ack")
        case UInt8(ascii: "9"): dialogue.add(.setup, "Sequence")
        default: return false
        }
        return true
    }

    private mutating func decode(handshake record: Span<UInt8>, _ hub: JSONValue?, _ error: JSONValue?, _ dialogue: inout Dialogue) -> Bool
    {
        if let hub {
            dialogue.add(.setup, "Handshake")
            dialogue.detail(hub, in: record)
            dialogue.ask(Self.handshakeSpace)
            return true
        }
        guard !isAgreed else { return false }
        isAgreed = true
        dialogue.add(error == nil ? .setup : .error, "Handshake")
        dialogue.answer(Self.handshakeSpace)
        if error == nil { dialogue.succeed() } else { dialogue.fail(error, in: record) }
        return true
    }
}

extension Span where Element == UInt8 {
    /// The index of the first `byte` from `start` on.
    func index(of byte: UInt8, from start: Int = 0) -> Int? {
        var position = start
        while position < count {
            if self[position] == byte { return position }
            position &+= 1
        }
        return nil
    }
}
