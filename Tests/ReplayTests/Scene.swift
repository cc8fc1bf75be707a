import Bytes
import HTTP
import Packets
import Verdicts
import WebSocket

@testable import Inspection
@testable import Replay

/// A script made by hand, and a player of it with the peer's part in the test.
struct Scene {
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let second: Int64 = 1_000_000_000

    /// A message: who sent it, what, and how many milliseconds after the answer to the upgrade.
    struct Message {
        var from: Side
        var content: [UInt8]
        var opcode = Opcode.text
        var at: Int64 = 0
        var frames = 1
        var isHeartbeat = false
        var isCompressed = false

        static func client(_ text: String, at: Int64 = 0, frames: Int = 1) -> Message {
            Message(from: .client, content: Array(text.utf8), at: at, frames: frames)
        }
        static func server(_ text: String, at: Int64 = 0) -> Message { Message(from: .server, content: Array(text.utf8), at: at) }
        static func control(_ opcode: Opcode, _ side: Side, _ content: [UInt8] = [], at: Int64 = 0) -> Message {
            Message(from: side, content: content, opcode: opcode, at: at)
        }
        static func beat(_ side: Side, _ text: String, at: Int64 = 0) -> Message {
            Message(from: side, content: Array(text.utf8), at: at, isHeartbeat: true)
        }
    }

    static func connection(status: Int = 101, extensions: String? = nil, fields: [Header] = []) -> Connection {
        var request = [Header(name: "Host", value: "example.com"), Header(name: "Origin", value: "https://example.com")]
        request += [Header(name: "Upgrade", value: "websocket"), Header(name: "Connection", value: "Upgrade")]
        request += [Header(name: "Sec-WebSocket-Key", value: key), Header(name: "Sec-WebSocket-Version", value: "13")] + fields
        var response = [Header(name: "Upgrade", value: "websocket"), Header(name: "Connection", value: "Upgrade")]
        if let extensions {
            request.append(Header(name: "Sec-WebSocket-Extensions", value: "permessage-deflate; client_max_window_bits"))
            response.append(Header(name: "Sec-WebSocket-Extensions", value: extensions))
        }
        let time = Timestamp(nanoseconds: 1_768_471_200 * second)
        let handshake = Handshake(
            time: time, responseTime: time, fractionDigits: 9,
            request: RequestHead(method: "GET", target: "/chat?token=abc", headers: Headers(request)),
            response: ResponseHead(status: status, reason: "", headers: Headers(response)))
        handshake.responseTime = time
        let end = Endpoint(address: IPAddress(192, 0, 2, 1), port: 80)
        return Connection(
            number: 1, client: end, server: end, status: status == 101 ? .open : .refused, handshake: handshake, inferred: [], row: 1)
    }

    static func script(
        _ messages: [Message], _ connection: Connection = Scene.connection(), end: Verdict.Manner? = .closed, by: Side? = nil
    ) -> Script {
        var script = Script(connection)
        for (index, message) in messages.enumerated() {
            let time = Timestamp(nanoseconds: script.start.nanoseconds + message.at * 1_000_000)
            let length = message.content.count / message.frames
            var line = Script.Line(from: message.from, opcode: message.opcode, number: UInt64(index + 1), time: time)
            line.content = message.content
            line.isWhole = true
            line.isHeartbeat = message.isHeartbeat
            line.isCompressed = message.isCompressed
            line.frameLengths =
                Array(repeating: length, count: message.frames - 1) + [message.content.count - length * (message.frames - 1)]
            script.lines.append(line)
            for part in 0..<message.frames { script.parts.append(Script.Part(line: index, index: part, time: time)) }
        }
        script.manner = end
        script.endedBy = by
        script.endTime = script.parts.last?.time
        return script
    }

    static func options(_ change: (inout Player.Options) -> Void = { _ in }) -> Player.Options {
        var options = Player.Options()
        options.maskingKey = { 0x0102_0304 }
        change(&options)
        return options
    }
}

