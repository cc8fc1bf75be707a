import Bytes
import HTTP
import Testing
import Verdicts
import WebSocket

@testable import Inspection
@testable import Replay

/// As the client; what is heard and when is the test's own.
@Suite("A client's side played to a server")
struct PlayerTests {
    private static let bye: [UInt8] = [3, 232]

    private static func player(
        _ messages: [Scene.Message], end: Verdict.Manner? = .closed, by: Side? = nil, _ change: (inout Player.Options) -> Void = { _ in }
    ) -> Rehearsal { Rehearsal(Scene.script(messages, end: end, by: by), as: .client, Scene.options(change)) }

    @Test("each message is sent once the answers before it have come, whatever the times were")
    func answers() {
        let player = Self.player([
            .client("one", at: 0), .server("uno", at: 900), .client("two", at: 5_000), .server("due", at: 5_100),
            .control(.close, .client, Self.bye, at: 9_000), .control(.close, .server, Self.bye, at: 9_001),
        ])
        player.beginGranted()
        #expect(player.sent() == ["text one"])
        player.advance(at: Scene.second)
        #expect(player.sent() == [])
        player.hear("uno", at: Scene.second)
        #expect(player.sent() == ["text two"])
        player.hear("due", at: 2 * Scene.second)
        #expect(player.sent() == ["close 3.232"])
        player.hear(Scene.frame(.close, Self.bye), at: 2 * Scene.second)
        #expect(!player.isDone && player.obstacle == nil && !player.hasOwnEnd)
        player.takeEnd(isReset: false, at: 2 * Scene.second)
        #expect(player.isDone && player.obstacle == nil && player.sentCount == 3)
    }

    @Test("recorded times are kept, and a factor scales them", arguments: [(1.0, 5_000), (2.0, 2_500)] as [(Double, Int64)])
    func recorded(speed: Double, milliseconds: Int64) {
        let player = Self.player([.client("one"), .server("uno", at: 900), .client("two", at: 5_000)], end: nil) {
            $0.pace = .recorded
            $0.speed = speed
        }
        player.beginGranted(at: 7)
        #expect(player.sent() == ["text one"])
        #expect(player.deadline == 7 + milliseconds * 1_000_000)
        player.advance(at: 6 + milliseconds * 1_000_000)
        #expect(player.sent() == [])
        player.advance(at: 7 + milliseconds * 1_000_000)
        #expect(player.sent() == ["text two"])
    }

    @Test("fragments are as long as they were, with what stood between them")
    func fragments() {
        var script = Scene.script([.client("abcdefgh", frames: 3), .control(.ping, .client, Array("hi".utf8))], end: nil)
        // The ping came after the first fragment.
        script.parts.insert(script.parts.removeLast(), at: 1)
        let player = Rehearsal(script)
        player.beginGranted()
        #expect(player.sent() == ["text+ ab", "ping hi", "continuation+ cd", "continuation efgh", "close 3.232"])
    }

    @Test("what the server pings is answered, and what answered it in the script is not sent again")
    func pings() {
        let player = Self.player(
            [
                .control(.ping, .server, [1]), .control(.pong, .client, [1]), .control(.pong, .client, [65]), .server("end", at: 1),
            ], end: nil)
        player.beginGranted()
        #expect(player.sent() == ["pong A"], "an unsolicited pong is sent as it was")
        player.hear(Scene.frame(.ping, Array("x".utf8)), at: 1)
        #expect(player.sent() == ["pong x"])
    }

    @Test("a heartbeat is answered when it comes, and not waited for")
    func heartbeats() {
        let player = Self.player(
            [
                .server("hello"), .beat(.server, "2", at: 25_000), .beat(.client, "3", at: 25_001), .client("bye", at: 25_002),
                .server("later", at: 25_003),
            ], end: nil)
        player.beginGranted()
        player.hear("hello", at: 1)
        #expect(player.sent() == ["text bye"])
        player.hear("2", at: 2)
        #expect(player.sent() == ["text 3"])
    }

    @Test("a heartbeat that the client begins is sent as it was, and the answer to it is none that is to be answered")
    func ownHeartbeats() {
        let player = Self.player(
            [
                .beat(.client, "ping"), .beat(.server, "pong", at: 1), .beat(.client, "ping", at: 1_000), .beat(.server, "pong", at: 1_001),
            ], end: nil)
        player.beginGranted()
        #expect(player.sent() == ["text ping", "text ping", "close 3.232"])
        player.hear("pong", at: 1)
        #expect(player.sent() == [])
    }

    @Test("where nothing comes for as long as it took and the patience besides, it is said what was expected")
    func stall() {
        let player = Self.player([.client("ask"), .server("answer", at: 3_000), .client("thanks", at: 3_001)]) {
            $0.patience = Scene.second
        }
        player.beginGranted()
        _ = player.sent()
        #expect(player.deadline == 4 * Scene.second)
        player.advance(at: 4 * Scene.second - 1)
        #expect(player.obstacle == nil)
        player.advance(at: 4 * Scene.second)
        #expect(player.obstacle == "nothing came from the server for 4 s: expected A frame 2, text answer, and 1 message was not sent")
        #expect(player.sent() == ["close 3.233"] && player.hasOwnEnd)
    }

