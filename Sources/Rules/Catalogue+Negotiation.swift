extension CatalogueEntry {
    /// Headers, subprotocols and extensions, as offered and as agreed on.
    static func negotiation(_ rule: Rule) -> CatalogueEntry? {
        switch rule {
        case .headMalformed:
            violation(
                "RFC 9112 §2.2, §3, §4, §5", "head not in the grammar",
                "The head of a handshake must follow the grammar of HTTP/1.1.",
                "Peers read such lines differently, which is how requests are smuggled past a proxy.")
        case .headerRepeated:
            violation(
                "RFC 6455 §11.3, RFC 9110 §5.3", "header repeated", "A header that is no list must appear only once.",
                "Two layers each add it: application and library, or server and proxy.")
        case .subprotocolMalformed:
            violation(
                "RFC 6455 §4.1", "subprotocol is no token", "A subprotocol's name must be a token.",
                "A URL, a JSON text or a bearer token was put there: slashes, quotes, braces and equals signs are not allowed.")
        case .subprotocolRepeated:
            violation(
                "RFC 6455 §4.1", "subprotocol offered twice", "The subprotocols that a client offers must all be different.",
                "The list was put together from several places.")
        case .subprotocolSeveral:
            violation(
                "RFC 6455 §4.2.2", "several subprotocols chosen", "A server must choose one subprotocol at most.",
                "The server sends the client's list back instead of choosing from it.")
        case .subprotocolNotOffered:
            violation(
                "RFC 6455 §4.1, §4.2.2", "subprotocol not offered", "A server must only choose a subprotocol that the client offered.",
                "A client must fail this connection. Case matters; a server with one fixed subprotocol does this to clients without.")
        case .extensionMalformed:
            violation(
                "RFC 6455 §9.1", "extension not in the grammar", "Each element of Sec-WebSocket-Extensions must follow the grammar.",
                "A parameter without its semicolon, or a quoted value that is no token.")
        case .extensionNotOffered:
            violation(
                "RFC 6455 §4.1, §9.1", "extension not offered", "A server must only accept an extension that the client offered.",
                "A client must fail this connection. A proxy removed the offer, or the server accepts without looking.")
        case .extensionConflict:
            violation(
                "RFC 6455 §9.1, RFC 7692 §5", "extensions in conflict",
                "A server must not accept two extensions that use the same reserved bit.",
                "A client must fail this connection. The server sends the client's list back instead of choosing from it.")
        case .deflateUnknown:
            violation(
                "RFC 7692 §7", "unknown parameter",
                "A server must answer permessage-deflate with no other parameters than the four of its RFC.",
                "A client must fail this connection. In an offer such a parameter only makes the server decline.")
        case .deflateRepeated:
            violation(
                "RFC 7692 §7", "parameter repeated", "A parameter of permessage-deflate must appear only once.",
                "A server must decline such an offer; a client must fail a connection that was answered so.")
        case .deflateValue:
            violation(
                "RFC 7692 §7", "bad parameter value",
                "Window bits must be 8 to 15 without leading zeros, and the context takeover parameters have no value.",
                "Only an offered client_max_window_bits may be without a value; in an answer it needs one.")
        case .deflateNotOffered:
            violation(
                "RFC 7692 §7.1.2.2", "parameter not offered",
                "A server must not answer client_max_window_bits to an offer without it.",
                "The client may be unable to limit its window, so it must fail this connection.")
        case .deflateIgnored:
            violation(
                "RFC 7692 §7.1.1.1, §7.1.2.1", "parameter not confirmed",
                "A server that accepts an offer must confirm the server_ parameters in it, the window no larger than asked for.",
                "The client counts on a smaller memory for inflating than the server agreed to; a strict client fails this connection.")
        default: nil
        }
    }
}
