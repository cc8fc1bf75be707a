import BinaryValues
import Bytes
import JSON
import WebSocket

/// ASP.NET Core SignalR (its HubProtocol.md): records, several in a message. Those of JSON are ended by 0x1E; those of MessagePack have
/// their lengths before them.
struct SignalR: Dialect {
    static let name: StaticString = "signalr"

    static let isToldByURL = true

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        // The id of a connection is given out by /negotiate; others use that name too, so a message has to confirm it.
        handshake.subprotocol == nil && handshake.parameter("id") != nil ? .likely : .none
    }

    static let tellingMembers: [[StaticString]] = [["protocol", "version"]]

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        guard message.side == .client, content.count > 1, content[0] == UInt8(ascii: "{"), content[content.count - 1] == separator else {
            return false
        }
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
    /// The client asked for MessagePack.
    private var isPacked = false

    init(_ handshake: HandshakeFacts) {}

    mutating func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard dialogue.message.isText || isHandshake(content) else { return decode(packed: content, &dialogue) }
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

    // MARK: MessagePack

    /// The handshake is JSON, whatever the protocol is.
    private func isHandshake(_ content: Span<UInt8>) -> Bool {
        content.count > 2 && content[0] == UInt8(ascii: "{") && content[content.count - 1] == Self.separator
    }

    private func decode(packed content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard isPacked else { return .foreign }
        var start = 0
        while start < content.count {
            // A length of seven bits a byte, five bytes at most.
            var length = 0
            var shift = 0
            while true {
                guard start < content.count, shift < 35 else { return dialogue.message.misfit }
                let byte = content[start]
                start += 1
                length |= Int(byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 { break }
            }
            guard length > 0, length <= content.count - start else { return dialogue.message.misfit }
            guard decode(packedRecord: content.extracting(start..<start + length), &dialogue) else { return .foreign }
            start += length
        }
        return content.isEmpty ? .foreign : .fits
    }

    /// An array: the type, headers, and what the type has.
    private func decode(packedRecord record: Span<UInt8>, _ dialogue: inout Dialogue) -> Bool {
        var json = ByteBuffer()
        guard let value = BinaryValue.append(.messagePack, record, to: &json), value.end == record.count else { return false }
        let text = json.span
        var elements = JSONElements(text)
        guard elements.isArray, let type = elements.next(text), type.range.count == 1 else { return false }
        let (first, second, third) = (elements.next(text), elements.next(text), elements.next(text))
        switch text[type.range.lowerBound] {
        case UInt8(ascii: "1"), UInt8(ascii: "4"):
            guard third?.isText ?? false else { return false }
            let isAwaited = second.map { $0.kind != .null } ?? false
            let isStream = text[type.range.lowerBound] == UInt8(ascii: "4")
            dialogue.add(isAwaited ? .request : .event, isStream ? "StreamInvocation" : "Invocation")
            dialogue.name(third, in: text)
            dialogue.id(second, in: text)
            if isAwaited { dialogue.ask() }
        case UInt8(ascii: "2"):
            dialogue.add(.stream, "StreamItem")
            dialogue.id(second, in: text)
            dialogue.answer(isLast: false)
            dialogue.succeed()
        case UInt8(ascii: "3"):
            // The third says what follows: 1 an error, 2 nothing, 3 a result.
            let isError = third.map { text.extracting($0.range).matches("1") } ?? false
            dialogue.add(isError ? .error : .response, "Completion")
            dialogue.id(second, in: text)
            dialogue.answer()
            if isError { dialogue.fail(elements.next(text), in: text) } else { dialogue.succeed() }
        case UInt8(ascii: "5"):
            dialogue.add(.event, "CancelInvocation")
            dialogue.id(second, in: text)
            dialogue.refer()
        case UInt8(ascii: "6"): dialogue.add(.heartbeat, "Ping")
        case UInt8(ascii: "7"):
            let isError = first?.isText ?? false
            dialogue.add(isError ? .error : .setup, "Close")
            if isError { dialogue.fail(first, in: text) }
        case UInt8(ascii: "8"): dialogue.add(.heartbeat, "Ack")
        case UInt8(ascii: "9"): dialogue.add(.setup, "Sequence")
        default: return false
        }
        dialogue.value(text, value)
        return true
    }

    // MARK: JSON

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
            dialogue.refer()
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
            isPacked = record.extracting(hub.range).matches("messagepack")
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
