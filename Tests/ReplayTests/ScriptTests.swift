import Bytes
import HTTP
import Packets
import Testing
import WebSocket

@testable import Inspection
@testable import Replay

@Suite("Heads for another peer")
struct UpgradeTests {
    private func fields(_ request: RequestHead?) -> [String] { request?.headers.map { "\($0.name): \($0.value)" } ?? [] }

    @Test("the request has another Host and key, the origin of the server itself, and the path of the URL where that has one")
    func request() throws {
        let script = Scene.script([])
        let request = script.request(to: try Target("ws://localhost:9000"), key: "KEY", [], Values())
        #expect(request?.target == "/chat?token=abc")
        #expect(
            fields(request) == [
                "Host: localhost:9000", "Origin: http://localhost:9000", "Upgrade: websocket", "Connection: Upgrade",
                "Sec-WebSocket-Key: KEY", "Sec-WebSocket-Version: 13",
            ])
        #expect(script.request(to: try Target("ws://localhost/x"), key: "KEY", [], Values())?.target == "/x")
    }

    @Test("a target that was meant for a proxy loses its host")
    func absoluteTarget() throws {
        let original = Scene.connection()
        let head = RequestHead(method: "GET", target: "http://example.com/chat?a=b", headers: original.request?.headers ?? [])
        let script = Script(
            Connection(
                original, request: head, response: original.response, refusalBody: nil,
                handshakeFindings: original.handshakeFindings))
        #expect(script.request(to: try Target("ws://localhost"), key: "KEY", [], Values())?.target == "/chat?a=b")
    }

    @Test("fields are changed where they stand, added at the end, and left out")
    func changes() throws {
        let changes = ["origin: null", "X-New: 1", "Sec-WebSocket-Version:"].compactMap { FieldChange($0) }
        let request = Scene.script([]).request(to: try Target("ws://localhost/"), key: "KEY", changes, Values())
        #expect(
            fields(request) == [
                "Host: localhost", "origin: null", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: KEY", "X-New: 1",
            ])
        #expect(FieldChange("no colon") == nil && FieldChange("a b: c") == nil && FieldChange("a: b\r\nc: d") == nil)
    }

    @Test("of HTTP/2 the request is what it is in HTTP/1.1")
    func http2() throws {
        let head = RequestHead(
            method: "CONNECT", target: "/chat", version: HTTPVersion.http2,
            headers: [
                Header(name: ":method", value: "CONNECT"), Header(name: ":protocol", value: "websocket"),
                Header(name: ":authority", value: "example.com"), Header(name: "sec-websocket-version", value: "13"),
            ])
        let original = Scene.connection()
        let script = Script(
            Connection(
                original, request: head, response: original.response, refusalBody: nil, handshakeFindings: original.handshakeFindings))
        let request = script.request(to: try Target("ws://localhost/"), key: "KEY", [], Values())
        #expect(request?.method == "GET" && request?.version == "HTTP/1.1")
        #expect(
            fields(request) == [
                "Host: localhost", "sec-websocket-version: 13", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: KEY",
            ])
    }

    @Test("no line can be smuggled into a head")
    func lines() {
        var output = ByteBuffer()
        RequestHead(method: "GET", target: "/a\r\nX: y", headers: [Header(name: "A", value: "b\r\nC: d\n\0")]).encode(into: &output)
        #expect(String(decoding: output.span.copied(), as: UTF8.self) == "GET /a  X: y HTTP/1.1\r\nA: b  C: d  \r\n\r\n")
    }

    @Test(
        "the answer agrees on what was offered, as far as it did",
        arguments: [
            (
                "permessage-deflate; client_max_window_bits",
                "permessage-deflate; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=11"
            ),
            ("permessage-deflate", "permessage-deflate; client_no_context_takeover; server_max_window_bits=12"),
            (
                "permessage-deflate; server_no_context_takeover; server_max_window_bits=10",
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=10"
            ),
            ("x-webkit-deflate-frame", nil), (nil, nil),
        ] as [(String?, String?)])
    func response(offered: String?, agreed: String?) {
        let own = "permessage-deflate; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=11"
        let script = Scene.script([], Scene.connection(extensions: own))
        var headers = [Header(name: "Upgrade", value: "websocket"), Header(name: "Sec-WebSocket-Key", value: Scene.key)]
        if let offered { headers.append(Header(name: "Sec-WebSocket-Extensions", value: offered)) }
        let response = script.response(to: RequestHead(method: "GET", target: "/", headers: Headers(headers)))
        #expect(response?.headers.value(of: "Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(response?.headers.value(of: "Sec-WebSocket-Extensions") == agreed)
    }
}

@Suite("What was said, as packets")
struct TranscriptTests {
    @Test("packets are read as what was noted, in the order of time", arguments: [true, false])
    func reading(isV4: Bool) {
        let address = isV4 ? IPAddress(192, 0, 2, 1) : IPAddress(v6: 0x2001_0DB8_0000_0000, 1)
        let (client, server) = (Endpoint(address: address, port: 50_000), Endpoint(address: address, port: 80))
        var transcript = Transcript()
        func time(_ number: Int64) -> Timestamp { Timestamp(nanoseconds: number * 1_000) }
        let number = transcript.open(client: client, server: server, at: time(1))
        let text = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        transcript.add(number, from: .client, text.span, at: time(3))
        transcript.add(number, from: .server, [9, 9].span, at: time(2))
        transcript.end(number, from: .server, isReset: false, at: time(4))
        transcript.end(number, from: .client, isReset: true, at: time(5))
        var decoder = PacketDecoder()
        var payloads: [Endpoint: [UInt8]] = [:]
        var flags: [String] = []
        for packet in transcript.ordered {
            guard case .segment(let segment) = decoder.decode(packet.header, packet.bytes.span) else {
                Issue.record("packet \(packet.header.number) is not decoded")
                continue
            }
            payloads[segment.source, default: []] += packet.bytes[segment.capturedRange]
            flags.append(
                (segment.flags.contains(.syn) ? "S" : "") + (segment.flags.contains(.fin) ? "F" : "")
                    + (segment.flags.contains(.rst) ? "R" : "")
                    + (segment.capturedRange.isEmpty ? "" : "."))
        }
        #expect(payloads[client] == text && payloads[server] == [9, 9])
        #expect(flags == ["S", "S", "", ".", ".", ".", ".", ".", "F", "R"])
    }
}
