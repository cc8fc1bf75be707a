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
        guard !message.isText, message.side == .client, content.count >= 12, content[0] == 0x10 else { return false }
        var packet = Packet()
        if case .foreign = packet.end(in: content, of: content) { return false }
        return content.matches("\0\u{4}MQTT", at: packet.body) || content.matches("\0\u{6}MQIsdp", at: packet.body)
    }

    private var client = Carry<Packet>()
    private var server = Carry<Packet>()
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

    /// The fixed header (MQTT 5 §2.1).
    private struct Packet: PacketSearch {
        private(set) var type: UInt8 = 0
        private(set) var flags: UInt8 = 0
        /// Where the rest begins; 0 while the header is not all there.
        private(set) var body = 0
        /// Bytes of the packet that have not come, once the header is there.
        private var missingCount = 0

        mutating func end(in piece: Span<UInt8>, of head: Span<UInt8>) -> PacketEnd {
            var passed = 0
            if body == 0 {
                guard Self.mayBegin(head) else { return .foreign }
                guard let length = read(head) else { return .later }
                missingCount = length
                passed = piece.count - (head.count - body)
            }
            let end = passed + missingCount
            missingCount -= min(missingCount, piece.count - passed)
            return end <= piece.count ? .at(end) : .later
        }

        /// Reads the header; the length of what follows, or nil while it is not all there.
        private mutating func read(_ bytes: Span<UInt8>) -> Int? {
            guard bytes.count >= 2 else { return nil }
            type = bytes[0] >> 4
            flags = bytes[0] & 15
            var length = 0
            for index in 1..<min(bytes.count, 5) {
                length |= Int(bytes[index] & 0x7F) << (7 * (index - 1))
                guard bytes[index] < 0x80 else { continue }
                body = index + 1
                return length
            }
            return nil
        }

        /// False where no packet can begin with these bytes.
        private static func mayBegin(_ bytes: Span<UInt8>) -> Bool {
            guard !bytes.isEmpty else { return true }
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

    init(_ handshake: HandshakeFacts) {}

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard !dialogue.message.isText else { return .foreign }
        return dialogue.message.side == .client
            ? client.take(content, &dialogue) { decode($0, $1, &$2) } : server.take(content, &dialogue) { decode($0, $1, &$2) }
    }

    // MARK: Packets

    private func decode(_ bytes: Span<UInt8>, _ packet: Packet, _ dialogue: inout Dialogue) -> Bool {
        let body = bytes.extracting(packet.body..<bytes.count)
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
