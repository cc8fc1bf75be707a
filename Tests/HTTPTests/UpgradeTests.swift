import HTTP
import Testing

@Suite struct UpgradeTests {
    @Test("the key of RFC 6455 §1.3 has the accept value given there")
    func acceptExample() {
        #expect(acceptValue(forKey: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(acceptValue(forKey: " \tdGhlIHNhbXBsZSBub25jZQ== ") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(acceptValue(forKey: "DGhlIHNhbXBsZSBub25jZQ==") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test("the handshake of RFC 6455 §1.2 agrees on its subprotocol")
    func example() throws {
        let requestHead = try #require(decodeRequest(HeadDecoderTests.request.bytes).head)
        let responseHead = try #require(decodeResponse(HeadDecoderTests.response.bytes).head)
        let request = try #require(UpgradeRequest(requestHead))
        let response = try #require(UpgradeResponse(responseHead))
        #expect(UpgradeRequest.missing(in: requestHead) == [])
        #expect(UpgradeResponse.missing(in: responseHead) == [])
        #expect(request.target == "/chat")
        #expect(request.host == "server.example.com")
        #expect(request.origin == "http://example.com")
        #expect(request.version == "13")
        #expect(request.protocols == ["chat", "superchat"])
        #expect(request.extensions.elements == [])
        #expect(response.subprotocol == "chat")
        #expect(response.accept == acceptValue(forKey: request.key))
    }

    @Test(
        "each part that a request lacks is named, and only a GET with upgrade and key is taken for a handshake",
        arguments: UpgradeRequest.Requirement.allCases)
    func lackingRequest(requirement: UpgradeRequest.Requirement) throws {
        var head = try #require(decodeRequest(HeadDecoderTests.request.bytes).head)
        switch requirement {
        case .method: head.method = "POST"
        case .httpVersion: head.version = "HTTP/1.0"
        default: head.headers = Headers(head.headers.filter { !$0.isNamed(requirement.rawValue) })
        }
        #expect(UpgradeRequest.missing(in: head) == [requirement])
        #expect((UpgradeRequest(head) == nil) == [.method, .upgrade, .key].contains(requirement))
    }

    @Test("an ordinary GET lacks the upgrade, its connection option, the key and the version")
    func ordinary() {
        let head = RequestHead(method: "GET", target: "/", headers: [Header(name: "Host", value: "a")])
        #expect(UpgradeRequest.missing(in: head) == [.upgrade, .connection, .key, .version])
        #expect(UpgradeRequest(head) == nil)
    }

    @Test("upgrade tokens are found in any case and among others")
    func tokens() {
        let fields = [("upgrade", "h2c, WebSocket"), ("CONNECTION", "keep-alive, UPGRADE"), ("Sec-Websocket-Key", "")]
        let head = RequestHead(method: "GET", target: "/", headers: Headers(fields.map { Header(name: $0.0, value: $0.1) }))
        #expect(UpgradeRequest.missing(in: head) == [.host, .version])
        #expect(UpgradeRequest(head)?.key == "")
        let other = RequestHead(method: "GET", target: "/", headers: [Header(name: "Upgrade", value: "websockets")])
        #expect(UpgradeRequest.missing(in: other).contains(.upgrade))
    }

    @Test("a 101 is to WebSocket when its upgrade or its accept value says so")
    func responses() {
        let upgrade = Header(name: "Upgrade", value: "WebSocket")
        let accept = Header(name: "Sec-WebSocket-Accept", value: "x")
        let response = { (status: Int, headers: Headers) in UpgradeResponse(ResponseHead(status: status, reason: "", headers: headers)) }
        #expect(response(101, [upgrade]) != nil)
        #expect(response(101, [accept])?.accept == "x")
        #expect(response(101, []) == nil)
        #expect(response(101, [Header(name: "Upgrade", value: "h2c")]) == nil)
        #expect(response(200, [upgrade, accept]) == nil)
        let missing = UpgradeResponse.missing(in: ResponseHead(status: 200, reason: "", headers: []))
        #expect(missing == [.status, .upgrade, .connection, .accept])
    }

    @Test(
        "the URL comes from the target and, but for absolute targets, from Host and the connection",
        arguments: [
            ("/chat?a=b", "example.com", false, "ws://example.com/chat?a=b"), ("/", "example.com:8443", true, "wss://example.com:8443/"),
            ("/?to=http://b/", "a", false, "ws://a/?to=http://b/"), ("*", "[::1]:80", false, "ws://[::1]:80"), ("/", nil, false, nil),
            ("/", "", false, nil), ("http://b/x", "a", true, "ws://b/x"), ("HTTPS://b/x", nil, false, "wss://b/x"),
            ("ws://b:1/", "a", true, "ws://b:1/"), ("wss://b/", "a", false, "wss://b/"), ("ftp://b/", "a", false, nil),
            ("b:443", "a", false, nil), ("chat", "a", false, nil), ("//b/c", "a", false, "ws://a//b/c"),
        ] as [(String, String?, Bool, String?)])
    func url(target: String, host: String?, secure: Bool, url: String?) {
        let head = RequestHead(method: "GET", target: target, headers: host.map { [Header(name: "host", value: $0)] } ?? [])
        #expect(head.webSocketURL(secure: secure) == url)
    }
}
