import BinaryValues
import Bytes
import WebSocket

// Talks in protocols of which there is no recording, made from their documents.
extension Talk {
    static let made: [Talk] =
        [
            messagePackRPC, jupyter, jupyterBinary, discord, discordStream, etf, messagePack, cbor, bson, protobuf, zlib, gzip,
            wampBatch, wampBinaryBatch, jupyterBuffers,
        ] + (hasZstd ? [discordZstd, zstd] : [])

    /// The system has libzstd.
    static let hasZstd = ZstdStream() != nil

    private static let messagePackRPC = Talk("msgpack-rpc", subprotocol: "msgpack-rpc")
        .saying(.client, [0x94, 0, 1, 0xA3] + Array("sum".utf8) + [0x92, 1, 2])
        .saying(.server, [0x94, 1, 1, 0xC0, 3])
        .saying(.client, [0x93, 2, 0xA4] + Array("tell".utf8) + [0x90])
        .saying(.client, [0x94, 0, 2, 0xA4] + Array("fail".utf8) + [0x90])
        .saying(.server, [0x94, 1, 2, 0xA2] + Array("no".utf8) + [0xC0])

    private static func kernelMessage(_ type: String, _ id: String, parent: String, channel: String, content: String) -> String {
        #"{"header":{"msg_id":"\#(id)","msg_type":"\#(type)","session":"s","username":"u","date":"d","version":"5.3"},"#
            + #""parent_header":\#(parent),"metadata":{},"content":\#(content),"buffers":[],"channel":"\#(channel)"}"#
    }

