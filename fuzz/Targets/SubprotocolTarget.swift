import Bytes
import Subprotocols
import WebSocket

extension FuzzTarget {
    /// Messages of every protocol that is decoded: texts lie within their bounds, values are JSON, and operations are limited.
    static let subprotocol = FuzzTarget("subprotocol") { input throws(Broken) in
        var script = InputScript(input)
        let handshake = handshakes[Int(script.byte()) % handshakes.count]
        let host = hosts[handshake.1] ?? "gateway.discord.gg"
        let conversation = Conversation(HandshakeFacts(subprotocol: handshake.0, target: handshake.1, host: host))
        var number: UInt64 = 0
        var areUTF8 = true
        while !script.isAtEnd, number < 256 {
            number += 1
            let choice = script.byte()
            let content = script.take(script.number16())
            let isUTF8 = String(validating: content, as: UTF8.self) != nil
            areUTF8 = areUTF8 && isUTF8
            let facts = MessageFacts(
                number: number, side: choice & 1 == 0 ? .client : .server, startTime: Int64(number) * 1_000_000,
                endTime: Int64(number) * 1_000_000, isText: choice & 2 == 0 && isUTF8, isWhole: choice & 0x1C != 0x1C)
            _ = conversation.take(content.span, facts)
            // A message may name what an earlier one said.
            try check(conversation, areUTF8)
        }
        _ = conversation.take(
            closeCode: UInt16(truncatingIfNeeded: input.count),
            MessageFacts(
                number: number + 1, side: .client, startTime: 0, endTime: 0, isText: false, isWhole: true))
        let requests = conversation.unanswered(limit: 10)
        try demand(requests.named.count <= 10 && requests.omittedCount < 1 << 40, "more requests are named than were asked for")
    }

    private static func check(_ conversation: Conversation, _ isUTF8: Bool) throws(Broken) {
        let count = conversation.dialogue.meaning.operations.count
        try demand(count <= Meaning.operationLimit, "\(count) operations in a message")
        for index in 0..<count {
            let operation = conversation.dialogue.meaning.operations[index]
            for text in [operation.word, operation.name, operation.detail, operation.id, operation.reason, operation.requestWord] {
                try demand(text.count <= Meaning.textLimit, "a text of \(text.count) bytes")
                let bytes = conversation.dialogue.meaning.bytes(of: text).copied()
                if isUTF8 { try demand(String(validating: bytes, as: UTF8.self) != nil, "a text is cut inside a character: \(bytes)") }
            }
            let value = conversation.dialogue.meaning.bytes(of: operation.value).copied()
            try demand(value.count <= Meaning.valueLimit, "a value of \(value.count) bytes")
            if isUTF8, !value.isEmpty { try Promise.json(value, "the value of \(operation.type)") }
            if let latency = operation.latency { try demand(latency >= 0, "an answer before its request") }
        }
    }

    /// Subprotocol and target, which say what is spoken.
    private static let handshakes: [(String?, String)] = [
        (nil, "/"), ("graphql-transport-ws", "/"), ("graphql-ws", "/"), ("v12.stomp", "/"), ("mqtt", "/"), ("actioncable-v1-json", "/"),
        ("wamp.2.json", "/"), ("ocpp1.6", "/"), (nil, "/socket.io/?EIO=4&transport=websocket"),
        (nil, "/socket.io/?EIO=3&transport=websocket"), (nil, "/hub?id=1"), (nil, "/socket/websocket?vsn=2.0.0"),
        (nil, "/app/k?protocol=7"), (nil, "/devtools/page/1"), (nil, "/session"), ("v4.channel.k8s.io", "/"), ("centrifuge-json", "/"),
        (nil, "/api/websocket"), (nil, "/echo/123/abc/websocket"), ("wamp.2.msgpack", "/"), ("wamp.2.cbor", "/"), ("msgpack-rpc", "/"),
        ("v1.kernel.websocket.jupyter.org", "/"), (nil, "/api/kernels/7d5a1b7e/channels"), (nil, "/?v=10&encoding=json"),
        (nil, "/?v=10&encoding=etf"), (nil, "/?v=10&encoding=json&compress=zlib-stream"), ("msgpack", "/"), ("cbor", "/"), ("bson", "/"),
        ("etf", "/"), ("protobuf", "/"), ("mqttv3.1", "/"), ("v10.stomp", "/"),
        ("xmpp", "/"), ("sip", "/"), ("vite-hmr", "/"), ("centrifuge-protobuf", "/"), (nil, "/link"), (nil, "/ws/btcusdt@trade"),
        (nil, "/hocuspocus"),
    ]
    /// Where the host tells what is spoken.
    private static let hosts = ["/link": "wss-primary.slack.com", "/ws/btcusdt@trade": "stream.binance.com", "/hocuspocus": "example.com"]
}
