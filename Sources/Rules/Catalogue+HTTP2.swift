extension CatalogueEntry {
    /// WebSocket over HTTP/2 (RFC 8441), and what of RFC 9113 concerns the streams that carry it.
    static func http2(_ rule: Rule) -> CatalogueEntry? {
        switch rule {
        case .connectNotAnnounced:
            violation(
                "RFC 8441 §3", "not announced by the server",
                "A client must not send an extended CONNECT before the server has announced ENABLE_CONNECT_PROTOCOL.",
                "The client takes support for granted. A server that does not know the method resets the stream or answers 4xx or 501.")
        case .pseudoHeader:
            violation(
                "RFC 8441 §4, RFC 9113 §8.3", "bad pseudo-header fields",
                "An extended CONNECT must have :method, :protocol, :scheme, :path and :authority once each, before all other fields.",
                "Without :protocol, CONNECT must have neither :scheme nor :path: a library for HTTP/2 applies that rule to both.")
        case .connectionHeader:
            violation(
                "RFC 9113 §8.2.2", "header of the connection",
                "A head of HTTP/2 must not have Connection, Upgrade, Keep-Alive, Proxy-Connection or Transfer-Encoding, nor TE except trailers.",
                "A proxy copied the handshake of HTTP/1.1 field by field. The receiver must treat the stream as malformed.")
        case .nameUppercase:
            violation(
                "RFC 9113 §8.2.1", "capitals in a name", "Names of header fields must be in lower case.",
                "Names written as in HTTP/1.1. The receiver must treat the stream as malformed.")
        case .keyNotUsed:
            note(
                "RFC 8441 §5", "key is not used over HTTP/2",
                "Sec-WebSocket-Key and Sec-WebSocket-Accept have no function over HTTP/2.",
                "A gateway passes on what it got over HTTP/1.1. It does no harm, and proves nothing.")
        case .switchingProtocols:
            violation(
                "RFC 9113 §8.6", "101 over HTTP/2",
                "A server must not answer 101 over HTTP/2, which has no such status: 200 grants the stream.",
                "The server answers as over HTTP/1.1. A client takes it for an informational answer, and waits for another.")
        case .streamFrameAfterEnd:
            violation(
                "RFC 9113 §5.1", "frame on a closed stream",
                "An endpoint must not send DATA or HEADERS on a stream that it has ended or reset.",
                "A race in the sender: one part closes the stream while another still writes. The receiver answers STREAM_CLOSED.")
        case .streamFrameTooLong:
            violation(
                "RFC 9113 §4.2", "frame too long",
                "A frame must not be longer than the receiver's MAX_FRAME_SIZE, which is 16,384 bytes unless it says otherwise.",
                "The receiver answers FRAME_SIZE_ERROR, which may end the whole connection.")
        case .streamPadding:
            violation(
                "RFC 9113 §6.1, §6.2", "padding too long", "Padding must be shorter than the payload that it is part of.",
                "The receiver must end the whole connection with PROTOCOL_ERROR.")
        case .streamWindowExceeded:
            violation(
                "RFC 9113 §6.9.1", "more than the window",
                "An endpoint must not send more DATA than the flow-control windows of the stream and the connection let it.",
                "The sender miscounts, often by leaving out padding. The receiver answers FLOW_CONTROL_ERROR.")
        case .windowStalled:
            note(
                "RFC 9113 §5.2", "stalled by flow control",
                "A side gave the other no room to send for a second or more: no WINDOW_UPDATE came.",
                "The program does not read, or the window is too small for the path's delay. Where the connection's window is used up, all streams wait."
            )
        default: nil
        }
    }
}
