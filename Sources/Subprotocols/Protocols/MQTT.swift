import Bytes
import WebSocket

/// MQTT 3.1, 3.1.1 and 5 (OASIS): control packets, which need not begin or end with WebSocket messages (MQTT 5 §6.0).
final class MQTT: Dialect {
    static let name: StaticString = "mqtt"

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        switch handshake.agreed {
        case "mqtt", "mqttv3.1", "mqttv3.1.1", "mqttv5": .certain
        default: .none
        }
    }

    static let openings = Openings.binary

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        // CONNECT, and the name of the protocol.
        guard !message.isText, message.side == .client, content.count >= 12, content[0] == 0x10, let size = Packet(content) else {
            return false
        }
        return content.matches("\0\u{4}MQTT", at: size.body) || content.matches("\0\u{6}MQIsdp", at: size.body)
    }

    private var client = Carry()
    private var server = Carry()
    /// As CONNECT says: 3, 4 or 5.
    private var version: UInt8 = 4
    /// Topics that each side has given a number (MQTT 5 §3.3.2.3.4).
    private var clientAliases: [UInt16: [UInt8]] = [:]
    private var serverAliases: [UInt16: [UInt8]] = [:]
    private var aliasByteCount = 0

    private static let aliasByteLimit = 256 << 10
    private enum Space {
        static let connect: UInt8 = 1
        static let ping: UInt8 = 2
        static let publish: UInt8 = 3
        static let subscribe: UInt8 = 4
        static let unsubscribe: UInt8 = 5
        static let release: UInt8 = 6
        static let completion: UInt8 = 7
    }

    init(_ handshake: HandshakeFacts) {}

    /// The fixed header (MQTT 5 §2.1).
    private struct Packet {
        var type: UInt8
        var flags: UInt8
        var body: Int
        var end: Int

        /// Nil while it is not all there, or its length is none; `isValid` tells which.
        init?(_ bytes: Span<UInt8>) {
            guard bytes.count >= 2 else { return nil }
            type = bytes[0] >> 4
            flags = bytes[0] & 15
            var length = 0
            var position = 1
            while true {
                guard position < bytes.count, position < 5 else { return nil }
                length |= Int(bytes[position] & 0x7F) << (7 * (position - 1))
                position += 1
                if bytes[position - 1] < 0x80 { break }
            }
            body = position
            end = position + length
        }

        /// False where no packet can begin with these bytes.
        static func mayBegin(_ bytes: Span<UInt8>) -> Bool {
            let (type, flags) = (bytes[0] >> 4, bytes[0] & 15)
            switch type {
            case 0: return false
            case 3: if flags & 6 == 6 { return false }
            case 6, 8, 10: if flags != 2 { return false }
            default: if flags != 0 { return false }
            }
            return bytes.count < 5 || bytes[1] < 0x80 || bytes[2] < 0x80 || bytes[3] < 0x80 || bytes[4] < 0x80
        }
    }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard !dialogue.message.isText else { return .foreign }
        let isClient = dialogue.message.side == .client
        if isClient ? client.isEmpty : server.isEmpty {
            var position = 0
            let fit = decode(
                content, &position, dialogue.message.number, &dialogue)
            guard fit == .fits else { return fit }
            let rest = content.extracting(position..<content.count)
            if !rest.isEmpty, dialogue.message.isWhole {
                if isClient { client.append(rest, of: dialogue.message) } else { server.append(rest, of: dialogue.message) }
            }
            return .fits
        }
        return isClient ? Self.proceed(&client, content, self, &dialogue) : Self.proceed(&server, content, self, &dialogue)
    }

    private static func proceed(_ carry: inout Carry, _ content: Span<UInt8>, _ mqtt: MQTT, _ dialogue: inout Dialogue) -> Fit {
        carry.append(content, of: dialogue.message)
        if carry.isLost || !dialogue.message.isWhole {
            // The next packet is taken to begin with the next message, as nearly all do.
            carry.lose()
            carry.resume()
            return .unknown
        }
        var position = 0
        let fit = mqtt.decode(carry.bytes.span, &position, carry.firstMessage, &dialogue)
        if fit != .fits { carry.lose() } else { carry.remove(position, at: dialogue.message) }
        carry.resume()
        return fit
    }

    private func decode(
        _ bytes: Span<UInt8>, _ position: inout Int, _ firstMessage: UInt64, _ dialogue: inout Dialogue
    ) -> Fit {
        while position < bytes.count {
            let rest = bytes.extracting(position..<bytes.count)
            guard Packet.mayBegin(rest) else { return .foreign }
            guard let packet = Packet(rest), packet.end <= rest.count else { return .fits }
            guard decode(packet, rest.extracting(packet.body..<packet.end), &dialogue) else { return .foreign }
            if firstMessage != dialogue.message.number, position == 0 { dialogue.change { $0.firstMessage = firstMessage } }
            position += packet.end
        }
        return .fits
    }

    // MARK: Packets

    private func decode(_ packet: Packet, _ body: Span<UInt8>, _ dialogue: inout Dialogue) -> Bool {
        var reader = MQTTReader(body)
        switch packet.type {
        case 1: return connect(&reader, body, &dialogue)
        case 2:
            dialogue.add(.setup, "CONNACK")
            guard body.count >= 2 else { return false }
            // MQTT 5 §3.2.2.1.1.
            if body[0] & 1 == 1 { dialogue.detail(word: "session present") }
            dialogue.answer(Space.connect)
            judge(body[1], isConnect: true, &dialogue)
        case 3: return publish(packet.flags, &reader, body, &dialogue)
        case 4: return acknowledge("PUBACK", Space.publish, &reader, body, &dialogue)
        case 5: return acknowledge("PUBREC", Space.publish, then: Space.release, &reader, body, &dialogue)
        case 6: return acknowledge("PUBREL", Space.release, then: Space.completion, &reader, body, &dialogue)
        case 7: return acknowledge("PUBCOMP", Space.completion, &reader, body, &dialogue)
        case 8: return subscribe("SUBSCRIBE", Space.subscribe, &reader, body, &dialogue)
        case 9: return acknowledge("SUBACK", Space.subscribe, &reader, body, &dialogue)
        case 10: return subscribe("UNSUBSCRIBE", Space.unsubscribe, &reader, body, &dialogue)
        case 11: return acknowledge("UNSUBACK", Space.unsubscribe, &reader, body, &dialogue)
        case 12:
            dialogue.add(.heartbeat, "PINGREQ")
            dialogue.ask(Space.ping)
        case 13:
            dialogue.add(.heartbeat, "PINGRESP")
            if dialogue.answer(Space.ping) { dialogue.succeed() }
        case 14:
            dialogue.add(.setup, "DISCONNECT")
            if version == 5, let code = body.isEmpty ? nil : body[0], code != 0 { judge(code, isConnect: false, &dialogue) }
        case 15: dialogue.add(.setup, "AUTH")
        default: return false
        }
        return true
    }

    private func connect(_ reader: inout MQTTReader, _ body: Span<UInt8>, _ dialogue: inout Dialogue) -> Bool {
        guard reader.takeText(body) != nil, reader.position < body.count else { return false }
        version = body[reader.position]
        reader.position += 4
        if version == 5 { guard reader.skipProperties(body) else { return false } }
        guard let clientID = reader.takeText(body) else { return false }
        dialogue.add(.setup, "CONNECT")
        dialogue.detail(body.extracting(clientID))
        dialogue.ask(Space.connect)
        return true
    }

    private func publish(_ flags: UInt8, _ reader: inout MQTTReader, _ body: Span<UInt8>, _ dialogue: inout Dialogue) -> Bool {
        guard let topic = reader.takeText(body) else { return false }
        let quality = flags >> 1 & 3
        var id: UInt16?
        if quality > 0 {
            guard let number = reader.takeInteger(body) else { return false }
            id = number
        }
        var alias: UInt16?
        if version == 5 { guard reader.skipProperties(body, &alias) else { return false } }
        dialogue.add(quality > 0 ? .request : .event, "PUBLISH")
        name(body.extracting(topic), alias, &dialogue)
        MQTTReader.describe(body.extracting(reader.position..<body.count), &dialogue)
        guard let id else { return true }
        dialogue.id(UInt64(id))
        dialogue.ask(Space.publish)
        return true
    }

    private func name(_ topic: Span<UInt8>, _ alias: UInt16?, _ dialogue: inout Dialogue) {
        guard let alias else { return dialogue.name(topic) }
        let isClient = dialogue.message.side == .client
        if topic.isEmpty {
            if let known = isClient ? clientAliases[alias] : serverAliases[alias] { dialogue.name(known.span) }
            return
        }
        dialogue.name(topic)
        let kept = topic.extracting(first: Meaning.textLimit).copied()
        guard aliasByteCount + kept.count <= Self.aliasByteLimit else { return }
        aliasByteCount += kept.count
        if isClient { clientAliases[alias] = kept } else { serverAliases[alias] = kept }
    }

    private func subscribe(
        _ type: StaticString, _ space: UInt8, _ reader: inout MQTTReader, _ body: Span<UInt8>, _ dialogue: inout Dialogue
    ) -> Bool {
        guard let id = reader.takeInteger(body) else { return false }
        if version == 5 { guard reader.skipProperties(body) else { return false } }
        dialogue.add(.request, type)
        dialogue.id(UInt64(id))
        var count = 0
        while reader.position < body.count {
            guard let filter = reader.takeText(body) else { return false }
            if count == 0 {
                dialogue.name(body.extracting(filter))
            } else if count < 8 {
                dialogue.extendName(", ", body.extracting(filter))
            }
            count += 1
            if space == Space.subscribe { reader.position += 1 }
        }
        dialogue.ask(space)
        return count > 0
    }

    private func acknowledge(
        _ type: StaticString, _ space: UInt8, then next: UInt8? = nil, _ reader: inout MQTTReader, _ body: Span<UInt8>,
        _ dialogue: inout Dialogue
    ) -> Bool {
        guard let id = reader.takeInteger(body) else { return false }
        dialogue.add(.response, type)
        dialogue.id(UInt64(id))
        // What follows is one code, or one a filter; the worst of them counts.
        var worst: UInt8 = 0
        if space != Space.subscribe, space != Space.unsubscribe {
            if version == 5, reader.position < body.count { worst = body[reader.position] }
        } else {
            if version == 5 { guard reader.skipProperties(body) else { return false } }
            for index in min(reader.position, body.count)..<body.count { worst = max(worst, body[index]) }
        }
        dialogue.answer(space)
        judge(worst, isConnect: false, &dialogue)
        // Of QoS 2 each step answers the one before, and is answered itself.
        if let next, worst < 0x80 { dialogue.ask(next) }
        return true
    }

    private func judge(_ code: UInt8, isConnect: Bool, _ dialogue: inout Dialogue) {
        let isFailure = isConnect && version < 5 ? code != 0 : code >= 0x80
        guard isFailure else { return dialogue.succeed() }
        dialogue.fail()
        dialogue.change { $0.role = .error }
        if let word = isConnect && version < 5 ? MQTTReader.returnCode(code) : MQTTReader.reasonCode(code) { dialogue.reason(word) }
    }
}
