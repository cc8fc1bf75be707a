import Packets
import TestSupport
import WebSocket

// The bytes of a talk, and the segments that they come in.
extension Talk {
    private static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    /// What each side writes, in order: the handshake, and a frame or more for each message.
    /// - Parameter fragment: how many bytes the next frame of a message takes at most.
    func writes(fragment: () -> Int = { .max }) -> [(side: Side, bytes: [UInt8])] {
        let offered = subprotocol.map { "Sec-WebSocket-Protocol: \($0)\r\n" } ?? ""
        let request =
            "GET \(target) HTTP/1.1\r\nHost: \(host)\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\(offered)\r\n"
        let response =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: \(Self.accept)\r\n\(offered)\r\n"
        var writes: [(side: Side, bytes: [UInt8])] = [(.client, Array(request.utf8)), (.server, Array(response.utf8))]
        for message in messages {
            var rest = message.content[...]
            var opcode: UInt8 = message.isText ? 1 : 2
            var bytes: [UInt8] = []
            repeat {
                let piece = rest.prefix(max(1, fragment()))
                rest = rest.dropFirst(piece.count)
                bytes += Self.frame(rest.isEmpty ? opcode | 0x80 : opcode, Array(piece), isMasked: message.side == .client)
                opcode = 0
            } while !rest.isEmpty
            writes.append((message.side, bytes))
        }
        return writes
    }

    private static func frame(_ first: UInt8, _ payload: [UInt8], isMasked: Bool) -> [UInt8] {
        var bytes = [first]
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case 0...125: bytes.append(mask | UInt8(payload.count))
        case 126...0xFFFF: bytes += [mask | 126] + PacketBuilder.bigEndian(UInt16(payload.count))
        default: bytes += [mask | 127] + PacketBuilder.bigEndian(UInt64(payload.count))
        }
        let key: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]
        return isMasked ? bytes + key + payload.enumerated().map { $0.element ^ key[$0.offset % 4] } : bytes + payload
    }

    struct Segment {
        var packet: [UInt8]
        /// In milliseconds: that of its write, so that latencies do not depend on the cuts.
        var time: Int64
    }

    /// The segments of the whole connection.
    /// - Parameter cut: how many bytes the next segment takes at most.
    func segments(fragment: () -> Int = { .max }, cut: () -> Int = { 1_448 }) -> [Segment] {
        var next: [Side: UInt32] = [.client: 1_000, .server: 2_000_000]
        var segments: [Segment] = []
        func add(_ side: Side, _ flags: TCPFlags, _ payload: [UInt8] = [], at time: Int64) {
            let isClient = side == .client
            let (from, to) = isClient ? (PacketBuilder.client, PacketBuilder.server) : (PacketBuilder.server, PacketBuilder.client)
            let acknowledgment = flags.contains(.ack) ? next[side.other, default: 0] : 0
            let sequence = next[side, default: 0]
            segments.append(
                Segment(
                    packet: PacketBuilder.tcp(
                        from: from, to: to, sequence: sequence, acknowledgment: acknowledgment, flags: flags, payload: payload),
                    time: time))
            next[side] = sequence &+ UInt32(payload.count) &+ (flags.isDisjoint(with: [.syn, .fin]) ? 0 : 1)
        }
        add(.client, [.syn], at: 0)
        add(.server, [.syn, .ack], at: 0)
        add(.client, [.ack], at: 0)
        let writes = writes(fragment: fragment)
        for (number, write) in writes.enumerated() {
            let time = Int64(number + 1)
            var rest = write.bytes[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(max(1, cut())))
                rest = rest.dropFirst(piece.count)
                add(write.side, [.psh, .ack], piece, at: time)
            }
            add(write.side.other, [.ack], at: time)
        }
        let end = Int64(writes.count + 1)
        add(.server, [.fin, .ack], at: end)
        add(.client, [.fin, .ack], at: end)
        add(.server, [.ack], at: end)
        return segments
    }
}
