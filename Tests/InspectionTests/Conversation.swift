import Bytes
import Packets
import TestSupport
import WebSocket

/// What two endpoints say over one TCP connection, as packets, and what an inspection must make of them.
struct Conversation {
    var client = PacketBuilder.client
    var server = PacketBuilder.server
    var clientStart: UInt32 = 1_000
    var serverStart: UInt32 = 2_000_000
    /// In the order in which it is sent; a step is one write.
    private(set) var steps: [(side: Side, bytes: [UInt8])] = []
    private(set) var expected: [Side: SeenSide] = [.client: SeenSide(), .server: SeenSide()]
    private var openMessage: [Side: SeenMessage] = [:]
    private var sent: [Side: UInt64] = [:]

    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    /// The value for that key in RFC 6455 §1.3.
    static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    static let request = Array(
        ("GET /chat HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: \(key)\r\nSec-WebSocket-Version: 13\r\n\r\n").utf8)
    static let response = Array(
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: \(accept)\r\n\r\n").utf8)

    /// One that begins with an upgrade.
    static func upgraded() -> Conversation {
        var conversation = Conversation()
        conversation.say(.client, request)
        conversation.say(.server, response)
        return conversation
    }

    /// Bytes that are no frame.
    mutating func say(_ side: Side, _ bytes: [UInt8]) { steps.append((side, bytes)) }

    /// A frame as its sender must send it: masked by the client.
    mutating func frame(_ side: Side, _ first: UInt8, _ payload: [UInt8], key: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]) {
        let bytes = Self.frame(first, payload, key: side == .client ? key : nil)
        steps.append((side, bytes))
        expect(side, first, payload)
        sent[side, default: 0] += UInt64(bytes.count)
    }

    /// Joins the last writes of one side into one.
    mutating func joinLast(_ count: Int) {
        let last = steps.suffix(count)
        guard let side = last.first?.side, last.allSatisfy({ $0.side == side }) else { return }
        steps.removeLast(count)
        steps.append((side, last.flatMap(\.bytes)))
    }

    static func frame(_ first: UInt8, _ payload: [UInt8], key: [UInt8]?) -> [UInt8] {
        var bytes = [first]
        let mask: UInt8 = key == nil ? 0 : 0x80
        switch payload.count {
        case 0...125: bytes.append(mask | UInt8(payload.count))
        case 126...0xFFFF: bytes += [mask | 126] + PacketBuilder.bigEndian(UInt16(payload.count))
        default: bytes += [mask | 127] + PacketBuilder.bigEndian(UInt64(payload.count))
        }
        guard let key else { return bytes + payload }
        return bytes + key + payload.enumerated().map { $0.element ^ key[$0.offset % 4] }
    }

    private mutating func expect(_ side: Side, _ first: UInt8, _ payload: [UInt8]) {
        let length = UInt64(payload.count)
        expected[side]?.frames.append(
            SeenFrame(
                first: first, length: length, isMasked: side == .client, payload: payload, isComplete: true,
                offset: sent[side, default: 0]))
        let opcode = first & 0xF
        var message = SeenMessage(opcode: opcode, content: payload, length: length, isCertain: true)
        if opcode == 0, let begun = openMessage[side] {
            message = begun
            message.content += payload
            message.length += length
        }
        if first & 0x80 == 0 {
            openMessage[side] = message
        } else {
            expected[side]?.messages.append(message)
            if opcode < 8 { openMessage[side] = nil }
        }
    }

    /// Says random things, all of them right: fragmented messages with pings between, and a Close at the end.
    mutating func chat(_ count: Int, largest: Int = 3_000, closes: Bool = true, using random: inout SeededRandom) {
        var open: [Side: Bool] = [.client: false, .server: false]
        for _ in 0..<count {
            let side = Bool.random(using: &random) ? Side.client : .server
            let key = random.bytes(4)
            if Int.random(in: 0..<5, using: &random) == 0 {
                let payload = random.bytes(.random(in: 0...125, using: &random))
                frame(side, 0x89, payload, key: key)
                frame(side == .client ? .server : .client, 0x8A, payload, key: key)
                continue
            }
            let length =
                Int.random(in: 0...2, using: &random) > 0
                ? Int.random(in: 0...200, using: &random) : .random(in: 0...largest, using: &random)
            let isFinal: UInt8 = Int.random(in: 0..<4, using: &random) == 0 ? 0 : 0x80
            let isText = Bool.random(using: &random)
            let opcode: UInt8 = open[side] == true ? 0 : isText ? 1 : 2
            let isASCII = opcode != 2
            frame(side, isFinal | opcode, random.bytes(length).map { isASCII ? $0 % 95 + 32 : $0 }, key: key)
            open[side] = isFinal == 0
            if Int.random(in: 0..<4, using: &random) == 0, steps.count > 4, steps[steps.count - 2].side == side { joinLast(2) }
        }
        guard closes else { return }
        for side in [Side.client, .server] {
            if open[side] == true { frame(side, 0x80, [0x21]) }
            frame(side, 0x88, [0x03, 0xe8])
        }
    }
}

// MARK: - Packets

extension Conversation {
    /// One TCP segment of it.
    struct Piece {
        var side: Side
        var sequence: UInt32
        var acknowledgment: UInt32
        var flags: TCPFlags
        var payload: [UInt8] = []
    }

    /// The segments of the whole connection, with a packet that acknowledges every other one.
    ///
    /// - Parameter cut: how many bytes the next segment takes at most.
    func pieces(opens: Bool = true, closes: Bool = true, cut: () -> Int = { 1_448 }) -> [Piece] {
        var next: [Side: UInt32] = [.client: clientStart, .server: serverStart]
        var pieces: [Piece] = []
        func add(_ side: Side, _ flags: TCPFlags, _ payload: [UInt8] = []) {
            let other = side == .client ? Side.server : .client
            let sequence = next[side, default: 0]
            pieces.append(
                Piece(
                    side: side, sequence: sequence, acknowledgment: flags.contains(.ack) ? next[other, default: 0] : 0, flags: flags,
                    payload: payload))
            next[side] = sequence &+ UInt32(payload.count) &+ (flags.isDisjoint(with: [.syn, .fin]) ? 0 : 1)
        }
        if opens {
            add(.client, [.syn])
            add(.server, [.syn, .ack])
            add(.client, [.ack])
        } else {
            next = [.client: clientStart &+ 1, .server: serverStart &+ 1]
        }
        for step in steps {
            var rest = step.bytes[...]
            while !rest.isEmpty {
                let taken = rest.prefix(max(1, cut()))
                rest = rest.dropFirst(taken.count)
                add(step.side, rest.isEmpty ? [.psh, .ack] : [.ack], Array(taken))
                if pieces.count % 2 == 0 { add(step.side == .client ? .server : .client, [.ack]) }
            }
        }
        if closes {
            add(.server, [.fin, .ack])
            add(.client, [.fin, .ack])
            add(.server, [.ack])
        }
        return pieces
    }

    func packet(_ piece: Piece) -> [UInt8] {
        let isClient = piece.side == .client
        return PacketBuilder.tcp(
            from: isClient ? client : server, to: isClient ? server : client, sequence: piece.sequence,
            acknowledgment: piece.acknowledgment, flags: piece.flags, payload: piece.payload)
    }

    func packets(_ pieces: [Piece]) -> [[UInt8]] { pieces.map(packet) }
    func packets() -> [[UInt8]] { packets(pieces()) }
}
