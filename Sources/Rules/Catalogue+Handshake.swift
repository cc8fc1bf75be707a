extension CatalogueEntry {
    /// What a client asks for (RFC 6455 §4.1).
    static func request(_ rule: Rule) -> CatalogueEntry? {
        switch rule {
        case .requestMethod:
            violation(
                "RFC 6455 §4.1", "upgrade is not a GET", "The method of an opening handshake must be GET.",
                "A server must refuse it. Seen where a generic HTTP client was given the WebSocket headers by hand.")
        case .requestVersion:
            violation(
                "RFC 6455 §4.1", "HTTP version too old", "An opening handshake must speak HTTP/1.1 or later.",
                "An old proxy between the two ends speaks HTTP/1.0 to the server: nginx does unless proxy_http_version is set.")
        case .requestTarget:
            violation(
                "RFC 6455 §4.1", "bad request target",
                "The target must be a path, or an absolute http or https URI, and never has a fragment.",
                "A ws: URL was written into the request line as it stands, or a fragment was not cut off (RFC 6455 §3).")
        case .requestHost:
            violation(
                "RFC 6455 §4.1", "no Host", "An opening handshake must have a Host header.",
                "A hand-written client; servers answer 400.")
        case .requestUpgrade:
            violation(
                "RFC 6455 §4.1", "Upgrade is not websocket", "The Upgrade header of an opening handshake must include websocket.",
                "Upgrade is a hop-by-hop header: a proxy that was not told to pass it on removes it.")
        case .requestConnection:
            violation(
                "RFC 6455 §4.1", "Connection lacks upgrade",
                "The Connection header of an opening handshake must include upgrade.",
                "Connection is a hop-by-hop header: a proxy that was not told to pass it on writes its own.")
        case .protocolVersion:
            violation(
                "RFC 6455 §4.1", "version is not 13", "Sec-WebSocket-Version must be 13.",
                "Other numbers are those of drafts; the server should answer 426 and name the versions that it understands.")
        case .requestEarlyData:
            violation(
                "RFC 6455 §4.1", "data before the answer", "A client must wait for the server's answer before it sends anything more.",
                "If the answer is not a 101, the server reads these bytes as the next HTTP request.")
        case .keyMissing:
            violation(
                "RFC 6455 §4.1", "no Sec-WebSocket-Key", "An opening handshake must have a Sec-WebSocket-Key header.",
                "A proxy removed it, or the request was not meant for a server of RFC 6455.")
        case .keyMalformed:
            violation(
                "RFC 6455 §4.1", "key is not 16 bytes", "Sec-WebSocket-Key must be 16 bytes in base64.",
                "Mostly a key that was hashed, written in hex or cut; servers that decode it refuse the request.")
        case .keyReused:
            violation(
                "RFC 6455 §4.1", "key used before", "Each connection must have a Sec-WebSocket-Key chosen at random for it.",
                "The key is written into the client, often the one of the RFC's example; a cached 101 would then be believed.")
        case .originMissing:
            note(
                "RFC 6455 §4.1", "browser without Origin",
                "A browser must say in Origin where its script came from; others need not, and this one calls itself a browser.",
                "A program that borrowed a browser's User-Agent, or a proxy that removed Origin; servers that check it refuse.")
        default: nil
        }
    }

    /// What a server answers (RFC 6455 §4.2.2).
    static func response(_ rule: Rule) -> CatalogueEntry? {
        switch rule {
        case .badRequestAccepted:
            violation(
                "RFC 6455 §4.2.2", "accepted a bad handshake",
                "A server must answer a handshake that does not meet the requirements with an error, not with 101.",
                "The server trusts whatever is in front of it to have checked; a page of another kind may get through with it.")
        case .responseUpgrade:
            violation(
                "RFC 6455 §4.2.2", "101 without Upgrade: websocket", "A 101 must have an Upgrade header with the value websocket.",
                "A client must fail this connection. A proxy removed the header, or wrote its own.")
        case .responseConnection:
            violation(
                "RFC 6455 §4.2.2", "101 without Connection: upgrade", "A 101 must have a Connection header that includes upgrade.",
                "A client must fail this connection. A proxy removed the header, or wrote its own.")
        case .responseLength:
            violation(
                "RFC 9110 §8.6", "101 with a body length",
                "A 101 must have neither Content-Length nor Transfer-Encoding.",
                "A framework adds the header to every response; a proxy may take the first frames for a body.")
        case .acceptMissing:
            violation(
                "RFC 6455 §4.2.2", "no Sec-WebSocket-Accept",
                "A server that accepts an upgrade must prove it with a Sec-WebSocket-Accept header.",
                "A client must fail this connection. Often a proxy or a hand-written server answers 101 by itself.")
        case .acceptWrong:
            violation(
                "RFC 6455 §4.2.2", "wrong Sec-WebSocket-Accept",
                "Sec-WebSocket-Accept must be the base64 of the SHA-1 of the client's key and the fixed GUID.",
                "A client must fail this connection. Look for a cached 101, a key changed on the way, or a mistake in the server's hash.")
        case .refusalVersion:
            violation(
                "RFC 6455 §4.4", "426 names no version",
                "A server that refuses a version must name in Sec-WebSocket-Version those that it understands.",
                "Without it a client cannot try again with another version.")
        case .refusalUpgrade:
            violation(
                "RFC 9110 §15.5.22", "426 without Upgrade", "A 426 must name in Upgrade the protocol that it asks for.",
                "The status was chosen by hand and its header forgotten.")
        default: nil
        }
    }
}
