import Bytes
import HTTP2
import Inspection
import Packets
import TLS
import TestSupport
import Tunnels

/// Packets of one TCP connection, or of a few, as an inspection gets them.
struct Dialogue {
    private(set) var packets: [(bytes: [UInt8], milliseconds: Int64)] = []
    private var next: [UInt32] = [1_000, 2_000_000]

    /// One that begins with TCP's handshake.
    static func opened() -> Dialogue {
        var dialogue = Dialogue()
        dialogue.send(false, [], flags: .syn)
        dialogue.send(true, [], flags: [.syn, .ack])
        return dialogue
    }

    /// - Parameter milliseconds: since the packet before.
    mutating func add(_ packet: [UInt8], after milliseconds: Int64 = 1) {
        packets.append((packet, (packets.last?.milliseconds ?? -1) + milliseconds))
    }

    mutating func send(_ isServer: Bool, _ payload: [UInt8], flags: TCPFlags = [.psh, .ack], after milliseconds: Int64 = 1) {
        let index = isServer ? 1 : 0
        let (source, destination) = isServer ? (PacketBuilder.server, PacketBuilder.client) : (PacketBuilder.client, PacketBuilder.server)
        add(
            PacketBuilder.tcp(
                from: source, to: destination, sequence: next[index], acknowledgment: next[1 - index], flags: flags, payload: payload),
            after: milliseconds)
        next[index] &+= UInt32(payload.count) + (flags.contains(.syn) || flags.contains(.fin) ? 1 : 0)
    }

    mutating func upgrade(target: String = "/chat", fields: String = "", answer: String = "") {
        send(
            false,
            Array(
                ("GET \(target) HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\(fields)\r\n").utf8))
        send(
            true,
            Array(
                ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\(answer)\r\n").utf8))
    }

    /// A frame of the server's, which is not masked.
    static func frame(_ first: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let length = payload.count
        if length < 126 { return [first, UInt8(length)] + payload }
        if length <= 0xFFFF { return [first, 126] + PacketBuilder.bigEndian(UInt16(length)) + payload }
        return [first, 127] + PacketBuilder.bigEndian(UInt64(length)) + payload
    }

    /// Into whatever is to hear of it; what was counted.
    @discardableResult
    func inspect(_ options: Inspector.Options = .init(), into sink: inout some EventSink & ~Copyable) -> Summary {
        var options = options
        options.layers = [TLSLayer(KeyStore()), HTTP2Layer(), SOCKSLayer(), StartTLSLayer()]
        var inspector = Inspector(options)
        for (index, packet) in packets.enumerated() {
            let header = PacketHeader(
                number: UInt64(index + 1), time: Timestamp(nanoseconds: packet.milliseconds * 1_000_000), fractionDigits: 6,
                linkType: .ethernet, originalLength: packet.bytes.count)
            inspector.inspect(header, packet.bytes.span, into: &sink)
        }
        inspector.finish(into: &sink)
        return inspector.summary
    }
}
