/// Versions that a head does not name itself.
public enum HTTPVersion {
    /// What heads of HTTP/2 have for a version.
    public static let http2 = "HTTP/2"
    /// What heads of HTTP/3 have for a version.
    public static let http3 = "HTTP/3"

    /// Heads of this version come as field sections on a stream of their own, pseudo-header fields among them.
    static func hasStreams(_ version: String) -> Bool { version == http2 || version == http3 }
}

extension RequestHead {
    /// Its fields came as a section of HTTP/2 or HTTP/3, pseudo-header fields among them.
    public var isOfStream: Bool { HTTPVersion.hasStreams(version) }

    /// Whom it is meant for: Host, or `:authority` (RFC 9113 §8.3.1).
    public var host: String? { (isOfStream ? headers.value(of: ":authority") : nil) ?? headers.value(of: "Host") }
}

extension ResponseHead {
    public var isOfStream: Bool { HTTPVersion.hasStreams(version) }

    /// It grants an upgrade to whatever was asked for: 101, or 2xx to an extended CONNECT (RFC 8441 §5, RFC 9220 §3).
    public var isGrant: Bool { isOfStream ? (200...299).contains(status) : status == 101 }
}