    @Test("an answer of another kind stands for the one that was expected, once nothing more comes")
    func replaced() {
        let player = Self.player([.client("ask"), .server(#"{"type":"ok"}"#), .client("next")], end: nil)
        player.beginGranted()
        _ = player.sent()
        player.hear(#"{"type":"error","code":7}"#, at: 0)
        #expect(player.sent() == [] && player.deadline == Player.quiet)
        player.advance(at: Player.quiet)
        #expect(player.sent().first == "text next")
    }

    @Test("what came unasked before a message was sent is no answer to it")
    func extras() {
        let player = Self.player([.server(#"{"hello":1}"#), .client("ask"), .server(#"{"answer":1}"#), .client("next")], end: nil)
        player.beginGranted()
        player.hear(#"{"news":1}"#, at: 0)
        player.hear(#"{"hello":2}"#, at: 0)
        #expect(player.sent() == ["text ask"])
        player.advance(at: 2 * Player.quiet)
        #expect(player.sent() == [])
        player.hear(#"{"answer":2}"#, at: 2 * Player.quiet)
        #expect(player.sent().first == "text next")
    }

    @Test("answers may come in another order")
    func reordered() {
        let player = Self.player([.client("a"), .client("b"), .server(#"{"a":1}"#), .server(#"{"b":1}"#), .client("c")], end: nil)
        player.beginGranted()
        #expect(player.sent() == ["text a", "text b"])
        player.hear(#"{"b":1}"#, at: 1)
        #expect(player.sent() == [])
        player.hear(#"{"a":1}"#, at: 1)
        #expect(player.sent().first == "text c")
    }

    @Test("a server that closes too early is answered, and it is said what is missing")
    func earlyClose() {
        let player = Self.player([.client("ask"), .server("answer", at: 1), .client("a", at: 2), .client("b", at: 3)])
        player.beginGranted()
        _ = player.sent()
        player.hear(Scene.frame(.close, [3, 243] + Array("oh".utf8)), at: 1)
        #expect(player.sent() == ["close 3.243"])
        #expect(
            player.obstacle == "the server closed with 1011 oh too early: expected A frame 2, text answer, and 2 messages were not sent")
        #expect(!player.hasOwnEnd, "how the server ended it is compared")
    }

    @Test("a Close frame of the server that was in the script is waited for, and answered as it was")
    func expectedClose() {
        let player = Self.player(
            [
                .client("bye"), .control(.close, .server, Self.bye, at: 20_000), .control(.close, .client, [3, 233], at: 20_001),
            ], by: .server)
        player.beginGranted()
        #expect(player.sent() == ["text bye"])
        player.advance(at: 29 * Scene.second)
        #expect(player.obstacle == nil)
        player.hear(Scene.frame(.close, Self.bye), at: 29 * Scene.second)
        #expect(player.sent() == ["close 3.233"] && player.obstacle == nil)
    }

    @Test(
        "a script that ends with a reset or a FIN of the client ends so",
        arguments: [(.reset, .reset), (.finWithoutClose, .hangUp)] as [(Verdict.Manner, Player.Leave)])
    func hangingUp(manner: Verdict.Manner, leave: Player.Leave) {
        let player = Self.player([.client("a"), .server("b")], end: manner, by: .client)
        player.beginGranted()
        player.hear("b", at: 1)
        #expect(player.isDone && player.leave == leave && player.obstacle == nil && !player.hasOwnEnd)
    }

    @Test("where the server hung up in the script, that is waited for")
    func awaitedEnd() {
        let player = Self.player([.client("a"), .server("b")], end: .finWithoutClose, by: .server)
        player.beginGranted()
        player.hear("b", at: 1)
        #expect(!player.isDone)
        player.takeEnd(isReset: false, at: 2)
        #expect(player.isDone && player.obstacle == nil)
    }

    @Test(
        "an answer that is no 101, no HTTP or no WebSocket is said",
        arguments: [
            ("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", "expected 101, the server answered 503 Service Unavailable"),
            ("SSH-2.0-OpenSSH_9.2\r\n", "an HTTP response; what came is none: SSH-2.0"),
            ("HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n", "it lacks Connection, Sec-WebSocket-Accept: this is no WebSocket"),
            ("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n", "does not answer the key"),
        ])
    func answersToTheUpgrade(answer: String, words: String) {
        for step in [answer.utf8.count, 1] {
            let player = Self.player([.client("a")])
            player.begin(RequestHead(method: "GET", target: "/", headers: [Header(name: "Sec-WebSocket-Key", value: Scene.key)]), at: 0)
            let bytes = Array(answer.utf8)
            for start in stride(from: 0, to: bytes.count, by: step) {
                player.hear(Array(bytes[start..<min(bytes.count, start + step)]), at: 1)
            }
            #expect(player.obstacle?.contains(words) ?? false, "\(player.obstacle ?? "nothing")")
            #expect(player.isDone)
        }
    }

    @Test("interim answers are passed over, and the real one may come in single bytes")
    func interim() {
        let player = Self.player([.client("a")], end: nil)
        player.begin(RequestHead(method: "GET", target: "/", headers: [Header(name: "Sec-WebSocket-Key", value: Scene.key)]), at: 0)
        _ = player.sent()
        let answer =
            "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Accept: \(acceptValue(forKey: Scene.key))\r\n\r\n"
        for byte in answer.utf8 { player.hear([byte], at: 1) }
        #expect(player.sent() == ["text a", "close 3.232"])
    }

    @Test("messages are compressed where that is agreed on and they were")
    func compression() {
        let connection = Scene.connection(extensions: "permessage-deflate")
        var first = Scene.Message.client("Hello")
        first.isCompressed = true
        let script = Scene.script([first, .client("plain")], connection, end: nil)
        for (agreed, expected) in [(true, [0xC1, 0x87] as [UInt8]), (false, [0x81, 0x85])] {
            let player = Rehearsal(script, as: .client, Scene.options { $0.maskingKey = { 0 } })
            player.beginGranted(extensions: agreed ? "permessage-deflate" : nil)
            let bytes = player.output
            #expect(Array(bytes[..<2]) == expected)
            // The example of RFC 7692 §7.2.3.1.
            if agreed { #expect(Array(bytes[6..<13]) == [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]) }
        }
    }

    @Test("frames may come in single bytes, and what a control frame may not have is passed over")
    func hostileFrames() {
        let player = Self.player([.server("a"), .client("b")], end: nil)
        player.beginGranted()
        // A ping with a length of 2^62, of which nobody keeps anything.
        var bytes = Scene.frame(.text, Array("a".utf8))
        bytes += [0x89, 0x7F, 0x40, 0, 0, 0, 0, 0, 0, 0]
        for byte in bytes { player.hear([byte], at: 1) }
        #expect(player.sent() == ["text b", "close 3.232"])
        for _ in 0..<100 { player.hear(Array(repeating: 7, count: 10_000), at: 2) }
        #expect(player.waitingByteCount <= 125)
    }
}

@Suite("A server's side played to a client")
struct ServerPlayerTests {
    private static let answer = ResponseHead(status: 101, reason: "", headers: [Header(name: "Upgrade", value: "websocket")])

    private static func player(_ messages: [Scene.Message], end: Verdict.Manner? = .closed, _ pace: Player.Options.Pace = .answers)
        -> Rehearsal
    {
        let player = Rehearsal(Scene.script(messages, end: end), as: .server, Scene.options { $0.pace = pace })
        player.begin(answer)
        return player
    }

    @Test("answers come as the client's messages do, and are not masked")
    func answers() {
        let player = Self.player([
            .server("hello"), .client("ask"), .server("one"), .server("two"), .control(.close, .client, [3, 232]),
            .control(.close, .server, [3, 232]),
        ])
        #expect(player.sent() == ["HTTP/1.1 101 \r\nUpgrade: websocket\r\n\r\n"])
        player.advance(at: 1)
        #expect(player.output == [0x81, 5] + Array("hello".utf8))
        #expect(player.sent() == ["text hello"])
        player.hear(Scene.masked(.text, Array("ask".utf8)), at: 1)
        #expect(player.sent() == ["text one", "text two"])
        player.hear(Scene.masked(.close, [3, 232]), at: 2)
        #expect(player.sent() == ["close 3.232"])
        #expect(player.isDone && player.obstacle == nil && !player.hasOwnEnd)
    }

    @Test("recorded, each message comes as long after the one before as it did")
    func recorded() {
        let player = Self.player([.client("ask", at: 100), .server("one", at: 300), .server("two", at: 800)], end: nil, .recorded)
        _ = player.sent()
        player.hear(Scene.masked(.text, Array("ask".utf8)), at: Scene.second)
        #expect(player.sent() == [] && player.deadline == Scene.second + 200_000_000)
        player.advance(at: Scene.second + 200_000_000)
        #expect(player.sent() == ["text one"] && player.deadline == Scene.second + 700_000_000)
    }

    @Test("a refusal is sent with what was said of it, and that is the end")
    func refusal() {
        let player = Rehearsal(Scene.script([], Scene.connection(status: 403), end: .refused), as: .server)
        player.begin(ResponseHead(status: 403, reason: "Forbidden", headers: []))
        #expect(player.sent() == ["HTTP/1.1 403 Forbidden\r\n\r\n"] && player.isDone && player.obstacle == nil)
    }

    @Test("a client that leaves is missed")
    func leaving() {
        let player = Self.player([.server("hello"), .client("ask"), .server("one")])
        player.takeEnd(isReset: true, at: 1)
        #expect(player.obstacle == "the client reset the connection too early: expected A frame 2, text ask, and 1 message was not sent")
    }
}
