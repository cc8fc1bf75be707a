extension Rule {
    /// The label says already what was found.
    public var isToldByLabel: Bool {
        switch self {
        case .maskMissing, .maskUnexpected, .controlFragmented, .closeBodyTooShort: true
        default: false
        }
    }
}

/// What the catalogue says of a rule.
///
/// `wsray explain` and the reports print from here and nowhere else.
public struct CatalogueEntry: Sendable {
    public var severity: Severity
    /// Where it is written: `RFC 6455 §5.1`; nil for what no RFC rules.
    public var section: StaticString?
    /// Few words for the end of a timeline row.
    public var label: StaticString
    /// One sentence: what must hold.
    public var sentence: StaticString
    /// What usually causes it, or what to do.
    public var advice: StaticString

    static func of(_ rule: Rule) -> CatalogueEntry {
        switch rule {
        case .acceptMissing, .acceptWrong: handshake(rule)
        case .maskMissing, .maskUnexpected, .reservedBits, .reservedOpcode, .lengthNotMinimal, .lengthTopBit, .controlTooLong,
            .controlFragmented:
            frame(rule)
        case .continuationUnexpected, .messageInterrupted, .textNotUTF8, .deflateInvalid: message(rule)
        case .closeBodyTooShort, .closeCodeInvalid, .closeReasonNotUTF8, .frameAfterClose: close(rule)
        default: capture(rule)
        }
    }

    private static func violation(
        _ section: StaticString, _ label: StaticString, _ sentence: StaticString, _ advice: StaticString
    ) -> CatalogueEntry {
        CatalogueEntry(severity: .violation, section: section, label: label, sentence: sentence, advice: advice)
    }

    private static func note(_ label: StaticString, _ sentence: StaticString, _ advice: StaticString) -> CatalogueEntry {
        CatalogueEntry(severity: .note, section: nil, label: label, sentence: sentence, advice: advice)
    }

    private static func handshake(_ rule: Rule) -> CatalogueEntry {
        rule == .acceptMissing
            ? violation(
                "RFC 6455 §4.2.2", "no Sec-WebSocket-Accept",
                "A server that accepts an upgrade must prove it with a Sec-WebSocket-Accept header.",
                "A client must fail this connection. Often a proxy or a hand-written server answers 101 by itself.")
            : violation(
                "RFC 6455 §4.2.2", "wrong Sec-WebSocket-Accept",
                "Sec-WebSocket-Accept must be the base64 of the SHA-1 of the client's key and the fixed GUID.",
                "A client must fail this connection. Look for a cached 101, a key changed on the way, or a mistake in the server's hash.")
    }

    private static func frame(_ rule: Rule) -> CatalogueEntry {
        switch rule {
        case .maskMissing:
            violation(
                "RFC 6455 §5.1", "not masked", "A client must mask every frame that it sends.",
                "A server must close the connection. A proxy that re-frames, or a client that thinks it is a server, does this.")
        case .maskUnexpected:
            violation(
                "RFC 6455 §5.1", "masked by the server", "A server must not mask a frame.",
                "A client must close the connection. Seen where a client library is used to build a server.")
        case .reservedBits:
            violation(
                "RFC 6455 §5.2", "reserved bits set", "RSV1, RSV2 and RSV3 must be 0 unless an extension that defines them was agreed on.",
                "RSV1 means a compressed message, which only permessage-deflate allows, and only on a message's first frame.")
        case .reservedOpcode:
            violation(
                "RFC 6455 §5.2", "reserved opcode", "Opcodes 3 to 7 and 11 to 15 are reserved and must fail the connection.",
                "Often the sign that the stream got out of step: the bytes are not a frame header at all.")
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
        default:
            violation(
                "RFC 6455 §5.5", "control frame fragmented", "Control frames must not be fragmented.",
                "FIN must be 1 on every close, ping and pong.")
        }
    }

    private static func message(_ rule: Rule) -> CatalogueEntry {
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
        default:
            violation(
                "RFC 7692 §7.2.2", "does not inflate", "The payload of a compressed message must be valid DEFLATE data.",
                "The two sides disagree about context takeover, or something changed the payload on its way.")
        }
    }

    private static func close(_ rule: Rule) -> CatalogueEntry {
        switch rule {
        case .closeBodyTooShort:
            violation(
                "RFC 6455 §5.5.1", "close body of 1 byte", "The body of a Close frame is empty or begins with a 2-byte code.",
                "The sender wrote the code as one byte or as text.")
        case .closeCodeInvalid:
            violation(
                "RFC 6455 §7.4", "close code not allowed", "A Close frame must carry a code that may be sent.",
                "1005, 1006 and 1015 only ever appear in APIs; below 1000, 1016–2999 and above 4999 are not assigned.")
        case .closeReasonNotUTF8:
            violation(
                "RFC 6455 §5.5.1", "reason is not UTF-8", "The reason in a Close frame must be valid UTF-8.",
                "A reason cut at 123 bytes inside a character is the usual cause.")
        default:
            violation(
                "RFC 6455 §5.5.1", "after the close", "No data frame may follow a Close frame in the same direction.",
                "The application went on writing while the library had already closed.")
        }
    }

    private static func capture(_ rule: Rule) -> CatalogueEntry {
        switch rule {
        case .captureGap:
            note(
                "bytes missing", "Bytes of the stream are in no packet of the capture.",
                "Packets were dropped while capturing, or went another way. Capture with a larger buffer, or on one of the two ends.")
        case .frameCutOff:
            note(
                "cut off", "The stream ended inside a frame.",
                "The sender went away in the middle of a write, or the capture ended there.")
        case .captureCut:
            note(
                "packets cut short", "Packets were captured without their last bytes.",
                "The capture was made with a snaplen; use tcpdump -s 0.")
        case .retransmissionDiffers:
            note(
                "retransmission differs", "The same stream bytes were sent again with another content; the first copy is shown.",
                "Something on the way changes packets, or somebody injects them.")
        case .resynchronized:
            note(
                "found again", "Behind missing bytes the next frame was found by its form; what lies between could not be read.",
                "What is shown from here on is inferred, though rarely wrong.")
        case .contentUnknown:
            note(
                "partly unknown", "The message copies from compressed data that was not captured; those bytes cannot be known.",
                "Capture from the start of the connection, or switch context takeover off while debugging.")
        case .dataAfterEnd:
            note(
                "data after the end", "Segments with data came after the TCP connection was reset; they are not shown.",
                "A reset that the receiver did not accept, or one injected on the way.")
        case .messageLimit:
            note(
                "kept in part", "The message is longer than the limit; its first bytes are kept and the rest is only counted.",
                "Raise --limit-message.")
        case .headLimit:
            note("head too long", "An HTTP head is longer than the limit; the connection is not followed.", "Raise --limit-head.")
        case .connectionLimit:
            note(
                "connection given up", "More connections are open than the limit; the one that was idle for longest was forgotten.",
                "Raise --limit-connections.")
        default:
            note("memory limit", "More bytes wait than the limit on all connections allows.", "Raise --limit-memory.")
        }
    }
}