extension Player {
    fileprivate var outputBytes: [UInt8] { output.span.copied() }
}

/// A player that can be asked in expectations.
final class Rehearsal {
    private var player: Player

    init(_ player: consuming Player) { self.player = player }

    init(_ script: Script, as side: Side = .client, _ options: Player.Options = Scene.options()) {
        player = Player(script, as: side, Values(), options)
    }

    var isDone: Bool { player.isDone }
    var obstacle: String? { player.obstacle }
    var hasOwnEnd: Bool { player.hasOwnEnd }
    var deadline: Int64? { player.deadline }
    var leave: Player.Leave? { player.leave }
    var sentCount: Int { player.sentCount }
    var output: [UInt8] { player.outputBytes }
    var waitingByteCount: Int { player.control.count + player.unread.count }

    func begin(_ request: RequestHead, at now: Int64 = 0) { player.begin(request, at: now) }
    func begin(_ response: ResponseHead, at now: Int64 = 0) { player.begin(response, at: now) }
    func advance(at now: Int64) { player.advance(at: now) }
    func takeEnd(isReset: Bool, at now: Int64) { player.takeEnd(isReset: isReset, at: now) }

    /// Begins as a client whose upgrade is granted.
    func beginGranted(extensions: String? = nil, at now: Int64 = 0) {
        var fields = [Header(name: "Host", value: "a"), Header(name: "Sec-WebSocket-Key", value: Scene.key)]
        fields.append(Header(name: "Upgrade", value: "websocket"))
        begin(RequestHead(method: "GET", target: "/", headers: Headers(fields)), at: now)
        _ = sent()
        var answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        answer += "Sec-WebSocket-Accept: \(acceptValue(forKey: Scene.key))\r\n"
        if let extensions { answer += "Sec-WebSocket-Extensions: \(extensions)\r\n" }
        hear(Array((answer + "\r\n").utf8), at: now)
    }

    func hear(_ bytes: [UInt8], at now: Int64) { player.take(bytes.span, at: now) }

    func hear(_ text: String, at now: Int64) { hear(Scene.frame(.text, Array(text.utf8)), at: now) }

    /// What it sent since it was asked last: `text hello`, `text+ hel`, `continuation lo`.
    func sent() -> [String] {
        var frames: [String] = []
        var position = 0
        var decoder = FrameDecoder()
        var header: FrameHeader?
        let bytes = output
        player.output.removeAll()
        guard bytes.first != UInt8(ascii: "G"), bytes.first != UInt8(ascii: "H") else {
            return [String(decoding: bytes, as: UTF8.self)]
        }
        while true {
            switch decoder.next(bytes.span, at: &position) {
            case .needsMore: return frames
            case .header(let found): header = found
            case .payload(let range, _):
                guard let header else { return frames }
                var plain = ByteBuffer()
                let payload = bytes.span.extracting(range)
                if header.isMasked { plain.append(unmasking: payload, key: header.maskingKey, phase: 0) } else { plain.append(payload) }
                let content = plain.span.copied()
                let words =
                    header.opcode == .close ? content.map { "\($0)" }.joined(separator: ".") : String(decoding: content, as: UTF8.self)
                frames.append("\(header.opcode.name)\(header.isFinal ? "" : "+") \(words)")
            }
        }
    }
}

extension Scene {
    /// A frame of the server.
    static func frame(_ opcode: Opcode, _ payload: [UInt8]) -> [UInt8] {
        var output = ByteBuffer()
        output.append(FrameHeader(opcode, maskingKey: nil, length: payload.count), payload: payload.span)
        return output.span.copied()
    }

    /// A frame of a client.
    static func masked(_ opcode: Opcode, _ payload: [UInt8]) -> [UInt8] {
        var output = ByteBuffer()
        output.append(FrameHeader(opcode, maskingKey: 0xA1B2_C3D4, length: payload.count), payload: payload.span)
        return output.span.copied()
    }
}
