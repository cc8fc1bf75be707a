extension CatalogueEntry {
    /// Frame headers, masks, ping and pong (RFC 6455 §5).
    static func frame(_ rule: Rule) -> CatalogueEntry? {
        switch rule {
        case .maskMissing:
            violation(
                "RFC 6455 §5.1", "not masked", "A client must mask every frame that it sends.",
                "A server must close the connection. A proxy that re-frames, or a client that thinks it is a server, does this.")
        case .maskUnexpected:
            violation(
                "RFC 6455 §5.1", "masked by the server", "A server must not mask a frame.",
                "A client must close the connection. Seen where a client library is used to build a server.")
        case .maskZero:
            violation(
                "RFC 6455 §5.3, §10.3", "masks are all zero", "Masking keys must be unpredictable, and these are all 0.",
                "A client that saves itself the work of masking; a script can then put any bytes on the wire.")
        case .maskConstant:
            violation(
                "RFC 6455 §5.3, §10.3", "same mask each time", "Each frame must have a fresh masking key, and these are all the same.",
                "The key was chosen once, or is written into the client; a script can then put any bytes on the wire.")
        case .maskCounting:
            violation(
                "RFC 6455 §5.3, §10.3", "masks are counted", "Masking keys must be unpredictable, and these go up or down by a fixed step.",
                "The keys must come from a strong source of random numbers; a script can otherwise put any bytes on the wire.")
        case .reservedBits:
            violation(
                "RFC 6455 §5.2", "reserved bits set", "RSV1, RSV2 and RSV3 must be 0 unless an extension that defines them was agreed on.",
                "Often the sign that the stream got out of step: the bytes are not a frame header at all.")
        case .compressionNotAgreed:
            violation(
                "RFC 6455 §5.2", "RSV1 without compression", "RSV1 must be 0 unless an extension that defines it was agreed on.",
                "The sender compresses although the handshake did not agree on permessage-deflate, or a proxy changed the handshake.")
        case .compressionMisplaced:
            violation(
                "RFC 7692 §6.1", "RSV1 in the wrong place", "Only the first frame of a data message may have RSV1 set.",
                "The bit is repeated on each fragment, or put on a control frame, which is never compressed.")
        case .reservedOpcode:
            violation(
                "RFC 6455 §5.2", "reserved opcode", "Opcodes 3 to 7 and 11 to 15 are reserved and must fail the connection.",
                "Often the sign that the stream got out of step: the bytes are not a frame header at all.")
        case .httpInsteadOfFrames:
            violation(
                "RFC 6455 §5.1", "HTTP instead of frames", "After the upgrade only frames may be sent; these bytes are HTTP.",
                "A proxy that gives up after it passed on the 101, a framework that writes a response of its own, or a client's next request."
            )
        case .lengthNotMinimal:
            violation(
                "RFC 6455 §5.2", "length not minimal", "A payload length must be encoded in the fewest bytes that hold it.",
                "Harmless to most receivers, refused by strict ones.")
        case .lengthTopBit:
            violation(
                "RFC 6455 §5.2", "length above 2^63", "The most significant bit of a 64-bit length must be 0.",
                "A signed integer gone negative, or a stream that got out of step.")
        case .controlTooLong:
            violation(
                "RFC 6455 §5.5", "control frame too long", "Control frames must carry 125 bytes or fewer.",
                "Mostly a close reason that was not cut to 123 bytes.")
        case .controlFragmented:
            violation(
                "RFC 6455 §5.5", "control frame fragmented", "Control frames must not be fragmented.",
                "FIN must be 1 on every close, ping and pong.")
        case .pingUnanswered:
            violation(
                "RFC 6455 §5.5.2", "ping not answered", "A ping must be answered with a pong, as soon as is practical.",
                "The application does not read, so its library cannot answer, or the library leaves pings to the application.")
        case .pongUnsolicited:
            note(
                "RFC 6455 §5.5.3", "pong answers no ping", "A pong came that answers no ping, or with other data than the ping had.",
                "Allowed as a one-way heartbeat; otherwise the payload of the ping was not copied.")
        default: nil
        }
    }

    /// Messages, compressed or not (RFC 6455 §5.4, §8.1, RFC 7692 §7.2).
    static func message(_ rule: Rule) -> CatalogueEntry? {
        switch rule {
        case .continuationUnexpected:
            violation(
                "RFC 6455 §5.4", "nothing to continue", "A continuation frame must follow a data frame without FIN.",
                "The message before was already finished, or its first frame was lost on the way through a proxy.")
        case .messageInterrupted:
            violation(
                "RFC 6455 §5.4", "inside another message", "The frames of one message must not be interleaved with those of another.",
                "Two threads writing to one socket without a lock do this.")
        case .textNotUTF8:
            violation(
                "RFC 6455 §8.1", "text is not UTF-8", "A text message must be valid UTF-8 as a whole.",
                "The receiver must close with 1007. Binary data sent as text, another encoding, or a string cut inside a character.")
        case .deflateInvalid:
            violation(
                "RFC 7692 §7.2.2, §7.2.3.6", "does not inflate",
                "The payload of a compressed message must be valid DEFLATE data, and is never empty.",
                "Something changed the payload on its way, or it is not raw DEFLATE: a zlib or gzip header, say.")
        case .deflateWindow:
            violation(
                "RFC 7692 §7.1.2", "beyond the agreed window", "Compressed data must not refer further back than the agreed window.",
                "A receiver with only that window cannot inflate it. The sender ignores the window bits of the handshake.")
        case .deflateTakeover:
            violation(
                "RFC 7692 §7.1.1", "uses the messages before",
                "A sender without context takeover must begin each message with an empty window.",
                "A receiver that forgot the earlier messages cannot inflate it. The sender did not reset its compressor.")
        default: nil
        }
    }
}
