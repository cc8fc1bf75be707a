/// Versions that a head does not name itself.
public enum HTTPVersion {
    /// What heads of HTTP/2 have for a version.
    public static let http2 = "HTTP/2"
}

extension RequestHead {
    /// Its fields came in a block of HTTP/2, pseudo-header fields among them.
    public var isHTTP2: Bool { version == HTTPVersion.http2 }

    /// Whom it is meant for: Host, or `:authority` (RFC 9113 §8.3.1).
    public var host: String? { (isHTTP2 ? headers.value(of: ":authority") : nil) ?? headers.value(of: "Host") }
}

extension ResponseHead {
    public var isHTTP2: Bool { version == HTTPVersion.http2 }

    /// It grants an upgrade to whatever was asked for: 101, or 2xx to an extended CONNECT (RFC 8441 §5).
    public var isGrant: Bool { isHTTP2 ? (200...299).contains(status) : status == 101 }
}
