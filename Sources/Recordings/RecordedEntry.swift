import Bytes
import HTTP
import Packets

/// What was read of an entry of a HAR (HAR 1.2, "entries"), as far as it may be needed.
struct RecordedEntry: ~Copyable {
    var method = "GET"
    var url = ""
    var requestVersion = "HTTP/1.1"
    var requestHeaders = HeaderList()
    var status = 0
    var reason = ""
    var responseVersion = "HTTP/1.1"
    var responseHeaders = HeaderList()
    var body = ByteBuffer()
    var isBodyBase64 = false
    /// The name of a file beside it that has what was received (Playwright).
    var attachment: String?
    var failure: String?
    /// The head is made up, because what wrote the file had none.
    var lacksRequest = false
    var lacksResponse = false
    var isWebSocket = false
    /// There is a list of messages, even if nothing is in it.
    var hasMessages = false
    var messageCount: UInt64 = 0
    var start: Timestamp?
    var duration: Int64?
    var serverAddress: String?
    var serverPort: UInt16?
    var clientPort: UInt16?

    /// Fields of a head, up to a limit over all of them.
    struct HeaderList {
        private(set) var fields: [Header] = []
        private var byteCount = 0

        mutating func append(_ name: String, _ value: String, limit: Int) {
            byteCount += name.utf8.count + value.utf8.count + 32
            if byteCount <= limit { fields.append(Header(name: name, value: value)) }
        }
    }

    /// It asks for a WebSocket: it is marked as one, has messages, has the scheme of one, or asks for the upgrade.
    var concernsWebSocket: Bool {
        if isWebSocket || hasMessages { return true }
        if RecordedURL(url)?.isWebSocket == true { return true }
        return requestHeaders.fields.contains { $0.name.lowercased() == "upgrade" && $0.value.lowercased() == "websocket" }
    }

    /// The connection that it is about.
    func connection(recorder: String) -> RecordedConnection {
        var connection = RecordedConnection()
        let parts = RecordedURL(url)
        connection.recorder = recorder
        connection.url = url
        connection.isSecure = parts?.isSecure ?? false
        connection.time = start
        connection.failure = failure
        connection.hasMessages = messageCount > 0
        if let start, let duration { connection.endTime = start.adding(duration) }
        let isConnect = method == "CONNECT"
        let headers = Headers(requestHeaders.fields)
        if !url.isEmpty, !lacksRequest {
            // Where no field names the host, the target does.
            let isNamed = headers.contains("Host") || headers.contains(":authority")
            connection.request = RequestHead(
                method: method, target: isNamed ? parts?.target ?? url : url, version: Self.version(requestVersion, isConnect: isConnect),
                headers: headers)
        }
        // Without an answer programs write 0 or −1.
        if (100...999).contains(status), !lacksResponse {
            connection.response = ResponseHead(
                version: Self.version(responseVersion, isConnect: isConnect), status: status, reason: reason,
                headers: Headers(responseHeaders.fields))
            if connection.isGranted == false { connection.body = content }
        }
        if let address = serverAddress.flatMap(RecordedAddress.parse), let port = serverPort ?? parts?.port {
            connection.server = Endpoint(address: address, port: port)
        }
        return connection
    }

    private var content: [UInt8] {
        guard isBodyBase64 else { return body.span.copied() }
        var decoded = ByteBuffer()
        return Base64Content.append(body.span, isCut: true, to: &decoded) ? decoded.span.copied() : body.span.copied()
    }

    /// The names that programs have for versions, as one. A GET says of HTTP/2 only how the page was fetched.
    private static func version(_ text: String, isConnect: Bool) -> String {
        switch text.lowercased() {
        case "h2", "http/2", "http/2.0": isConnect ? HTTPVersion.http2 : text
        case "h3", "http/3", "http/3.0": isConnect ? HTTPVersion.http3 : text
        case "": "HTTP/1.1"
        default: text.uppercased()
        }
    }
}

extension Timestamp {
    /// So many nanoseconds later; the last there is where that is too late.
    func adding(_ nanoseconds: Int64) -> Timestamp {
        let (sum, overflowed) = self.nanoseconds.addingReportingOverflow(nanoseconds)
        return Timestamp(nanoseconds: overflowed ? .max : sum)
    }
}
