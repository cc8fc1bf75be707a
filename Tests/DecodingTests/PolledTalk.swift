import Packets
import TestSupport
import WebSocket

/// What a client of Engine.IO and a server say: requests with which it polls, and the WebSocket, each on a TCP connection of its own.
struct PolledTalk {
    /// Each with the port of its client.
    private var writes: [(port: UInt16, side: Side, bytes: [UInt8])] = []
    static let session = "lv_VI97HAXpY6yYWAAAC"
    static let opening = #"0{"sid":"\#(session)","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#

    private static func target(_ transport: String, _ session: String?, _ version: Int) -> String {
        "/socket.io/?EIO=\(version)&transport=\(transport)\(session.map { "&sid=\($0)" } ?? "")"
    }

    /// A request and its answer.
    mutating func exchange(
        _ port: UInt16, _ method: String, body: [UInt8] = [], answer: [UInt8], session: String? = session, version: Int = 4,
        status: String = "200 OK", coding: String? = nil, isChunked: Bool = false
    ) {
        let length = method == "POST" ? "Content-Length: \(body.count)\r\n" : ""
        let head = "\(method) \(Self.target("polling", session, version)) HTTP/1.1\r\nHost: example.com\r\n\(length)\r\n"
        writes.append((port, .client, Array(head.utf8) + body))
        let coded = coding.map { "Content-Encoding: \($0)\r\n" } ?? ""
        let framing = isChunked ? "Transfer-Encoding: chunked\r\n" : "Content-Length: \(answer.count)\r\n"
        let content = isChunked ? Self.chunks(answer) : answer
        writes.append((port, .server, Array("HTTP/1.1 \(status)\r\n\(framing)\(coded)\r\n".utf8) + content))
    }

    private static func chunks(_ content: [UInt8]) -> [UInt8] {
        content.flatMap { Array("1;x=y\r\n".utf8) + [$0] + Array("\r\n".utf8) } + Array("0\r\n\r\n".utf8)
    }

    mutating func get(_ port: UInt16, _ answer: String, session: String? = session, version: Int = 4) {
        exchange(port, "GET", answer: Array(answer.utf8), session: session, version: version)
    }

    mutating func post(_ port: UInt16, _ body: String, session: String? = session, version: Int = 4) {
        exchange(port, "POST", body: Array(body.utf8), answer: Array("ok".utf8), session: session, version: version)
    }

    /// The WebSocket that goes on with a session, and what is said on it.
    mutating func upgrade(_ port: UInt16, session: String = session, version: Int = 4, _ messages: [(Side, String)]) {
        var talk = Talk("polled", target: Self.target("websocket", session, version))
        for (side, text) in messages { talk = talk.saying(side, text) }
        for write in talk.writes() { writes.append((port, write.side, write.bytes)) }
    }

    /// The segments, one at a time; each write has a millisecond of its own.
    /// - Parameter cut: how many bytes the next segment takes at most.
    func segments(server: Endpoint = PacketBuilder.server, cut: () -> Int = { .max }) -> [Talk.Segment] {
        var next: [UInt16: [Side: UInt32]] = [:]
        var segments: [Talk.Segment] = []
        func add(_ port: UInt16, _ side: Side, _ flags: TCPFlags, _ payload: [UInt8] = [], at time: Int64) {
            let client = Endpoint(address: PacketBuilder.client.address, port: port)
            let (from, to) = side == .client ? (client, server) : (server, client)
            let sequence = next[port]?[side] ?? 1_000
            let acknowledgment = flags.contains(.ack) ? next[port]?[side.other] ?? 1_000 : 0
            segments.append(
                Talk.Segment(
                    packet: PacketBuilder.tcp(
                        from: from, to: to, sequence: sequence, acknowledgment: acknowledgment, flags: flags, payload: payload),
                    time: time))
            next[port, default: [:]][side] = sequence &+ UInt32(payload.count) &+ (flags.contains(.syn) ? 1 : 0)
        }
        for (number, write) in writes.enumerated() {
            let time = Int64(number + 1)
            if next[write.port] == nil {
                add(write.port, .client, [.syn], at: time)
                add(write.port, .server, [.syn, .ack], at: time)
                add(write.port, .client, [.ack], at: time)
            }
            var rest = write.bytes[...]
            while !rest.isEmpty {
                let piece = Array(rest.prefix(max(1, min(cut(), 1_400))))
                rest = rest.dropFirst(piece.count)
                add(write.port, write.side, [.psh, .ack], piece, at: time)
            }
            add(write.port, write.side.other, [.ack], at: time)
        }
        return segments
    }
}
