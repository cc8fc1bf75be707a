import HTTP

/// How long the heads of an upgrade over HTTP/2 are as those of one over HTTP/1.1.
enum PlainHeads {
    private static let colonAndLineEnd = 4
    private static let lineEnd = 2
    /// Both heads end with an empty line, and have `Upgrade: websocket` and `Connection: Upgrade`.
    private static let common = 2 * (2 + 20 + 21)
    /// `Sec-WebSocket-Key` with 24 characters, `Sec-WebSocket-Accept` with 28.
    private static let keys = 45 + 52
    /// `GET`, blanks and the version; `HTTP/1.1 101 Switching Protocols`.
    private static let requestLine = 13
    private static let statusLine = 32

    static func byteCount(_ request: RequestHead, _ response: ResponseHead) -> UInt64 {
        let lines = requestLine + request.target.utf8.count + lineEnd + statusLine + lineEnd
        return UInt64(lines + common + keys + fields(request.headers) + fields(response.headers))
    }

    /// Pseudo-header fields are part of the first line, or have no equivalent; `:authority` is `Host`.
    private static func fields(_ headers: Headers) -> Int {
        headers.reduce(0) { sum, field in
            if field.name == ":authority" { return sum + 4 + field.value.utf8.count + colonAndLineEnd }
            if field.name.hasPrefix(":") { return sum }
            return sum + field.name.utf8.count + field.value.utf8.count + colonAndLineEnd
        }
    }
}
