import HTTP
import TestSupport
import Testing

@Suite struct HeadDecoderTests {
    /// The opening handshake of RFC 6455 §1.2.
    static let request = """
        GET /chat HTTP/1.1\r
        Host: server.example.com\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        Origin: http://example.com\r
        Sec-WebSocket-Protocol: chat, superchat\r
        Sec-WebSocket-Version: 13\r
        \r

        """

    static let response = """
        HTTP/1.1 101 Switching Protocols\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
        Sec-WebSocket-Protocol: chat\r
        \r

        """

    static let requests = [
        request, "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.0\n\n", "\r\n\r\n\nGET / HTTP/1.1\nA: b\r\n\n",
        "GET / HTTP/1.1\r\nA: b\r\n  c\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\n", "rubbish\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n",
    ]

    static let responses = [
        response, "HTTP/1.1 200\r\n\r\n", "HTTP/1.0 404 Not Found\nA:\n\n", "HTTP/1.1 100 Continue\r\n\r\n", "\r\nHTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
    ]

    static let tails: [[UInt8]] = [[0x81, 0x05] + "Hello".bytes, "\r\n\r\n".bytes, "HTTP/1.1 200 OK\r\n\r\n".bytes, [0, 0xFF, 0x0A]]

    @Test("the request of RFC 6455 §1.2 is read as it stands")
    func exampleRequest() throws {
        let head = try #require(decodeRequest(Self.request.bytes).head)
        #expect(head.method == "GET")
        #expect(head.target == "/chat")
        #expect(head.version == "HTTP/1.1")
        #expect(head.byteCount == Self.request.utf8.count)
        #expect(head.oddities == [])
        #expect(head.headers.count == 7)
        #expect(head.headers[3] == Header(name: "Sec-WebSocket-Key", value: "dGhlIHNhbXBsZSBub25jZQ=="))
    }

    @Test("the response of RFC 6455 §1.2 is read as it stands")
    func exampleResponse() throws {
        let head = try #require(decodeResponse(Self.response.bytes).head)
        #expect(head.version == "HTTP/1.1")
        #expect(head.status == 101)
        #expect(head.reason == "Switching Protocols")
        #expect(head.byteCount == Self.response.utf8.count)
        #expect(head.oddities == [])
        #expect(head.headers.map(\.name) == ["Upgrade", "Connection", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol"])
    }

    @Test("how a request is cut, and what follows it, does not change the outcome", arguments: requests)
    func choppedRequest(text: String) {
        let seed = UInt64.random(in: .min ... .max)
        let whole = decodeRequest(text.bytes)
        for tail in whole == .needsMore ? [[]] : [[]] + Self.tails {
            for ends in choppings(of: text.utf8.count + tail.count, seed: seed) {
                let outcome = decodeRequest(text.bytes + tail, ends: ends)
                #expect(outcome == whole, "seed \(seed), tail \(tail), ends \(ends)")
            }
        }
    }

    @Test("how a response is cut, and what follows it, does not change the outcome", arguments: responses)
    func choppedResponse(text: String) {
        let seed = UInt64.random(in: .min ... .max)
        let whole = decodeResponse(text.bytes)
        for tail in whole == .needsMore ? [[]] : [[]] + Self.tails {
            for ends in choppings(of: text.utf8.count + tail.count, seed: seed) {
                let outcome = decodeResponse(text.bytes + tail, ends: ends)
                #expect(outcome == whole, "seed \(seed), tail \(tail), ends \(ends)")
            }
        }
    }

    @Test("one decoder reads an interim response and the final one behind it")
    func interim() throws {
        let bytes = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nA: b\r\n\r\n".bytes
        var decoder = ResponseHeadDecoder()
        let firstOutcome = decoder.take(bytes.span)
        let first = try #require(firstOutcome.head)
        #expect(first.status == 100)
        #expect(first.byteCount == 25)
        let secondOutcome = decoder.take(bytes.span.extracting(first.byteCount..<bytes.count))
        let second = try #require(secondOutcome.head)
        #expect(second.status == 204)
        #expect(second.headers == [Header(name: "A", value: "b")])
        #expect(first.byteCount + second.byteCount == bytes.count)
    }

    @Test("malformed bytes stay malformed when more come")
    func malformedStays() {
        let bytes = "rubbish\r\nGET / HTTP/1.1\r\n\r\n".bytes
        var decoder = RequestHeadDecoder()
        let first = decoder.take(bytes.span.extracting(0..<9))
        let second = decoder.take(bytes.span)
        #expect(first == .malformed(HeadError(cause: .badStartLine, offset: 0)))
        #expect(second == first)
    }

    @Test("a head exactly as long as the limit is read, one byte more is too long, however it is cut")
    func byteLimit() {
        let text = "GET / HTTP/1.1\r\nA: b\r\n\r\n"
        let count = text.utf8.count
        for ends in choppings(of: count, seed: 1) {
            let fits = decodeRequest(text.bytes, ends: ends, limits: HeadLimits(byteCount: count, headerCount: 10))
            let exceeds = decodeRequest(text.bytes, ends: ends, limits: HeadLimits(byteCount: count - 1, headerCount: 10))
            #expect(fits.head?.byteCount == count)
            #expect(exceeds == .malformed(HeadError(cause: .tooLong, offset: count - 1)))
        }
        for nonsense in [0, -1, Int.min] {
            let outcome = decodeRequest(text.bytes, limits: HeadLimits(byteCount: nonsense, headerCount: nonsense))
            #expect(outcome == .malformed(HeadError(cause: .tooLong, offset: 0)))
        }
    }

    @Test("without a limit of one's own 64 KiB and 1000 headers are the limits")
    func defaultLimits() {
        let endless = "GET / HTTP/1.1\r\nA: ".bytes + [UInt8](repeating: UInt8(ascii: "a"), count: 65_536)
        #expect(decodeRequest(endless) == .malformed(HeadError(cause: .tooLong, offset: 65_536)))
        let start = "GET / HTTP/1.1\r\n"
        let many = { start + String(repeating: "A: b\r\n", count: $0) + "\r\n" }
        #expect(decodeRequest(many(1000).bytes).head?.headers.count == 1000)
        #expect(decodeRequest(many(1000).bytes).head?.oddities == [])
        let more = decodeRequest((start + String(repeating: "A: b\r\n", count: 1002) + " c\r\n\r\n").bytes).head
        #expect(more?.headers.count == 1000)
        #expect(more?.headers.reversed().first == Header(name: "A", value: "b"))
        #expect(more?.oddities == [.fieldsLeftOut])
    }

    @Test("a long head that comes byte by byte is looked at once")
    func linear() {
        let growth = Growth(to: 65_000) { count in
            let text = "GET / HTTP/1.1\r\nA: " + String(repeating: "a", count: count) + "\r\n\r\n"
            return processorTime {
                let outcome = decodeRequest(text.bytes, ends: Array(0...text.utf8.count))
                #expect(outcome.head?.byteCount == text.utf8.count)
            }
        }
        #expect(growth.isLinear, "\(growth)")
    }
}
