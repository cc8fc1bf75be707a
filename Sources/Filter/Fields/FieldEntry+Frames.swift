// Fields of frames and messages.
extension FieldEntry {
    static func header(_ field: Field) -> FieldEntry? {
        switch field {
        case .opcode:
            FieldEntry(
                .name, .header, "what the frame itself is: continuation, text, binary, close, ping, pong, or 0 to 15", "opcode == text",
                ["kind", "websocket.opcode"])
        case .from: FieldEntry(.name, .header, "who sent the frame: client or server", "from == client")
        case .fin: FieldEntry(.flag, .header, "the frame is the last of its message", "not fin", ["websocket.fin"])
        case .rsv: FieldEntry(.number, .header, "the three reserved bits, RSV1 being 4", "rsv == 4", ["websocket.rsv"])
        case .masked: FieldEntry(.flag, .header, "the frame has a masking key", "from == client and not masked", ["websocket.mask"])
        case .mask:
            FieldEntry(.number, .header, "the masking key as a number; absent without one", "mask == 0x00000000", ["websocket.masking_key"])
        case .length:
            FieldEntry(
                .size, .header, "payload bytes of the frame, as on the wire", "length > 64KiB", ["websocket.payload_length"])
        case .headerLength: FieldEntry(.size, .header, "bytes of the frame's header", "headerLength == 14")
        case .captured: FieldEntry(.size, .header, "payload bytes that were captured", "captured < 10")
        case .complete: FieldEntry(.flag, .header, "no byte of the payload is missing", "not complete")
        case .compressed: FieldEntry(.flag, .header, "the frame belongs to a compressed message", "compressed and length > 1kB")
        case .control: FieldEntry(.flag, .header, "the frame is a control frame: close, ping or pong", "not control")
        case .offset:
            FieldEntry(.size, .header, "where the frame begins in its direction's WebSocket bytes", "offset < 100")
        case .frame: FieldEntry(.number, .header, "number of the frame in its connection, from 1", "frame in (1..10)")
        case .packet:
            FieldEntry(.number, .header, "numbers of the packets that the frame came in", "packet == 6", ["packets", "frame.number"])
        case .time:
            FieldEntry(
                .time, .header, "when the first byte came: a time of day, a date, or both; UTC", "time >= \"14:03:00\"", ["frame.time"])
        case .endTime: FieldEntry(.time, .header, "when the last byte came", "endTime < \"2030-01-01\"")
        case .elapsed:
            FieldEntry(.duration, .header, "time since the connection began", "elapsed > 500ms")
        case .rtt:
            FieldEntry(.duration, .header, "time since the ping that a pong answers; absent otherwise", "rtt > 100us", ["roundTrip"])
        case .sourceAddress: FieldEntry(.address, .header, "address of the sender", "source.address == 127.0.0.1", ["ip.src", "ipv6.src"])
        case .sourcePort: FieldEntry(.number, .header, "TCP port of the sender", "source.port == 8765", ["tcp.srcport"])
        case .destinationAddress:
            FieldEntry(.address, .header, "address of the receiver", "destination.address == 127.0.0.0/8", ["ip.dst", "ipv6.dst"])
        case .destinationPort: FieldEntry(.number, .header, "TCP port of the receiver", "destination.port < 49152", ["tcp.dstport"])
        default: nil
        }
    }

    static func message(_ field: Field) -> FieldEntry? {
        switch field {
        case .message:
            FieldEntry(.number, .header, "number of the message in its connection, from 1; control frames count", "message == 3")
        case .messageOpcode:
            FieldEntry(
                .name, .header, "what the message is that the frame belongs to, known from its first frame", "message.opcode == text")
        case .ends: FieldEntry(.flag, .message, "the frame ends a message; always so for control frames", "not ends")
        case .messageLength:
            FieldEntry(.size, .message, "application bytes of the message, inflated", "message.length > 100")
        case .messageWireLength:
            FieldEntry(.size, .message, "payload bytes of the message on the wire", "message.wireLength < 20")
        case .messageFrames: FieldEntry(.number, .message, "frames of the message", "message.frames > 1")
        case .messageDuration:
            FieldEntry(.duration, .message, "time from the message's first byte to its last", "message.duration > 100us")
        case .text: FieldEntry(.text, .payload, "content of a text message", "text ~ /\"type\":\\s*\"say\"/i")
        case .bytes: FieldEntry(.bytes, .payload, "content of a message or control frame", "bytes contains 0x89504e47")
        case .json:
            FieldEntry(.json, .payload, "value at a path in a JSON message: json.a.b[0], json[\"a b\"].c", "json.type == \"price\"")
        case .closeCode:
            FieldEntry(
                .number, .payload, "code of a Close frame; absent where it has none", "close.code in (1006, 1011)",
                ["websocket.payload.close.status_code"])
        case .closeReason:
            FieldEntry(
                .text, .payload, "reason of a Close frame; absent where it has none", "close.reason contains \"locked\"",
                ["websocket.payload.close.reason"])
        default: nil
        }
    }
}
