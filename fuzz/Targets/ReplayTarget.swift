import Bytes
import HTTP
import Replay
import WebSocket

extension FuzzTarget {
    /// What a server says to a player: in pieces the same is sent as at once, and what is sent are whole frames, masked.
    static let replay = FuzzTarget("replay") { input throws(Broken) in
        guard let script = script, let request = script.request(to: target, key: key, [], Values()) else {
            throw Broken("there is no script")
        }
        var choices = InputScript(input)
        let choice = choices.byte()
        let said = (choice & 1 == 0 ? Array(granted(choice & 2 != 0).utf8) : []) + choices.rest
        let whole = play(script, request, [said])
        try demand(whole == play(script, request, said.pieces), "in pieces something else is sent, or said")
        try demand(whole.isWellFormed, "what is sent is no row of whole, masked frames")
    }

    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    private static var target: Target { (try? Target("ws://localhost/")) ?? { preconditionFailure("it is a URL") }() }

    /// What was sent, and the beginning of what kept the script from being played.
    private struct Played: Equatable {
        var sent: [UInt8] = []
        var obstacle: String?

        /// After the request, which ends in a blank line, there are only frames.
        var isWellFormed: Bool {
            let end = Array("\r\n\r\n".utf8)
            guard let start = sent.indices.dropLast(3).first(where: { sent[$0..<$0 + 4].elementsEqual(end) }) else { return false }
            var position = start + 4
            var decoder = FrameDecoder()
            while true {
                switch decoder.next(sent.span, at: &position) {
                case .needsMore: return position == sent.count && !decoder.isInsideFrame
                case .header(let header): guard header.isMasked, header.reserved & 3 == 0, !header.opcode.isReserved else { return false }
                case .payload: continue
                }
            }
        }
    }

    private static func play(_ script: Script, _ request: RequestHead, _ pieces: [[UInt8]]) -> Played {
        var options = Player.Options()
        options.maskingKey = { 0x1234_5678 }
        options.messageByteCount = 4_096
        var player = Player(script, as: .client, Values(), options)
        player.begin(request, at: 0)
        for piece in pieces { player.take(piece.span, at: 0) }
        // Far later, so that whatever is waited for is given up.
        player.advance(at: 1_000_000_000)
        for second in 1...8 { player.advance(at: Int64(second) * 100_000_000_000) }
        player.takeEnd(isReset: false, at: 1_000_000_000_000)
        // What follows quotes what had come by then.
        var played = Played(obstacle: player.obstacle.map { String($0.prefix(30)) })
        played.sent = player.output.span.copied()
        return played
    }

    private static func granted(_ deflates: Bool) -> String {
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
            + (deflates ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "") + "\r\n"
    }

    /// A greeting, a request in two fragments and its answer, heartbeats of both kinds, and a Close frame.
    private static var script: Script? {
        var dialogue = Dialogue.opened()
        dialogue.upgrade(fields: "Sec-WebSocket-Extensions: permessage-deflate\r\n")
        func masked(_ first: UInt8, _ text: String) -> [UInt8] {
            var output = ByteBuffer()
            let payload = Array(text.utf8)
            let header = FrameHeader(first: first, second: 0x80 | UInt8(payload.count), maskingKey: 7, length: UInt64(payload.count))
            output.append(header, payload: payload.span)
            return output.span.copied()
        }
        dialogue.send(true, Dialogue.frame(0x81, Array(#"{"type":"hello","id":"5f0f9f4e-0a8b-4f0e-9a0e-5b1f4e0c0d3a"}"#.utf8)))
        dialogue.send(false, masked(0x01, #"{"type":"ask","#) + masked(0x80, #""id":"5f0f9f4e-0a8b-4f0e-9a0e-5b1f4e0c0d3a"}"#))
        dialogue.send(true, Dialogue.frame(0x89, [1]))
        dialogue.send(false, masked(0x8A, "\u{1}"))
        dialogue.send(true, Dialogue.frame(0x81, Array(#"{"type":"answer"}"#.utf8)))
        dialogue.send(false, masked(0x81, "thanks") + masked(0x88, ""))
        var sink = ScriptSink(byteLimit: 1 << 20)
        dialogue.inspect(into: &sink)
        return sink.result.scripts.first
    }
}
