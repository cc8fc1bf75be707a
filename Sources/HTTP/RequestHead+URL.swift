extension RequestHead {
    /// The `ws:` or `wss:` URL that an opening handshake with this head is about (RFC 6455 §3, RFC 9112 §3.3).
    ///
    /// A target in absolute form names its own scheme and host, whatever the connection is; `secure` is about the other forms.
    /// Nil without a Host, and for targets that name no resource of this server.
    public func webSocketURL(secure: Bool) -> String? {
        if target == "*" || target.utf8.first == UInt8(ascii: "/") {
            guard let host, !host.isEmpty else { return nil }
            let isSecure = isOfStream ? headers.value(of: ":scheme").map { $0 == "https" } ?? secure : secure
            return "\(isSecure ? "wss" : "ws")://\(host)\(target == "*" ? "" : target)"
        }
        guard let schemeEnd = target.utf8.firstIndex(of: .colon), target[schemeEnd...].hasPrefix("://"),
            let scheme = webSocketScheme(for: target[..<schemeEnd])
        else { return nil }
        return scheme + target[schemeEnd...]
    }
}

private func webSocketScheme(for scheme: Substring) -> String? {
    if scheme.equalsIgnoringCase("http") || scheme.equalsIgnoringCase("ws") { return "ws" }
    if scheme.equalsIgnoringCase("https") || scheme.equalsIgnoringCase("wss") { return "wss" }
    return nil
}
