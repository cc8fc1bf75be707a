import BinaryValues
import Bytes
import JSON
import WebSocket

/// Socket.IO 2 to 5 on Engine.IO 3 or 4 (their protocol documents), and Engine.IO alone.
///
/// A packet of Engine.IO is a digit and its content; one of Socket.IO, inside a `message`, is a digit, a count of attachments, a
/// namespace, an id, and JSON. Binary attachments follow as messages of their own; the operation stands with the last of them.
struct SocketIO: Dialect {
    static let name: StaticString = "socket.io"

    static let isToldByURL = true

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        guard let version = handshake.parameter("EIO"), version == "3" || version == "4" else { return .none }
        let transport = handshake.parameter("transport")
        return transport == "websocket" || transport == "polling" ? .certain : .likely
    }

    static let openings = Openings.otherText

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        // `0{"sid":` opens every session.
        message.isText && content.matches("0{\"sid\":")
    }

    /// Engine.IO 3: the client pings, and binary packets begin with a type.
    private let isOld: Bool
    /// A packet whose attachments have not all come; one for each side.
    private var client = Pending()
    private var server = Pending()

    private struct Pending {
        var count = 0
        var firstMessage: UInt64 = 0
        var startTime: Int64 = 0
        var isAcknowledgement = false
        var id: [UInt8] = []
        var namespace: [UInt8] = []
        var name: [UInt8] = []
    }

    private static let heartbeat: UInt8 = 1
    private static let probe: UInt8 = 2
    private static let join: UInt8 = 3
    /// Attachments that are waited for.
    private static let attachmentLimit = 1_000

    init(_ handshake: HandshakeFacts) { isOld = handshake.parameter("EIO") == "3" }

    mutating func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText else { return takeBinary(content, &dialogue) }
        guard !content.isEmpty else { return .foreign }
        let rest = content.extracting(1..<content.count)
        switch content[0] {
        case UInt8(ascii: "0"):
            dialogue.add(.setup, "open")
            dialogue.detail(JSONMembers.find("sid", in: rest), in: rest)
        case UInt8(ascii: "1"): dialogue.add(.setup, "close")
        case UInt8(ascii: "2"):
            dialogue.add(rest.isEmpty ? .heartbeat : .setup, "ping")
            dialogue.detail(rest)
            dialogue.ask(rest.isEmpty ? Self.heartbeat : Self.probe, mustBeAnswered: false)
        case UInt8(ascii: "3"):
            dialogue.add(rest.isEmpty ? .heartbeat : .setup, "pong")
            dialogue.detail(rest)
            if dialogue.answer(rest.isEmpty ? Self.heartbeat : Self.probe) { dialogue.succeed() }
        case UInt8(ascii: "4"): return decodePacket(rest, &dialogue)
        case UInt8(ascii: "5"): dialogue.add(.setup, "upgrade")
        case UInt8(ascii: "6"): dialogue.add(.setup, "noop")
        default: return .foreign
        }
        return .fits
    }

    // MARK: Socket.IO

    private mutating func decodePacket(_ packet: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard !packet.isEmpty, packet[0] >= UInt8(ascii: "0"), packet[0] <= UInt8(ascii: "6") else {
            // Engine.IO without Socket.IO: its messages are the application's.
            dialogue.add(.event, "message")
            return .fits
        }
        let type = packet[0] - UInt8(ascii: "0")
        var position = 1
        var attachments = 0
        if type == 5 || type == 6 {
            let digits = Self.takeDigits(packet, &position)
            guard position < packet.count, packet[position] == UInt8(ascii: "-"), let count = Self.number(packet.extracting(digits)) else {
                return dialogue.message.misfit
            }
            attachments = count
            position += 1
        }
        var namespace = 0..<0
        if position < packet.count, packet[position] == UInt8(ascii: "/") {
            let start = position
            while position < packet.count, packet[position] != UInt8(ascii: ",") { position += 1 }
            namespace = start..<position
            if position < packet.count { position += 1 }
        }
        let id = Self.takeDigits(packet, &position)
        let data = packet.extracting(min(position, packet.count)..<packet.count)
        return decode(type, attachments, packet.extracting(namespace), id: packet.extracting(id), data, &dialogue)
    }

    private mutating func decode(
        _ type: UInt8, _ attachments: Int, _ namespace: Span<UInt8>, id: Span<UInt8>, _ data: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        switch type {
        case 0:
            dialogue.add(.setup, "CONNECT")
            dialogue.detail(namespace)
            if dialogue.message.side == .client {
                dialogue.ask(Self.join, key: Self.plain(namespace))
            } else {
                if dialogue.answer(Self.join, key: Self.plain(namespace)) { dialogue.succeed() }
            }
            // What a client asks to have recovered, and what it is given for the next time.
            if !data.isEmpty { dialogue.id(JSONMembers.find("pid", in: data), in: data) }
        case 1:
            dialogue.add(.setup, "DISCONNECT")
            dialogue.detail(namespace)
        case 4:
            dialogue.add(.error, "CONNECT_ERROR")
            dialogue.detail(namespace)
            dialogue.answer(Self.join, key: Self.plain(namespace))
            let whole = JSONValue(kind: .object, range: 0..<data.count)
            let text = JSONMembers.find("message", of: whole, in: data)
            if text == nil { dialogue.fail(data) } else { dialogue.fail(text, in: data) }
        case 2, 5:
            var elements = JSONElements(data)
            guard elements.isArray, let name = elements.next(data) else { return dialogue.message.misfit }
            if attachments > 0 { return wait(for: attachments, id: id, namespace, name, data, &dialogue) }
            dialogue.add(id.isEmpty ? .event : .request, "EVENT")
            dialogue.name(name, in: data)
            dialogue.detail(namespace)
            if !id.isEmpty {
                dialogue.id(id)
                Self.ask(namespace, id, &dialogue)
            }
        case 3, 6:
            guard !id.isEmpty else { return .foreign }
            if attachments > 0 {
                return wait(for: attachments, id: id, namespace, nil, data, &dialogue)
            }
            dialogue.add(.response, "ACK")
            dialogue.detail(namespace)
            dialogue.id(id)
            Self.answer(namespace, id, &dialogue)
            dialogue.succeed()
        default: return .foreign
        }
        return .fits
    }

    /// A namespace without the query with which a client of Socket.IO 2 joins it, and which the server does not repeat.
    @_lifetime(copy namespace)
    private static func plain(_ namespace: Span<UInt8>) -> Span<UInt8> {
        namespace.extracting(0..<(namespace.index(of: UInt8(ascii: "?")) ?? namespace.count))
    }

    /// An id counts within its namespace.
    private static func key(_ namespace: Span<UInt8>, _ id: Span<UInt8>) -> ByteBuffer {
        var key = ByteBuffer(capacity: namespace.count + id.count + 1)
        key.append(namespace)
        key.append(UInt8(ascii: ","))
        key.append(id)
        return key
    }

    private static func ask(_ namespace: Span<UInt8>, _ id: Span<UInt8>, _ dialogue: inout Dialogue) {
        namespace.isEmpty ? dialogue.ask() : dialogue.ask(key: key(namespace, id).span)
    }

    private static func answer(_ namespace: Span<UInt8>, _ id: Span<UInt8>, _ dialogue: inout Dialogue) {
        if namespace.isEmpty { dialogue.answer() } else { dialogue.answer(key: key(namespace, id).span) }
    }

    // MARK: MessagePack

    /// A binary message is an attachment where one is waited for, a packet as MessagePack, or the application's own.
    private mutating func takeBinary(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        let isAwaited = (dialogue.message.side == .client ? client : server).count > 0
        let start = isOld && !content.isEmpty && content[0] == 4 ? 1 : 0
        var json = ByteBuffer()
        if !isAwaited, dialogue.message.isWhole, let value = BinaryValue.append(.messagePack, content, at: start, to: &json),
            value.end == content.count, decode(packet: json.span, &dialogue)
        {
            dialogue.value(json.span, value)
            return .fits
        }
        return takeAttachment(&dialogue)
    }

    /// False unless it is a packet: an object with a type and a namespace.
    private mutating func decode(packet text: Span<UInt8>, _ dialogue: inout Dialogue) -> Bool {
        var members = JSONMembers(text)
        var (type, namespace, id, data): (JSONValue?, JSONValue?, JSONValue?, JSONValue?) = (nil, nil, nil, nil)
        while let name = members.next(text) {
            if text.has(name, "type") {
                type = members.value(text)
            } else if text.has(name, "nsp") {
                namespace = members.value(text)
            } else if text.has(name, "id") {
                id = members.value(text)
            } else if text.has(name, "data") {
                data = members.value(text)
            }
        }
        guard let type, type.kind == .number, let code = text.extracting(type.range).decimal, code <= 6, let namespace, namespace.isText
        else { return false }
        // The main namespace is not named in text either.
        let isMain = namespace.range.count == 1 && text[namespace.range.lowerBound] == UInt8(ascii: "/")
        let own = text.extracting(isMain ? 0..<0 : namespace.range)
        let number = id.map { $0.kind == .number ? $0.range : 0..<0 } ?? 0..<0
        // What is binary stands in the packet itself.
        let kind = UInt8(code == 5 ? 2 : code == 6 ? 3 : code)
        return decode(kind, 0, own, id: text.extracting(number), text.extracting(data?.range ?? 0..<0), &dialogue)
            == .fits
    }

    // MARK: Attachments

    private mutating func wait(
        for count: Int, id: Span<UInt8>, _ namespace: Span<UInt8>, _ name: JSONValue?, _ data: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Fit {
        var pending = Pending()
        pending.count = min(count, Self.attachmentLimit)
        pending.firstMessage = dialogue.message.number
        pending.startTime = dialogue.message.startTime
        pending.isAcknowledgement = name == nil
        pending.id = id.extracting(first: Meaning.textLimit).copied()
        pending.namespace = namespace.extracting(first: Meaning.textLimit).copied()
        if let name {
            var plain = ByteBuffer()
            JSONText.append(data.extracting(name.range).extracting(first: Meaning.textLimit), to: &plain)
            pending.name = plain.span.copied()
        }
        if dialogue.message.side == .client { client = pending } else { server = pending }
        return .fits
    }

    private mutating func takeAttachment(_ dialogue: inout Dialogue) -> Fit {
        var pending = dialogue.message.side == .client ? client : server
        guard pending.count > 0 else {
            // Engine.IO alone carries binary messages too.
            dialogue.add(.event, "message")
            return .fits
        }
        pending.count -= 1
        if pending.count == 0 {
            let isRequest = !pending.isAcknowledgement && !pending.id.isEmpty
            dialogue.add(
                pending.isAcknowledgement ? .response : isRequest ? .request : .event,
                pending.isAcknowledgement ? "BINARY_ACK" : "BINARY_EVENT")
            if !pending.name.isEmpty { dialogue.name(pending.name.span) }
            dialogue.detail(pending.namespace.span)
            if !pending.id.isEmpty { dialogue.id(pending.id.span) }
            if pending.isAcknowledgement {
                Self.answer(pending.namespace.span, pending.id.span, &dialogue)
                dialogue.succeed()
            } else if isRequest {
                dialogue.began(at: pending.startTime) { Self.ask(pending.namespace.span, pending.id.span, &$0) }
            }
            dialogue.change { $0.firstMessage = pending.firstMessage }
        }
        if dialogue.message.side == .client { client = pending } else { server = pending }
        return .fits
    }

    // MARK: Digits

    private static func takeDigits(_ text: Span<UInt8>, _ position: inout Int) -> Range<Int> {
        let start = position
        while position < text.count, text[position] >= UInt8(ascii: "0"), text[position] <= UInt8(ascii: "9") { position += 1 }
        return start..<position
    }

    private static func number(_ digits: Span<UInt8>) -> Int? {
        guard !digits.isEmpty, digits.count < 10 else { return nil }
        var value = 0
        for index in 0..<digits.count { value = value * 10 + Int(digits[index] - UInt8(ascii: "0")) }
        return value
    }
}
