import Testing
import WebSocket
import TestSupport

@testable import Subprotocols

/// Messages that nobody would send but to break a decoder.
@Suite struct HostileTests {
    private static let handshakes: [(String?, String)] = [
        ("graphql-transport-ws", "/"), ("graphql-ws", "/"), ("v12.stomp", "/"), ("mqtt", "/"), ("actioncable-v1-json", "/"),
        ("wamp.2.json", "/"), ("ocpp1.6", "/"), (nil, "/socket.io/?EIO=4&transport=websocket"),
        (nil, "/socket.io/?EIO=3&transport=websocket"),
        (nil, "/hub?id=1"), (nil, "/socket/websocket?vsn=2.0.0"), (nil, "/app/k?protocol=7"), (nil, "/devtools/page/1"), (nil, "/session"),
        ("v4.channel.k8s.io", "/"), ("centrifuge-json", "/"), (nil, "/api/websocket"), (nil, "/echo/123/abc/websocket"),
        ("wamp.2.msgpack", "/"), ("wamp.2.cbor", "/"), ("msgpack-rpc", "/"), ("v1.kernel.websocket.jupyter.org", "/"),
        (nil, "/api/kernels/7d5a1b7e/channels"), (nil, "/?v=10&encoding=json"), (nil, "/?v=10&encoding=etf"),
        (nil, "/?v=10&encoding=json&compress=zlib-stream"), ("msgpack", "/"), ("cbor", "/"), ("bson", "/"), ("etf", "/"), ("protobuf", "/"),
        (nil, "/"),
    ]
    /// Whole messages of the formats that are not text.
    private static let binaryMessages: [[UInt8]] = [
        [0x95, 48, 7, 0x80, 0xA3, 0x61, 0x64, 0x64, 0x92, 1, 2], [0x84, 0x18, 48, 7, 0xA0, 0x63, 0x61, 0x64, 0x64],
        [0x94, 0, 1, 0xA3, 0x73, 0x75, 0x6D, 0x92, 1, 2], [0x94, 1, 1, 0xC0, 3], [8, 0x95, 1, 0x80, 0xA1, 0x34, 0xA1, 0x41, 0x90],
        [131, 116, 0, 0, 0, 1, 119, 2, 0x6F, 0x70, 97, 11],
        [0x78, 1, 0, 9, 0, 0xF6, 0xFF] + Array(#"{"op":11}"#.utf8) + [0, 0, 0, 0xFF, 0xFF],
        [0x82, 0xA4] + Array("type".utf8) + [2, 0xA3] + Array("nsp".utf8) + [0xA1, 0x2F],
        [0x16, 0, 0, 0, 2] + Array("hello\u{0}".utf8) + [6, 0, 0, 0] + Array("world\u{0}".utf8) + [0], [0x12, 7] + Array("testing".utf8),
        [6, 0, 0, 0, 0, 0, 0, 0, 56, 0, 0, 0, 0, 0, 0, 0, 56, 0, 0, 0, 0, 0, 0, 0],
    ]
    private static let messages = [
        #"{"jsonrpc":"2.0","id":1,"method":"sum","params":[1]}"#, #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}}"#,
        #"{"id":"1","type":"subscribe","payload":{"query":"query A($a: Int) { b(c: $a) }"}}"#, #"{"id":"1","type":"next","payload":{}}"#,
        #"451-/n,12["event",{"_placeholder":true,"num":0}]"#, "43/n,12[]", "0{\"sid\":\"a\"}", "41/n", "40", "2probe",
        "{\"protocol\":\"json\",\"version\":1}\u{1E}{\"type\":1,\"target\":\"t\",\"invocationId\":\"0\"}\u{1E}",
        "CONNECT\naccept-version:1.2\nhost:h\n\n\u{0}", "SEND\ndestination:/d\nreceipt:1\ncontent-length:1\n\nx\u{0}\n",
        #"["1","2","topic","event",{"status":"ok"}]"#, #"{"command":"subscribe","identifier":"{\"channel\":\"C\"}"}"#,
        #"[48,1,{"progress":true},"uri",[]]"#, #"[8,48,1,{},"e"]"#, #"[2,"id","BootNotification",{}]"#,
        #"{"type":"auth_required"}"#, #"{"id":1,"type":"ping"}"#, #"{"id":1,"connect":{"token":"t"}}"#, "{}\n{}", "o", #"a["x","y"]"#,
        #"c[1,"r"]"#,
        #"{"msg":"connect","version":"1","support":["1"]}"#, #"{"msg":"ready","subs":["a"]}"#, #"["REQ","s",{}]"#, #"["OK","e",true,""]"#,
        #"{"method":"SUBSCRIBE","params":["a@b"],"id":1}"#, #"{"stream":"a@b","data":{}}"#, #"{"type":"hello","num_connections":1}"#,
        #"{"event":"pusher:subscribe","data":{"channel":"c"}}"#, #"{"id":1,"method":"session.new","params":{}}"#,
    ]

    /// Tells one protocol, and no other looks at it there.
    private static let host = "gateway.discord.gg"

    @Test("messages with bytes changed, dropped and added are decoded or refused, and nothing traps")
    func mutations() {
        var random = SeededRandom(1)
        var operationCount = 0
        for (subprotocol, target) in Self.handshakes {
            for _ in 0..<200 {
                let script = Script(subprotocol: subprotocol, target: target, host: Self.host)
                for _ in 0..<12 {
                    let isBinary = Bool.random(using: &random)
                    var bytes =
                        isBinary
                        ? Self.binaryMessages.randomElement(using: &random)! : Array(Self.messages.randomElement(using: &random)!.utf8)
                    random.damage(&bytes, times: 0...3)
                    operationCount +=
                        script.send(
                            Bool.random(using: &random) ? .client : .server, bytes,
                            isText: Int.random(in: 0..<5, using: &random) > 0 && !isBinary,
                            isWhole: Int.random(in: 0..<8, using: &random) > 0
                        ).count
                }
            }
        }
        #expect(operationCount > 500)
    }

    @Test("random packets in place of MQTT's never trap")
    func randomPackets() {
        var random = SeededRandom(2)
        var known = 0
        for _ in 0..<2_000 {
            let script = Script(subprotocol: "mqtt")
            for _ in 0..<4 {
                let type = UInt8.random(in: 0...15, using: &random) << 4 | [0, 2, 4, 5].randomElement(using: &random)!
                let body = (0..<Int.random(in: 0...20, using: &random)).map { _ in UInt8.random(in: 0...8, using: &random) }
                known += script.binary(Bool.random(using: &random) ? .client : .server, [type, UInt8(body.count)] + body).count
            }
        }
        #expect(known > 1_000)
    }

    @Test("a million brackets, names or records take linear time, and are limited")
    func bombs() {
        let deep = Array(repeating: UInt8(ascii: "["), count: 1_000_000)
        let wide =
            Array("[".utf8) + Array(String(repeating: #"{"jsonrpc":"2.0","method":"m"},"#, count: 20_000).utf8.dropLast()) + Array("]".utf8)
        let records = Array(String(repeating: "{\"type\":6}\u{1E}", count: 50_000).utf8)
        for (subprotocol, target) in Self.handshakes {
            let script = Script(subprotocol: subprotocol, target: target, host: Self.host)
            for bytes in [deep, wide, records] {
                #expect(script.send(.client, bytes).count <= Meaning.operationLimit)
            }
            for byte in [0x81, 0x91, 0x9F, 0xC1, 0x0A, 0x00, 0x83] as [UInt8] {
                let bomb = Script(subprotocol: subprotocol, target: target, host: Self.host)
                #expect(bomb.binary(.server, Array(repeating: byte, count: 200_000)).count <= Meaning.operationLimit)
            }
        }
        let script = Script()
        #expect(script.send(.client, wide).count == Meaning.operationLimit)
        #expect(script.conversation.dialogue.meaning.omittedCount == 20_000 - Meaning.operationLimit)
    }

    @Test("open requests are bounded: the oldest is forgotten, and counted")
    func manyRequests() {
        let script = Script()
        for id in 0..<OpenRequests.limit + 10 { script.send(.client, #"{"jsonrpc":"2.0","id":\#(id),"method":"m"}"#) }
        let requests = script.conversation.unanswered(limit: 10_000)
        #expect(requests.named.count == OpenRequests.limit && requests.omittedCount == 0 && requests.unpairedCount == 10)
        #expect(script.send(.server, #"{"jsonrpc":"2.0","id":10,"result":0}"#) == ["response response m #10 @11 4096ms ok"])
        #expect(script.send(.server, #"{"jsonrpc":"2.0","id":9,"result":0}"#) == ["response response #9 ok"])
    }
}
