import Bytes
import Foundation
import HTTP
import Rules
import Testing
import WebSocket

@testable import Inspection
@testable import Reports

@Suite("A handshake explained")
struct HandshakeReportTests {
    private static func headers(_ pairs: [(String, String)]) -> Headers { Headers(pairs.map { Header(name: $0.0, value: $0.1) }) }

    /// The example of RFC 6455 §1.3, with compression.
    private static let request = RequestHead(
        method: "GET", target: "/chat",
        headers: headers([
            ("Host", "server.example.com"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Protocol", "chat, superchat"), ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
        ]))

    private static func granted(accept: String = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") -> Connection {
        let response = ResponseHead(
            status: 101, reason: "Switching Protocols",
            headers: headers([
                ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept), ("Sec-WebSocket-Protocol", "chat"),
                ("Sec-WebSocket-Extensions", "permessage-deflate; server_no_context_takeover; client_max_window_bits=10"),
            ]))
        let findings = HandshakeFindings(
            client: HandshakeRules.judge(request), server: HandshakeRules.judge(response, to: request))
        return Connection.sample(request: request, response: response, findings: findings)
    }

    private static func refused(_ body: RefusalBody, _ headers: [(String, String)] = []) -> Connection {
        let response = ResponseHead(status: 403, reason: "Forbidden", headers: self.headers(headers))
        return Connection.sample(.refused, request: request, response: response, body: body)
    }

    private static func timeline(
        _ connection: Connection, width: Int? = 80, handshake: Bool = true, payload: TimelineReport.PayloadMode = .preview,
        palette: Palette = Palette()
    ) -> [String] {
        var options = TimelineReport.Options()
        options.width = width
        options.showsHandshake = handshake
        options.payload = payload
        options.palette = palette
        var report = TimelineReport(options)
        report.note(.opened(connection))
        for finding in connection.handshakeFindings.server { report.note(.found(finding, from: .server, in: connection, at: .sample())) }
        return String(decoding: report.output.span.copied(), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func json(_ connection: Connection, _ change: (inout JSONLinesReport.Options) -> Void = { _ in }) throws -> [String: Any]
    {
        var options = JSONLinesReport.Options()
        change(&options)
        var dump = Dump(options, connection: connection)
        dump.report.note(.opened(connection))
        return try dump.object()
    }

    // MARK: Timeline

    @Test("met, absent and explained lines stand in columns")
    func met() {
        let lines = Self.timeline(Self.granted())
        #expect(lines.contains("      ✓ Sec-WebSocket-Key      dGhlIHNhbXBsZSBub25jZQ== · 16 bytes in base64"))
        #expect(lines.contains("      · Origin                 none"))
        #expect(lines.contains("      ✓ Sec-WebSocket-Accept   s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        let extensions = lines.lastIndex { $0.contains("✓ extensions") } ?? 0
        #expect(
            lines[extensions...].prefix(6) == [
                "      ✓ extensions             permessage-deflate; server_no_context_takeover;",
                "                               client_max_window_bits=10",
                "                               server must not keep its context",
                "                               server may use a window of 2^15 bytes",
                "                               client may keep its context",
                "                               client may use a window of 2^10 bytes",
            ])
    }

    @Test("a broken requirement shows what was found, expected, how that comes about, and the rule, and is told once")
    func broken() {
        let lines = Self.timeline(Self.granted(accept: "S3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
        let place = lines.firstIndex { $0.contains("✗") } ?? 0
        #expect(
            lines[place...].prefix(5) == [
                "      ✗ Sec-WebSocket-Accept   S3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                "                               expected s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                "                               base64(SHA-1(dGhlIHNhbXBsZSBub25jZQ== +",
                "                                 258EAFA5-E914-47DA-95CA-C5AB0DC85B11))",
                "                               RFC 6455 §4.2.2 · handshake.accept.wrong",
            ])
        #expect(lines.filter { $0.contains("✗") }.count == 1)
        #expect(Self.timeline(Self.granted(accept: "wrong"), handshake: false).filter { $0.contains("✗") }.count == 1)
    }

    @Test("nothing is wider than the terminal, and ASCII stays ASCII", arguments: [60, 80, 120])
    func widths(width: Int) {
        let long = RefusalBody(bytes: Array(String(repeating: "wörter und wörter ", count: 40).utf8), length: 800)
        for connection in [Self.granted(accept: "wrong"), Self.refused(long, [("Server", String(repeating: "x", count: 300))])] {
            for handshake in [true, false] {
                for line in Self.timeline(connection, width: width, handshake: handshake) { #expect(line.count <= width, "\(line)") }
            }
            let ascii = Self.timeline(connection, width: width, palette: Palette(isASCII: true)).joined()
            #expect(ascii.utf8.allSatisfy { $0 < 0x7F })
        }
    }

    @Test("a refusal has a row with the beginning of its body, made safe")
    func bodyRow() {
        let page = RefusalBody(bytes: Array("<html>\r\n  <title>No\u{1B}[2J</title>\r\n".utf8), length: 36)
        #expect(Self.timeline(Self.refused(page), handshake: false).last == "                 │ <html> <title>No\\u{1b}[2J</title>")
        let cut = RefusalBody(bytes: Array("grü".utf8.dropLast()), length: nil, isCut: true)
        #expect(Self.timeline(Self.refused(cut), handshake: false).last == "                 │ gr …")
        for other in [
            RefusalBody(bytes: [0xFF, 0xFE], length: 2), RefusalBody(bytes: [], length: 0), RefusalBody(bytes: [0x0A], length: 1),
        ] {
            #expect(Self.timeline(Self.refused(other), handshake: false).last?.contains("403 Forbidden") == true)
        }
        #expect(Self.timeline(Self.refused(page), handshake: false, payload: .none).last?.contains("403 Forbidden") == true)
    }

    @Test("a refusal is shown with the headers that tell who and why, and its body line by line")
    func refusal() {
        let page = RefusalBody(bytes: Array("<html>\r\n<title>No</title>\r\n".utf8), length: 27)
        let lines = Self.timeline(Self.refused(page, [("Date", "today"), ("Retry-After", "120"), ("Server", "nginx")]))
        let place = lines.firstIndex { $0.contains("what the server answers") } ?? 0
        #expect(
            lines[(place + 1)...] == [
                "      · status                 403 Forbidden, not 101",
                "      ✓ head                   HTTP's grammar",
                "        Server                 nginx",
                "        Retry-After            120",
                "        body                   27 B",
                "        │ <html>",
                "        │ <title>No</title>",
            ])
        let many = RefusalBody(bytes: Array(String(repeating: "line\n", count: 30).utf8), length: 9_000, isCut: true)
        #expect(Self.timeline(Self.refused(many)).suffix(2) == ["        │ line", "        │ …"])
        #expect(Self.timeline(Self.refused(many)).contains("        body                   the first 150 B of 9,000 B"))
        #expect(Self.timeline(Self.refused(many), payload: .full).filter { $0.hasSuffix("│ line") }.count == 30)
        let coded = RefusalBody(bytes: [0x1F, 0x8B, 8], length: 3, codings: ["gzip"], inflated: Array("no".utf8))
        #expect(
            Self.timeline(Self.refused(coded)).suffix(2) == ["        body                   3 B · gzip, 2 B inflated", "        │ no"])
        let hidden = RefusalBody(bytes: [0x1B, 0x01], length: 2, codings: ["br"])
        #expect(
            Self.timeline(Self.refused(hidden)).suffix(2) == ["        body                   2 B · br, which hides it", "        │ 1b 01"])
        let broken = RefusalBody(bytes: Array("on".utf8), length: 27, isComplete: false)
        #expect(Self.timeline(Self.refused(broken)).contains("        body                   2 B of 27 B, then it breaks off"))
    }

