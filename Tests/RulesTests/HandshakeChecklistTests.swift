import HTTP
import Rules
import Testing
import WebSocket

@Suite struct HandshakeChecklistTests {
    /// The handshake of RFC 6455 §1.2 and §1.3.
    private static let request = RequestHead(
        method: "GET", target: "/chat",
        headers: headers([
            ("Host", "server.example.com"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Origin", "http://example.com"),
            ("Sec-WebSocket-Protocol", "chat, superchat"), ("Sec-WebSocket-Version", "13"),
        ]))
    private static let response = ResponseHead(
        status: 101, reason: "Switching Protocols",
        headers: headers([
            ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ("Sec-WebSocket-Protocol", "chat"),
        ]))

    private static func headers(_ pairs: [(String, String)]) -> Headers { Headers(pairs.map { Header(name: $0.0, value: $0.1) }) }

    private static func checks(_ request: RequestHead?, _ response: ResponseHead?) -> [HandshakeCheck] {
        let findings = HandshakeFindings(
            client: request.map(HandshakeRules.judge) ?? [], server: response.map { HandshakeRules.judge($0, to: request) } ?? [])
        return HandshakeChecklist(request: request, response: response, findings: findings).checks
    }

    private static func check(_ side: Side, _ label: String, in checks: [HandshakeCheck]) throws -> HandshakeCheck {
        try #require(checks.first { $0.side == side && $0.label == label })
    }

    @Test("the RFC's own handshake meets every requirement, and what it does not use is absent")
    func good() throws {
        let checks = Self.checks(Self.request, Self.response)
        let absent = checks.filter { $0.state != .met }
        #expect(absent.map(\.label) == ["extensions", "extensions"])
        #expect(absent.allSatisfy { $0.state == .absent })
        let accept = try Self.check(.server, "Sec-WebSocket-Accept", in: checks)
        #expect(accept.expected == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(accept.found == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(accept.derivation == "base64(SHA-1(dGhlIHNhbXBsZSBub25jZQ== + 258EAFA5-E914-47DA-95CA-C5AB0DC85B11))")
        #expect(accept.section == "RFC 6455 §4.2.2")
        #expect(try Self.check(.client, "Sec-WebSocket-Key", in: checks).found == "dGhlIHNhbXBsZSBub25jZQ==")
        #expect(try Self.check(.client, "subprotocols", in: checks).found == "chat, superchat")
        #expect(try Self.check(.server, "subprotocol", in: checks).found == "chat")
    }

    @Test(
        "each thing wrong with a request is one broken line, with what was expected and found", arguments: HandshakeRulesTests.badRequests)
    func broken(_ request: RequestHead, _ rule: Rule) throws {
        let findings = HandshakeRules.judge(request)
        let marked = Self.checks(request, nil).filter { $0.rule != nil }
        #expect(marked.map(\.rule) == [rule])
        let line = try #require(marked.first)
        #expect(line.state == (rule.severity == .note ? .noted : .broken))
        #expect(line.found == findings[0].found)
        if let expected = findings[0].expected { #expect(line.expected == expected) }
        #expect(line.section == rule.entry.section.map { "\($0)" })
    }

    @Test("whatever rules find in an answer, each finding is one line and no other line is broken")
    func answers() {
        let changes: [(String, String?)] = [
            ("Upgrade", nil), ("Connection", "close"), ("Content-Length", "0"), ("Sec-WebSocket-Accept", nil),
            ("Sec-WebSocket-Accept", "S3pPLMBiTxaQ9kYGzzhZRbK+xOo="), ("Sec-WebSocket-Protocol", "chat, superchat"),
            ("Sec-WebSocket-Protocol", "other, a b"), ("Sec-WebSocket-Extensions", "x-other, permessage-deflate; foo; foo"),
        ]
        for (name, value) in changes {
            var response = Self.response
            let added = value.map { [Header(name: name, value: $0)] } ?? []
            response.headers = Headers(response.headers.filter { $0.name != name } + added)
            let rules = HandshakeRules.judge(response, to: Self.request).map(\.rule.rawValue)
            #expect(!rules.isEmpty)
            #expect(Self.checks(Self.request, response).compactMap { $0.rule?.rawValue }.sorted() == rules.sorted(), "\(name)")
        }
    }

    @Test("a finding that no line is about gets a line of its own")
    func leftOver() throws {
        let findings = HandshakeFindings(client: [Finding(.pingUnanswered, expected: "a pong", found: "none")])
        let checks = HandshakeChecklist(request: Self.request, response: nil, findings: findings).checks
        let line = try #require(checks.first { $0.rule == .pingUnanswered })
        #expect(line.found == "none")
    }

    @Test("a refusal is no broken rule; a 426 has a requirement of its own")
    func refusals() throws {
        let plain = Self.checks(Self.request, ResponseHead(status: 403, reason: "Forbidden", headers: []))
        let status = try Self.check(.server, "status", in: plain)
        #expect(status.state == .refused)
        #expect(status.found == "403 Forbidden")
        #expect(plain.allSatisfy { $0.rule == nil })
        #expect(!plain.contains { $0.label == "Sec-WebSocket-Accept" || $0.label == "early data" })
        let upgrade = Self.checks(Self.request, ResponseHead(status: 426, reason: "Upgrade Required", headers: []))
        #expect(upgrade.compactMap(\.rule) == [.refusalUpgrade])
    }

    @Test("what was not captured is unknown: never met, never broken")
    func unseen() throws {
        let unanswered = Self.checks(Self.request, nil)
        #expect(unanswered.filter { $0.side == .server }.map(\.state) == [.unknown])
        let unasked = Self.checks(nil, Self.response)
        #expect(unasked.filter { $0.side == .client }.map(\.state) == [.unknown])
        let accept = try Self.check(.server, "Sec-WebSocket-Accept", in: unasked)
        #expect(accept.state == .unknown)
        #expect(accept.expected == nil)
        #expect(accept.found == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test("a key that was used before, and data before the answer, are lines too")
    func history() {
        let findings = HandshakeFindings(client: [
            Finding(.keyReused, expected: "a key of its own", found: "dGhlIHNhbXBsZSBub25jZQ=="),
            Finding(.requestEarlyData, expected: "nothing", found: "5 bytes, 2 ms before the 101"),
        ])
        let checks = HandshakeChecklist(request: Self.request, response: Self.response, findings: findings).checks
        #expect(checks.filter { $0.state == .broken }.map(\.label) == ["key is fresh", "early data"])
    }
}

@Suite struct ExtensionMeaningTests {
    private static func read(_ text: String) -> [Extension] {
        ExtensionList(in: [Header(name: "Sec-WebSocket-Extensions", value: text)]).extensions
    }

    @Test("an answer says who may keep context and how large a window is, by default too (RFC 7692 §7.1)")
    func answers() {
        #expect(
            Self.read("permessage-deflate; client_no_context_takeover; server_max_window_bits=12").map(ExtensionMeaning.ofAnswer) == [
                [
                    "server may keep its context", "server may use a window of 2^12 bytes", "client must not keep its context",
                    "client may use a window of 2^15 bytes",
                ]
            ])
    }

    @Test("an offer says what each of its parameters asks for, and of another extension nothing is said")
    func offers() {
        let offers = Self.read(
            "permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate; client_max_window_bits=9; "
                + "server_no_context_takeover; client_no_context_takeover, x-other; a=1")
        #expect(
            offers.map(ExtensionMeaning.ofOffer) == [
                ["server may ask the client for a smaller window", "server is asked for a window of at most 2^10 bytes"],
                [
                    "client will use a window of at most 2^9 bytes", "server is asked not to keep its context",
                    "client will not keep its context",
                ], [],
            ])
    }
}