    private static let jupyter = Talk("jupyter", target: "/api/kernels/7d5a1b7e-7d5a-4b7e/channels?session_id=s")
        .saying(.client, kernelMessage("execute_request", "a", parent: "{}", channel: "shell", content: #"{"code":"1+1"}"#))
        .saying(
            .server, kernelMessage("status", "b", parent: #"{"msg_id":"a"}"#, channel: "iopub", content: #"{"execution_state":"busy"}"#)
        )
        .saying(.server, kernelMessage("execute_reply", "c", parent: #"{"msg_id":"a"}"#, channel: "shell", content: #"{"status":"ok"}"#))
        .saying(
            .server, kernelMessage("status", "d", parent: #"{"msg_id":"a"}"#, channel: "iopub", content: #"{"execution_state":"idle"}"#))

    /// A message of `v1.kernel.websocket.jupyter.org`: a count, offsets, then the parts.
    private static func kernelParts(_ parts: [String]) -> [UInt8] {
        var offset = UInt64(8 * (parts.count + 2))
        var head = littleEndian(UInt64(parts.count + 1)) + littleEndian(offset)
        for part in parts {
            offset += UInt64(part.utf8.count)
            head += littleEndian(offset)
        }
        return head + parts.flatMap { Array($0.utf8) }
    }

    private static let jupyterBinary = Talk("jupyter v1", subprotocol: "v1.kernel.websocket.jupyter.org")
        .saying(.client, kernelParts(["shell", #"{"msg_id":"a","msg_type":"execute_request"}"#, "{}", "{}", #"{"code":"1"}"#]))
        .saying(
            .server,
            kernelParts(["shell", #"{"msg_id":"b","msg_type":"execute_reply"}"#, #"{"msg_id":"a"}"#, "{}", #"{"status":"error"}"#]))

    private static let jupyterBuffers = Talk("jupyter with buffers", target: "/api/kernels/0b1f7c9e-5a2d-4c3b/channels")
        .saying(.client, kernelMessage("execute_request", "a", parent: "{}", channel: "shell", content: #"{"code":"1"}"#))
        .saying(
            .server, buffered(kernelMessage("display_data", "b", parent: #"{"msg_id":"a"}"#, channel: "iopub", content: "{}"), [1, 2, 3]))

    /// A count of parts, their offsets, and the parts: the message and a buffer.
    private static func buffered(_ text: String, _ buffer: [UInt8]) -> [UInt8] {
        let offsets = [2, 12, UInt32(12 + text.utf8.count)]
        return offsets.flatMap { littleEndian($0).reversed() } + Array(text.utf8) + buffer
    }

    private static let gateway = "gateway.discord.gg"
    private static let discord = Talk("discord", target: "/?v=10&encoding=json", host: gateway)
        .saying(.server, #"{"op":10,"d":{"heartbeat_interval":41250},"s":null,"t":null}"#)
        .saying(.client, #"{"op":2,"d":{"token":"t","intents":1}}"#)
        .saying(.server, #"{"op":0,"d":{"v":10},"s":1,"t":"READY"}"#)
        .saying(.client, #"{"op":1,"d":1}"#)
        .saying(.server, #"{"op":11}"#)
        .saying(.server, #"{"op":0,"d":{"content":"hi"},"s":2,"t":"MESSAGE_CREATE"}"#)

    private static let discordStream = Talk("discord zlib-stream", target: "/?v=10&encoding=json&compress=zlib-stream", host: gateway)
        .saying(.server, [0x78, 1] + stored(#"{"op":10,"d":{"heartbeat_interval":41250}}"#, isLast: false) + [0, 0, 0, 0xFF, 0xFF])
        .saying(.client, #"{"op":1,"d":null}"#)
        // A piece in two messages.
        .saying(.server, Array(stored(#"{"op":11}"#, isLast: false).prefix(8)))
        .saying(.server, Array(stored(#"{"op":11}"#, isLast: false).dropFirst(8)) + [0, 0, 0, 0xFF, 0xFF])

    private static let discordZstd = Talk("discord zstd-stream", target: "/?v=10&encoding=json&compress=zstd-stream", host: gateway)
        .saying(.server, frame + raw(#"{"op":10,"d":{"heartbeat_interval":41250}}"#))
        .saying(.client, #"{"op":1,"d":null}"#)
        .saying(.server, raw(#"{"op":11}"#))

    private static let zstd = Talk("zstd").saying(.server, frame + raw(json, isLast: true))

    /// The beginning of a zstd frame with a window of 1 KiB and nothing else (RFC 8878 §3.1.1.1).
    private static let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0, 0]

    /// A raw block of zstd (RFC 8878 §3.1.1.2).
    private static func raw(_ text: String, isLast: Bool = false) -> [UInt8] {
        littleEndian(UInt32(text.utf8.count) << 3 | (isLast ? 1 : 0)).prefix(3) + Array(text.utf8)
    }

    private static let etf = Talk("etf", subprotocol: "etf")
        .saying(.server, [131, 116, 0, 0, 0, 2, 119, 2] + Array("op".utf8) + [97, 11, 119, 4] + Array("data".utf8) + [106])

    private static let twoMembers: [UInt8] = Array("type".utf8) + [0xA3] + Array("add".utf8)
    private static let messagePack = Talk("msgpack")
        .saying(.client, [0x82, 0xA4] + twoMembers + [0xA3] + Array("nsp".utf8) + [0x92, 1, 0xC3])
        .saying(.server, [0x81, 0xA2] + Array("id".utf8) + [0xC7, 2, 5, 1, 2])

    private static let cbor = Talk("cbor")
        .saying(.client, [0xA2, 0x64] + Array("type".utf8) + [0x63] + Array("add".utf8) + [0x62] + Array("of".utf8) + [0x82, 1, 0xF5])
        .saying(.server, [0xBF, 0x62] + Array("id".utf8) + [0xFB, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0, 0xFF])

    private static let bson = Talk("bson", subprotocol: "bson")
        .saying(.client, [0x16, 0, 0, 0, 2] + Array("hello\u{0}".utf8) + [6, 0, 0, 0] + Array("world\u{0}".utf8) + [0])

    private static let protobuf = Talk("protobuf", subprotocol: "protobuf")
        .saying(.client, [0x08, 0x96, 0x01, 0x12, 7] + Array("testing".utf8) + [0x1A, 2, 0x08, 5])

    private static let zlib = Talk("zlib").saying(.server, [0x78, 1] + stored(json, isLast: true) + Checksum.adler(Array(json.utf8)))
    private static let gzip = Talk("gzip")
        .saying(
            .server,
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF] + stored(json, isLast: true) + Checksum.crc(Array(json.utf8))
                + littleEndian(UInt32(json.utf8.count)))
    private static let json = #"{"type":"tick","price":12.5}"#

    private static let wampBatch = Talk("wamp batched", subprotocol: "wamp.2.json.batched")
        .saying(.client, #"[1,"realm1",{}]"#)
        .saying(.server, #"[2,7,{}]"#)
        .saying(.client, "[48,1,{},\"sum\",[1]]\u{18}[32,2,{},\"topic\"]\u{18}")
        .saying(.server, "[50,1,{},[1]]\u{18}[33,2,9]\u{18}[36,9,3,{},[\"x\"]]\u{18}")

    private static let wampBinaryBatch = Talk("wamp msgpack batched", subprotocol: "wamp.2.msgpack.batched")
        .saying(
            .client, [0, 0, 0, 8, 0x94, 48, 1, 0x80, 0xA3] + Array("sum".utf8) + [0, 0, 0, 8, 0x94, 48, 2, 0x80, 0xA3] + Array("add".utf8)
        )
        .saying(.server, [0, 0, 0, 4, 0x93, 50, 2, 0x80, 0, 0, 0, 4, 0x93, 50, 1, 0x80])

    /// A stored block of DEFLATE (RFC 1951 §3.2.4).
    private static func stored(_ text: String, isLast: Bool) -> [UInt8] {
        let count = UInt16(text.utf8.count)
        return [isLast ? 1 : 0] + littleEndian(count) + littleEndian(~count) + Array(text.utf8)
    }

    static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> Number(8 * $0)) }
    }
}

/// The checksums of zlib (RFC 1950 §9) and gzip (RFC 1952 §8), bit by bit.
private enum Checksum {
    static func adler(_ bytes: [UInt8]) -> [UInt8] {
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return [UInt8(high >> 8), UInt8(high & 0xFF), UInt8(low >> 8), UInt8(low & 0xFF)]
    }

    static func crc(_ bytes: [UInt8]) -> [UInt8] {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xEDB8_8320 }
        }
        return Talk.littleEndian(~crc)
    }
}
