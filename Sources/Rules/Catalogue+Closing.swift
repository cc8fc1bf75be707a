extension CatalogueEntry {
    /// The closing handshake and TCP's end (RFC 6455 §5.5.1, §7).
    static func close(_ rule: Rule) -> CatalogueEntry? {
        switch rule {
        case .closeBodyTooShort:
            violation(
                "RFC 6455 §5.5.1", "close body of 1 byte", "The body of a Close frame is empty or begins with a 2-byte code.",
                "The sender wrote the code as one byte or as text.")
        case .closeCodeInvalid:
            violation(
                "RFC 6455 §7.4", "close code not allowed", "A Close frame must carry a code that may be sent.",
                "1005, 1006 and 1015 only ever appear in APIs; below 1000, 1016–2999 and above 4999 are not assigned.")
        case .closeCodeNotEchoed:
            note(
                "RFC 6455 §5.5.1", "answered with another code", "A Close frame is typically answered with the code that it carried.",
                "Nothing is wrong: some libraries answer every Close with 1000.")
        case .closeReasonNotUTF8:
            violation(
                "RFC 6455 §5.5.1", "reason is not UTF-8", "The reason in a Close frame must be valid UTF-8.",
                "A reason cut at 123 bytes inside a character is the usual cause.")
        case .frameAfterClose:
            violation(
                "RFC 6455 §5.5.1", "after the close", "No data frame may follow a Close frame in the same direction.",
                "The application went on writing while the library had already closed.")
        case .controlAfterClose:
            note(
                "RFC 6455 §1.4, §5.5.1", "control frame after the close",
                "Nothing more is expected after a Close frame, though only data frames are forbidden there.",
                "Close was called twice, or a timer went on sending pings; the receiver ignores it.")
        case .closeUnanswered:
            violation(
                "RFC 6455 §5.5.1", "close not answered", "A Close frame must be answered with a Close frame.",
                "This side closed TCP instead, and the other one reports 1006 rather than the code that it sent; or it goes on with messages."
            )
        case .closeMissing:
            warning(
                "RFC 6455 §7.1.2, §7.1.7", "no close frame", "An endpoint should send a Close frame before it closes TCP.",
                "The process ended, or its socket was closed below the library; browsers report 1006. A proxy's idle timeout looks the same."
            )
        case .closeReset:
            note(
                "RFC 6455 §7.1.1", "TCP was reset", "TCP was reset before the closing handshake was over.",
                "The process died, or closed its socket with data unread; firewalls and load balancers reset idle connections too.")
        case .closeClientFirst:
            warning(
                "RFC 6455 §7.1.1", "client closed TCP first", "After the closing handshake the server should be the first to close TCP.",
                "Harmless, but the client's port then waits in TIME_WAIT instead of the server's.")
        case .closeServerLate:
            violation(
                "RFC 6455 §5.5.1", "server closed TCP late",
                "Once it has sent and received a Close frame, a server must close TCP immediately.",
                "The handler of the connection still runs, or the server waits for the client to close.")
        default: nil
        }
    }

    /// What the capture lacks, and limits: nobody's fault.
    static func capture(_ rule: Rule) -> CatalogueEntry {
        switch rule {
        case .captureGap:
            artefact(
                "bytes missing", "Bytes of the stream are in no packet of the capture.",
                "Packets were dropped while capturing, or went another way. Capture with a larger buffer, or on one of the two ends.")
        case .captureDropped:
            artefact(
                "lost at capture", "Bytes of the stream are in no packet, and at that time the capture is known to have dropped packets.",
                "Nothing need be wrong on the wire. Capture less with --filter, with a larger --buffer, or write a file with -w.")
        case .frameCutOff:
            artefact(
                "cut off", "The stream ended inside a frame.",
                "The sender went away in the middle of a write, or the capture ended there.")
        case .messageCutOff:
            artefact(
                "message unfinished", "The stream ended between two frames of a message.",
                "The sender went away before it was done, or gave the message up to close the connection.")
        case .captureCut:
            artefact(
                "packets cut short", "Packets were captured without their last bytes.",
                "The capture was made with a snaplen; use tcpdump -s 0.")
        case .retransmissionDiffers:
            artefact(
                "retransmission differs",
                "The same stream bytes were sent again with another content. The first is shown, and the other if it was acknowledged.",
                "Something on the way changes packets, or somebody injects them.")
        case .resynchronized:
            artefact(
                "found again", "After missing bytes the next frame was found by its form; what lies between could not be read.",
                "What is shown from here on is inferred, though rarely wrong.")
        case .contentUnknown:
            artefact(
                "partly unknown", "The message copies from compressed data that was not captured; those bytes cannot be known.",
                "Capture from the start of the connection, or switch context takeover off while debugging.")
        case .dataAfterEnd:
            artefact(
                "data after the end", "Segments with data came after the TCP connection was reset; they are not shown.",
                "A reset that the receiver did not accept, or one injected on the way.")
        case .segmentIgnored:
            artefact(
                "ignored by its receiver", "A RST, SYN or FIN does not fit the connection's state, and both endpoints carried on.",
                "A late packet of an earlier connection between these ports, or an injected one (RFC 9293 §3.10.7.4, RFC 5961).")
        case .messageLimit:
            artefact(
                "kept in part", "The message is longer than the limit; its first bytes are kept and the rest is only counted.",
                "Raise --limit-message.")
        case .headLimit:
            artefact(
                "head too long", "An HTTP head is longer than the limit; its last fields are left out, or the connection is not followed.",
                "Raise --limit-head; more than 1,000 fields are never kept.")
        case .connectionLimit:
            artefact(
                "connection given up", "More connections are open than the limit; one that was idle was forgotten.",
                "Raise --limit-connections.")
        default:
            artefact(
                "memory limit", "More bytes wait than may wait in all connections, or in one direction for its secrets.",
                "Raise --limit-memory.")
        }
    }
}
