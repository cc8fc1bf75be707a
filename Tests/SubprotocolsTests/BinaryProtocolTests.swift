import BinaryValues
import TestSupport
import Testing
import WebSocket

@testable import Subprotocols

/// Messages as bytes: the parts of text as they stand.
private func packed(_ parts: Any...) -> [UInt8] {
    parts.flatMap { part -> [UInt8] in
        switch part {
        case let text as String: Array(text.utf8)
        case let number as Int: [UInt8(truncatingIfNeeded: number)]
        case let bytes as [UInt8]: bytes
        default: []
        }
    }
}

/// A text of MessagePack, shorter than 32 bytes.
private func text(_ word: String) -> [UInt8] { [0xA0 | UInt8(word.utf8.count)] + Array(word.utf8) }

private func littleEndian(_ number: Int) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }

@Suite struct BinaryProtocolTests {
    @Test("WAMP's messages are the same as MessagePack")
    func wamp() {
        let script = Script(subprotocol: "wamp.2.msgpack")
        // [48, 7, {}, "add", [1, 2]], [50, 7, {}, [3]], [8, 48, 8, {}, "no"]
        #expect(
            script.binary(.client, packed(0x95, 48, 7, 0x80, text("add"), 0x92, 1, 2)) == ["request CALL add #7"])
        #expect(script.value == #"[48,7,{},"add",[1,2]]"#)
        #expect(script.binary(.server, packed(0x94, 50, 7, 0x80, 0x91, 3)) == ["response RESULT add #7 @1 1ms ok"])
        script.binary(.client, packed(0x94, 48, 8, 0x80, text("div")))
        #expect(script.binary(.server, packed(0x95, 8, 48, 8, 0x80, text("no"))) == ["error ERROR div #8 @3 1ms error (no)"])
        let cbor = Script(subprotocol: "wamp.2.cbor")
        #expect(cbor.binary(.client, packed(0x84, 0x18, 48, 7, 0xA0, 0x63, "add")) == ["request CALL add #7"])
        #expect(cbor.send(.client, "[48,7,{},\"add\"]") == [])
    }

    @Test("SignalR's records have their lengths before them")
    func signalR() {
        let script = Script(target: "/hub?id=1")
        script.send(.client, "{\"protocol\":\"messagepack\",\"version\":1}\u{1E}")
        #expect(script.binary(.server, packed("{}", 0x1E)) == ["setup Handshake @1 1ms ok"])
        let invocation = packed(0x95, 1, 0x80, text("4"), text("Add"), 0x91, 1)
        let ping = packed(0x91, 6)
        #expect(
            script.binary(.client, packed(invocation.count, invocation, ping.count, ping)) == [
                "request Invocation Add #4", "heartbeat Ping",
            ])
        let failure = packed(0x95, 3, 0x80, text("4"), 1, text("bad"))
        #expect(script.binary(.server, packed(failure.count, failure)) == ["error Completion Add #4 @3 1ms error (bad)"])
        // A length beyond the message.
        #expect(script.binary(.server, [200, 1, 0x91, 6]) == [])
    }

    @Test("a packet of Socket.IO as MessagePack is told from what an application sends")
    func socketIO() {
        let script = Script(target: "/socket.io/?EIO=4&transport=websocket")
        let event = packed(
            0x84, text("type"), 2, text("data"), 0x91, text("hi"), text("nsp"), text("/"), text("id"), 3)
        #expect(script.binary(.client, event) == ["request EVENT hi #3"])
        let ack = packed(0x84, text("type"), 3, text("data"), 0x90, text("nsp"), text("/"), text("id"), 3)
        #expect(script.binary(.server, ack) == ["response ACK hi #3 @1 1ms ok"])
        #expect(script.binary(.client, [1, 2, 3]) == ["event message"])
    }

    @Test("MessagePack-RPC is recognised by a whole request, and by nothing less")
    func messagePackRPC() {
        let script = Script()
        #expect(script.binary(.client, packed(0x94, 0, 1, text("sum"), 0x92, 1, 2)) == ["request request sum #1"])
        #expect(script.binary(.server, packed(0x94, 1, 1, 0xC0, 3)) == ["response response sum #1 @1 1ms ok"])
        #expect(script.binary(.server, packed(0x93, 2, text("tick"), 0x90)) == ["event notification tick"])
        for other in [packed(0x94, 0, 1, 2, 3), packed(0x94, 0, 1, text("a b"), 0x90), packed(0x94, 0, 1, text("sum"), 0x90, 0)] {
            #expect(Script().binary(.client, other) == [])
        }
    }

    @Test("a kernel's reply ends a request, and what it publishes belongs to it")
    func jupyter() {
        let script = Script(target: "/api/kernels/7d5a1b/channels?session_id=a")
        #expect(
            script.send(
                .client,
                #"{"header":{"msg_id":"a1","msg_type":"execute_request"},"parent_header":{},"content":{"code":"1"},"channel":"shell"}"#)
                == ["request execute_request shell #a1"])
        #expect(
            script.send(
                .server, #"{"header":{"msg_id":"b1","msg_type":"status"},"parent_header":{"msg_id":"a1"},"content":{},"channel":"iopub"}"#)
                == ["stream status iopub #a1 @1 1ms"])
        #expect(
            script.send(
                .server,
                #"{"header":{"msg_id":"b2","msg_type":"execute_reply"},"parent_header":{"msg_id":"a1"},"content":{"status":"error","ename":"E","evalue":"v"},"channel":"shell"}"#
            ) == ["error execute_reply shell #a1 @1 2ms error (E v)"])
    }

    @Test("Jupyter's table of offsets is read, and refused where it is none")
    func jupyterV1() {
        let parts = [
            "shell", #"{"msg_id":"a1","msg_type":"kernel_info_request"}"#, "{}", "{}", "{}",
        ]
        var offsets: [Int] = [8 * 7]
        for part in parts { offsets.append(offsets[offsets.count - 1] + part.utf8.count) }
        let message = packed(littleEndian(6), offsets.flatMap(littleEndian), parts.joined())
        let script = Script(subprotocol: "v1.kernel.websocket.jupyter.org")
        #expect(script.binary(.client, message) == ["request kernel_info_request shell #a1"])
        for count in 0..<message.count {
            #expect(Script(subprotocol: "v1.kernel.websocket.jupyter.org").binary(.client, Array(message.prefix(count))) == [])
        }
    }

    @Test("Discord's payloads are read as JSON and as Erlang's terms; a heartbeat has its acknowledgement")
    func discord() {
        let script = Script(target: "/?v=10&encoding=json", host: "gateway.discord.gg")
        #expect(script.send(.server, #"{"t":null,"s":null,"op":10,"d":{"heartbeat_interval":41250}}"#) == ["setup Hello 41250"])
        #expect(script.send(.client, #"{"op":2,"d":{"token":"t"}}"#) == ["setup Identify"])
        #expect(script.send(.server, #"{"t":"READY","s":1,"op":0,"d":{}}"#) == ["setup Dispatch READY #1 @2 1ms ok"])
        #expect(script.send(.client, #"{"op":1,"d":1}"#) == ["heartbeat Heartbeat"])
        #expect(script.send(.server, #"{"op":11}"#) == ["heartbeat Heartbeat ACK @4 1ms ok"])
        let terms = Script(target: "/?v=10&encoding=etf", host: "gateway.discord.gg")
        // #{op => 11, d => nil}
        #expect(
            terms.binary(.server, packed(131, 116, 0, 0, 0, 2, 119, 2, "op", 97, 11, 119, 1, "d", 119, 3, "nil")) == [
                "heartbeat Heartbeat ACK"
            ])
        #expect(terms.value == #"{"op":11,"d":null}"#)
    }

    @Test("a zlib stream over messages is inflated with one context; what follows something missing is not")
    func discordStream() {
        // Two pieces of one stream, `{"op":11}` each, as stored blocks with an empty one after each.
        func piece(_ text: String) -> [UInt8] {
            let count = text.utf8.count
            return packed(0, count, 0, ~count, 0xFF, text, 0, 0, 0, 0xFF, 0xFF)
        }
        let first = [0x78, 0x01] + piece(#"{"op":11}"#)
        let second = piece(#"{"t":"A","op":0}"#)
        let target = "/?v=10&encoding=json&compress=zlib-stream"
        let script = Script(target: target, host: "gateway.discord.gg")
        #expect(script.binary(.server, first) == ["heartbeat Heartbeat ACK"])
        #expect(script.binary(.server, Array(second.prefix(7))) == [])
        #expect(script.binary(.server, Array(second.dropFirst(7))) == ["event Dispatch A from 2"])
        let midway = Script(target: target, host: "gateway.discord.gg")
        #expect(midway.binary(.server, second) == [])
        #expect(midway.binary(.server, first) == [])
        let gap = Script(target: target, host: "gateway.discord.gg")
        gap.binary(.server, first)
        #expect(gap.send(.server, second, isText: false, isWhole: false) == [])
        #expect(gap.binary(.server, second) == [])
    }

    @Test("a zstd stream has a payload in each message, and one context", .enabled(if: ZstdStream() != nil, "libzstd is not installed"))
    func discordZstd() {
        // Written by libzstd 1.5: two payloads of one stream, flushed after each, the second of which refers to the first.
        let first = bytes(
            "28b52ffd0058e001007b2274223a6e756c6c2c2273223a6e756c6c2c226f70223a31302c2264223a7b226865617274626561745f696e74657276616c223a34313235307d7d"
        )
        let second = bytes("fc0000a07b2274223a225245414459223176223a31307d7d03005e11f83a57b84212")
        let third = bytes("74000030316e756c6c7d02002088b90420")
        let target = "/?v=10&encoding=json&compress=zstd-stream"
        let script = Script(target: target, host: "gateway.discord.gg")
        #expect(script.binary(.server, first) == ["setup Hello 41250"])
        #expect(script.send(.client, #"{"op":2,"d":{"token":"t"}}"#) == ["setup Identify"])
        #expect(script.binary(.server, second) == ["setup Dispatch READY #1 @2 1ms ok"])
        #expect(script.value == #"{"t":"READY","s":1,"op":0,"d":{"v":10}}"#)
        #expect(script.binary(.server, third) == ["heartbeat Heartbeat ACK"])
        // After something missing, nothing can be read.
        let midway = Script(target: target, host: "gateway.discord.gg")
        #expect(midway.binary(.server, second) == [])
        #expect(midway.binary(.server, first) == [])
        for count in 0..<first.count {
            #expect(Script(target: target, host: "gateway.discord.gg").binary(.server, Array(first.prefix(count))) == [])
        }
    }

    @Test("what zstd makes of little is bounded", .enabled(if: ZstdStream() != nil, "libzstd is not installed"))
    func zstdBomb() {
        // Blocks of four bytes that stand for 128 KiB each (RFC 8878 §3.1.1.2.2).
        let block: [UInt8] = [0x02, 0x00, 0x10, 0x20]
        let bomb: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0, 0x58] + [[UInt8]](repeating: block, count: 4_000).joined()
        let script = Script(target: "/?v=10&encoding=json&compress=zstd-stream", host: "gateway.discord.gg")
        #expect(script.binary(.server, bomb) == [])
        #expect(Script().binary(.server, bomb) == [])
        // A window of 2 GiB is not taken memory for.
        let wide = Script(target: "/?v=10&encoding=json&compress=zstd-stream", host: "gateway.discord.gg")
        #expect(wide.binary(.server, [0x28, 0xB5, 0x2F, 0xFD, 0, 0xA8] + block) == [])
    }

    private func bytes(_ digits: String) -> [UInt8] {
        let digits = Array(digits)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16)! }
    }

    @Test("a map of words is evidence of its format, and what is less than that is none")
    func shapes() {
        let map = packed(0x82, text("type"), text("tick"), text("price"), 0xCB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0)
        let script = Script()
        #expect(script.binary(.server, map) == ["event message"])
        #expect(script.conversation.name?.description == "msgpack")
        #expect(script.value == #"{"type":"tick","price":1.5}"#)
        // Others are not misread.
        #expect(script.binary(.server, [1, 2, 3]) == [])
        #expect(script.conversation.state == .recognised(.messages))
        let cbor = Script()
        cbor.binary(.server, packed(0xA2, 0x64, "type", 0x64, "tick", 0x65, "price", 0x01))
        #expect(cbor.conversation.name?.description == "cbor")
        for none in [
            packed(0x81, text("type"), text("one member")), packed(0x82, text("a"), text("short"), text("b"), text("names")),
            // What JSON has no word for is an object there, and no map here.
            [215, 20, 56, 23, 193, 178, 67, 238, 168, 56], [196, 162, 226, 6, 102, 190, 118, 98, 114, 44, 113, 247], map + [0],
            Array(map.dropLast()), packed(0x08, 0x96, 0x01, 0x12, 7, "testing"), packed(0x93, 1, 2, 3, 4, 5, 6, 7, 8, 9),
        ] {
            #expect(Script().binary(.server, none) == [])
        }
        #expect(Script(subprotocol: "protobuf").binary(.server, packed(0x12, 7, "testing")) == ["event message"])
    }

    @Test("bytes at random are no protocol's")
    func noise() {
        var random = SeededRandom(11)
        for _ in 0..<5_000 {
            let script = Script()
            for _ in 0..<8 {
                let bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                #expect(script.binary(Bool.random(using: &random) ? .client : .server, bytes) == [], "\(bytes)")
            }
        }
    }
}