    // MARK: JSON

    @Test("a refusal's body is text or base64, with what is known of its length")
    func bodyMembers() throws {
        func body(_ body: RefusalBody, _ headers: [(String, String)] = [], _ change: (inout JSONLinesReport.Options) -> Void = { _ in })
            throws -> NSDictionary?
        {
            let response = try Self.json(Self.refused(body, headers), change)["response"] as? [String: Any]
            return response?["body"] as? NSDictionary
        }
        let text = RefusalBody(bytes: Array("no".utf8), length: 2)
        #expect(try body(text) == ["kept": 2, "length": 2, "text": "no"])
        #expect(try body(RefusalBody(bytes: text.bytes, length: 2, codings: ["br"])) == ["kept": 2, "length": 2, "base64": "bm8="])
        let inflated = RefusalBody(bytes: [1, 2, 3], length: 3, codings: ["gzip"], inflated: text.bytes, isInflatedCut: true)
        #expect(try body(inflated) == ["kept": 3, "length": 3, "inflated": 2, "text": "no", "truncated": true])
        #expect(try body(text) { $0.payload = .none } == ["kept": 2, "length": 2])
        #expect(try body(text) { $0.payloadLimit = 1 } == ["kept": 2, "length": 2, "text": "n", "truncated": true])
        #expect(try body(RefusalBody(bytes: [0xFF], length: 1)) == ["kept": 1, "length": 1, "base64": "/w=="])
        #expect(
            try body(RefusalBody(bytes: [0x61, 0xC3], length: nil, isCut: true)) == ["kept": 2, "text": "a", "truncated": true])
        #expect(
            try body(RefusalBody(bytes: [0x61], length: 5, isComplete: false))
                == ["kept": 1, "length": 5, "text": "a", "complete": false])
    }

    @Test("the member handshake has every check, what was offered and what was chosen, and only when asked for")
    func members() throws {
        #expect(try Self.json(Self.granted())["handshake"] == nil)
        let object = try Self.json(Self.granted(accept: "wrong")) { $0.handshake = true }
        let handshake = try #require(object["handshake"] as? [String: Any])
        let checks = try #require(handshake["checks"] as? [[String: String]])
        #expect(
            checks.first { $0["name"] == "Sec-WebSocket-Accept" } == [
                "side": "server", "name": "Sec-WebSocket-Accept", "requirement": "The accept value is made from the client's key.",
                "section": "RFC 6455 §4.2.2", "expected": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "found": "wrong",
                "derivation": "base64(SHA-1(dGhlIHNhbXBsZSBub25jZQ== + 258EAFA5-E914-47DA-95CA-C5AB0DC85B11))", "state": "broken",
                "rule": "handshake.accept.wrong",
            ])
        #expect(
            handshake["offered"] as? NSDictionary == [
                "subprotocols": ["chat", "superchat"],
                "extensions": [
                    [
                        "name": "permessage-deflate", "parameters": [["client_max_window_bits"]],
                        "means": ["server may ask the client for a smaller window"],
                    ] as NSDictionary
                ],
            ])
        let chosen = try #require(handshake["chosen"] as? [String: Any])
        #expect(chosen["subprotocol"] as? String == "chat")
        let refused = try Self.json(Self.refused(RefusalBody(bytes: [], length: 0))) { $0.handshake = true }
        #expect((refused["handshake"] as? [String: Any])?["chosen"] == nil)
    }
}
