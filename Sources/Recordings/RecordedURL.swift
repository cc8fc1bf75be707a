/// What is needed of a URL (RFC 3986 §3).
struct RecordedURL {
    var scheme = ""
    /// As it stands, without the port and the brackets of IPv6.
    var host = ""
    var port: UInt16?
    /// Path and query, `/` at least; as a request's target has it.
    var target = "/"

    /// Nil where it names no host.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0, bytes.count > colon + 3,
            bytes[colon + 1] == UInt8(ascii: "/"),
            bytes[colon + 2] == UInt8(ascii: "/")
        else { return nil }
        scheme = Self.text(bytes[..<colon]).lowercased()
        let rest = bytes[(colon + 3)...]
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? rest.endIndex
        var authority = rest[..<end]
        if let at = authority.lastIndex(of: UInt8(ascii: "@")) { authority = authority[(at + 1)...] }
        let hostEnd: Int
        if authority.first == UInt8(ascii: "["), let bracket = authority.firstIndex(of: UInt8(ascii: "]")) {
            host = Self.text(authority[(authority.startIndex + 1)..<bracket])
            hostEnd = bracket + 1
        } else {
            hostEnd = authority.firstIndex(of: UInt8(ascii: ":")) ?? authority.endIndex
            host = Self.text(authority[..<hostEnd])
        }
        guard !host.isEmpty else { return nil }
        if hostEnd < authority.endIndex, authority[hostEnd] == UInt8(ascii: ":") { port = UInt16(Self.text(authority[(hostEnd + 1)...])) }
        if port == nil { port = isSecure ? 443 : isPlain ? 80 : nil }
        let tail = rest[end...].prefix { $0 != UInt8(ascii: "#") }
        target = tail.first == UInt8(ascii: "/") ? Self.text(tail) : "/" + Self.text(tail)
    }

    var isSecure: Bool { scheme == "wss" || scheme == "https" }
    var isPlain: Bool { scheme == "ws" || scheme == "http" }
    var isWebSocket: Bool { scheme == "ws" || scheme == "wss" }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}
