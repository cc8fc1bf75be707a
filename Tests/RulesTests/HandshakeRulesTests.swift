import HTTP
import Rules
import Testing

@Suite struct HandshakeRulesTests {
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    private static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  // RFC 6455 §1.3

    /// A good request with headers changed, left out (nil) or added.
    private static func request(
        _ method: String = "GET", _ target: String = "/chat", version: String = "HTTP/1.1",
        with changes: KeyValuePairs<String, String?> = [:]
    ) -> RequestHead {
        let good = [
            ("Host", "example.com"), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", key),
            ("Sec-WebSocket-Version", "13"),
        ]
        return RequestHead(method: method, target: target, version: version, headers: changed(good, changes))
    }

    private static func response(_ status: Int = 101, _ changes: KeyValuePairs<String, String?> = [:]) -> ResponseHead {
        let good = status == 101 ? [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept)] : []
        return ResponseHead(status: status, reason: "", headers: changed(good, changes))
    }

    private static func changed(_ good: [(String, String)], _ changes: KeyValuePairs<String, String?>) -> Headers {
        let kept = good.filter { pair in !changes.contains { $0.key == pair.0 } }
        let added = changes.compactMap { change in change.value.map { (change.key, $0) } }
        return Headers((kept + added).map { Header(name: $0.0, value: $0.1) })
    }

    // MARK: The client

    @Test("a good request is good, in each of its forms")
    func goodRequests() {
        let good = [
            Self.request(), Self.request("GET", "http://example.com/chat"), Self.request("GET", "HTTPS://example.com/"),
            Self.request(version: "HTTP/1.2"), Self.request(with: ["Connection": "keep-alive, upgrade", "Upgrade": "h2c, WebSocket"]),
            Self.request(with: ["Sec-WebSocket-Protocol": "chat, superchat"]), Self.request(with: ["Host": ""]),
            Self.request(with: ["Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits, x-other"]),
            Self.request(with: ["User-Agent": "Mozilla/5.0", "Origin": "https://example.com"]),
            Self.request(with: ["User-Agent": "curl/8"]),
        ]
        for request in good { #expect(HandshakeRules.judge(request) == [], "\(request)") }
    }

    static let badRequests: [(RequestHead, Rule)] = [
        (request("POST"), .requestMethod), (request("get"), .requestMethod), (request(version: "HTTP/1.0"), .requestVersion),
        (request("GET", "*"), .requestTarget), (request("GET", "/chat#part"), .requestTarget),
        (request("GET", "wss://example.com/"), .requestTarget), (request("GET", "http://"), .requestTarget),
        (request(with: ["Host": nil]), .requestHost), (request(with: ["Upgrade": "websockets"]), .requestUpgrade),
        (request(with: ["Connection": nil]), .requestConnection), (request(with: ["Sec-WebSocket-Version": nil]), .protocolVersion),
        (request(with: ["Sec-WebSocket-Version": "8"]), .protocolVersion), (request(with: ["Sec-WebSocket-Key": nil]), .keyMissing),
        (request(with: ["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25j"]), .keyMalformed),
        (request(with: ["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZSE="]), .keyMalformed),
        (request(with: ["Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25-ZQ=="]), .keyMalformed),
        (request(with: ["User-Agent": "Mozilla/5.0"]), .originMissing),
        (request(with: ["Sec-WebSocket-Version": "13", "sec-websocket-version": "13"]), .headerRepeated),
        (request(with: ["Sec-WebSocket-Protocol": "a b"]), .subprotocolMalformed),
        (request(with: ["Sec-WebSocket-Protocol": "chat, chat"]), .subprotocolRepeated),
        (request(with: ["Sec-WebSocket-Protocol": ""]), .subprotocolMalformed),
        (request(with: ["Sec-WebSocket-Extensions": "a b"]), .extensionMalformed),
        (request(with: ["Sec-WebSocket-Extensions": "a; b=\"c d\""]), .extensionMalformed),
        (request(with: ["Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits=08"]), .deflateValue),
        (request(with: ["Sec-WebSocket-Extensions": "permessage-deflate; server_max_window_bits"]), .deflateValue),
        (request(with: ["Sec-WebSocket-Extensions": "permessage-deflate; server_no_context_takeover=1"]), .deflateValue),
        (
            request(with: ["Sec-WebSocket-Extensions": "permessage-deflate; client_no_context_takeover; client_no_context_takeover"]),
            .deflateRepeated
        ),
    ]

    @Test("each thing wrong with a request is told alone", arguments: badRequests)
    func badRequest(_ request: RequestHead, _ rule: Rule) {
        #expect(HandshakeRules.judge(request).map(\.rule) == [rule])
    }

    @Test("lines that HTTP's grammar forbids are told together")
    func oddities() {
        var request = Self.request()
        request.oddities = [.blankBeforeColon, .bareLineFeed]
        #expect(HandshakeRules.judge(request).map(\.rule) == [.headMalformed])
    }

    // MARK: The server

    private static func deflate(_ offer: String?, _ answer: String) -> [Rule] {
        let request = request(with: ["Sec-WebSocket-Extensions": offer])
        return HandshakeRules.judge(response(101, ["Sec-WebSocket-Extensions": answer]), to: request).map(\.rule)
    }

    @Test("a good answer is good, a bad one is told by what it lacks")
    func answers() {
        let request = Self.request(with: ["Sec-WebSocket-Protocol": "chat, superchat"])
        func rules(_ changes: KeyValuePairs<String, String?>) -> [Rule] {
            HandshakeRules.judge(Self.response(101, changes), to: request).map(\.rule)
        }
        #expect(rules([:]) == [])
        #expect(rules(["Sec-WebSocket-Protocol": "superchat"]) == [])
        #expect(rules(["Upgrade": nil]) == [.responseUpgrade])
        #expect(rules(["Upgrade": "WebSocket"]) == [])
        #expect(rules(["Upgrade": "websocket, foo"]) == [.responseUpgrade])
        #expect(rules(["Upgrade": "foo, websocket"]) == [.responseUpgrade])
        #expect(rules(["Upgrade": "websocket", "upgrade": "websocket"]) == [.responseUpgrade])
        #expect(rules(["Sec-WebSocket-Protocol": ""]) == [.subprotocolMalformed])
        #expect(rules(["Sec-WebSocket-Protocol": " , "]) == [.subprotocolMalformed])
        #expect(rules(["Connection": "close"]) == [.responseConnection])
        #expect(rules(["Content-Length": "0"]) == [.responseLength])
        #expect(rules(["Transfer-Encoding": "chunked"]) == [.responseLength])
        #expect(rules(["Sec-WebSocket-Accept": nil]) == [.acceptMissing])
        #expect(rules(["Sec-WebSocket-Accept": "S3pPLMBiTxaQ9kYGzzhZRbK+xOo="]) == [.acceptWrong])
        #expect(rules(["Sec-WebSocket-Accept": Self.accept, "sec-websocket-accept": Self.accept]) == [.headerRepeated])
        #expect(rules(["Sec-WebSocket-Protocol": "chat, superchat"]) == [.subprotocolSeveral])
        #expect(rules(["Sec-WebSocket-Protocol": "Chat"]) == [.subprotocolNotOffered])
        #expect(rules(["Sec-WebSocket-Extensions": "x-other"]) == [.extensionNotOffered])
    }

    @Test("what hangs on the request rests when it was not captured")
    func noRequest() {
        let answer = Self.response(101, ["Sec-WebSocket-Protocol": "chat", "Sec-WebSocket-Extensions": "permessage-deflate"])
        #expect(HandshakeRules.judge(answer, to: nil) == [])
        #expect(HandshakeRules.judge(Self.response(101, ["Sec-WebSocket-Accept": nil]), to: nil).map(\.rule) == [.acceptMissing])
    }

    @Test("a bad request must not be granted, whatever its version is")
    func trust() {
        #expect(HandshakeRules.judge(Self.response(), to: Self.request("POST")).map(\.rule) == [.badRequestAccepted])
        #expect(HandshakeRules.judge(Self.response(), to: Self.request(with: ["Host": nil])).map(\.rule) == [.badRequestAccepted])
        #expect(HandshakeRules.judge(Self.response(), to: Self.request(with: ["Sec-WebSocket-Version": "8"])) == [])
        for version in ["013", "13, 8", "14", ""] {
            let request = Self.request(with: ["Sec-WebSocket-Version": version])
            #expect(HandshakeRules.judge(Self.response(), to: request).map(\.rule) == [.badRequestAccepted], "\(version)")
        }
        for name in ["host", "sec-websocket-key", "sec-websocket-version"] {
            var request = Self.request()
            let twice = request.headers.filter { $0.name.lowercased() == name }
            request.headers = Headers(Array(request.headers) + twice)
            let found = HandshakeRules.judge(Self.response(), to: request)
            #expect(found.map(\.rule) == [.badRequestAccepted], "\(name)")
            #expect(found.first?.found?.lowercased() == "101 to a request with several \(name)")
        }
    }

    @Test("a 426 names what to upgrade to, and the versions where it is one that was refused; other refusals are free")
    func refusals() {
        let request = Self.request(with: ["Sec-WebSocket-Version": "8"])
        #expect(HandshakeRules.judge(Self.response(426), to: request).map(\.rule) == [.refusalVersion, .refusalUpgrade])
        #expect(HandshakeRules.judge(Self.response(426, ["Upgrade": "websocket", "Sec-WebSocket-Version": "13"]), to: request) == [])
        #expect(HandshakeRules.judge(Self.response(426, ["Upgrade": "websocket"]), to: Self.request()) == [])
        #expect(HandshakeRules.judge(Self.response(403), to: request) == [])
    }

    @Test("permessage-deflate is answered within what was offered (RFC 7692 §7.1)")
    func deflate() {
        let bits = "permessage-deflate; client_max_window_bits"
        #expect(Self.deflate("permessage-deflate", "permessage-deflate") == [])
        #expect(Self.deflate("permessage-deflate", "permessage-deflate; server_no_context_takeover; client_no_context_takeover") == [])
        #expect(Self.deflate("permessage-deflate", "permessage-deflate; server_max_window_bits=8") == [])
        #expect(Self.deflate(bits, "permessage-deflate; client_max_window_bits=15") == [])
        #expect(Self.deflate(bits, bits) == [.deflateValue])
        #expect(Self.deflate("permessage-deflate", "permessage-deflate; client_max_window_bits=15") == [.deflateNotOffered])
        #expect(Self.deflate("permessage-deflate, \(bits)", "permessage-deflate; client_max_window_bits=15") == [])
        #expect(Self.deflate("permessage-deflate", "permessage-deflate; server_max_window_bits=16") == [.deflateValue])
        #expect(Self.deflate("permessage-deflate", "permessage-deflate; server_max_window_bits=7") == [.deflateValue])
        #expect(Self.deflate("permessage-deflate", "permessage-deflate; foo") == [.deflateUnknown])
        let demand = "permessage-deflate; server_max_window_bits=10"
        #expect(Self.deflate(demand, "permessage-deflate") == [.deflateIgnored])
        #expect(Self.deflate(demand, "permessage-deflate; server_max_window_bits=11") == [.deflateIgnored])
        #expect(Self.deflate(demand, "permessage-deflate; server_max_window_bits=9") == [])
        #expect(Self.deflate("\(demand), permessage-deflate", "permessage-deflate") == [])
        #expect(Self.deflate("permessage-deflate; server_no_context_takeover", "permessage-deflate") == [.deflateIgnored])
        #expect(Self.deflate(nil, "permessage-deflate") == [.extensionNotOffered])
        #expect(Self.deflate("permessage-deflate", "permessage-deflate; server_max_window_bits=\"\"") == [.extensionMalformed])
        #expect(Self.deflate("permessage-deflate", "permessage-deflate; server_max_window_bits=\"16\"") == [.deflateValue])
    }

    @Test("two extensions that compress are in conflict over RSV1, one that compresses and others are not")
    func conflicts() {
        #expect(Self.deflate("permessage-deflate, permessage-deflate", "permessage-deflate, permessage-deflate") == [.extensionConflict])
        let both = "permessage-deflate, x-webkit-deflate-frame"
        #expect(Self.deflate(both, both) == [.extensionConflict])
        #expect(Self.deflate(both, "x-webkit-deflate-frame") == [])
        #expect(Self.deflate("permessage-deflate, x-other", "permessage-deflate, x-other") == [])
    }

    // MARK: Fresh keys

    private static let one = KeyPlace(client: (0, 1, true), server: (0, 2, true), port: 80)
    private static let other = KeyPlace(client: (0, 1, true), server: (0, 2, false), port: 80)

    @Test("a key counts as used again from another port between the same ends only")
    func freshKeys() {
        var history = KeyHistory()
        let request = Self.request()
        #expect(history.judge(request, at: Self.one, port: 1) == nil)
        #expect(history.judge(request, at: Self.one, port: 1) == nil)
        #expect(history.judge(request, at: Self.other, port: 2) == nil)
        #expect(history.judge(request, at: Self.one, port: 3)?.rule == .keyReused)
        #expect(history.judge(Self.request(with: ["Sec-WebSocket-Key": nil]), at: Self.one, port: 4) == nil)
    }

    @Test("at least the last 32,768 keys are remembered, and not for ever more")
    func forgottenKeys() {
        var history = KeyHistory()
        #expect(history.judge(Self.request(), at: Self.one, port: 0) == nil)
        for number: UInt16 in 1...32_767 {
            _ = history.judge(Self.request(with: ["Sec-WebSocket-Key": "\(number)"]), at: Self.one, port: number)
        }
        #expect(history.judge(Self.request(), at: Self.one, port: 40_000)?.rule == .keyReused)
        for number in 1...66_000 {
            _ = history.judge(Self.request(with: ["Sec-WebSocket-Key": "x\(number)"]), at: Self.one, port: 7)
        }
        #expect(history.judge(Self.request(), at: Self.one, port: 41_000) == nil)
    }
}
