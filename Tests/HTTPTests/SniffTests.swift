import HTTP
import Testing

@Suite struct SniffTests {
    @Test(
        "what a request can look like",
        arguments: [
            ("", .needsMore), ("G", .needsMore), ("GET", .needsMore), ("GET ", .yes), ("GET /", .yes), ("OPTIONS *", .yes),
            ("CONNECT a", .yes),
            ("\r\n", .needsMore), ("\r\n\r\nPOST ", .yes), ("\r\n\r\n\r\n\r\n\r", .no), ("GETX", .needsMore), ("GETX / HTTP/1.", .yes),
            ("GETX / HTTP/2.", .no), ("PRI * HTTP/2.0", .no), ("M-SEARCH * HTT", .needsMore), ("M-SEARCH * HTTP/1.1", .yes),
            ("M-SEARCH * X", .no),
            ("get /", .needsMore), ("get / http", .no), ("get  / HTTP/1.1", .no), (" GET /", .no), ("GET\t", .no), ("GET\r\n", .no),
            ("hello world\r\n", .no), ("HTTP/1.1 200", .no), ("SSH-2.0-x\r\n", .no), ("\u{16}\u{3}\u{1}", .no), ("{\"a\"", .no), ("é", .no),
            ("X é HTTP/1.1", .no), ("EHLO a\r\n", .no),
        ] as [(String, Sniff.Verdict)])
    func request(text: String, verdict: Sniff.Verdict) {
        #expect(sniffRequest(text.bytes) == verdict)
    }

    @Test(
        "what a response can look like",
        arguments: [
            ("", .needsMore), ("H", .needsMore), ("HTTP/1", .needsMore), ("HTTP/1.", .yes), ("HTTP/1.0 200", .yes), ("HTTP/2", .no),
            ("http/1.", .yes), ("http/2", .no), ("\r\nHTTP/1.1", .no), ("GET ", .no), ("HELO", .no),
        ] as [(String, Sniff.Verdict)])
    func response(text: String, verdict: Sniff.Verdict) {
        #expect(sniffResponse(text.bytes) == verdict)
    }

    @Test("no more than the limits is waited for")
    func limits() {
        let letters = { [UInt8](repeating: UInt8(ascii: "X"), count: $0) }
        #expect(sniffRequest(letters(Sniff.methodLimit)) == .needsMore)
        #expect(sniffRequest(letters(Sniff.methodLimit + 1)) == .no)
        #expect(sniffRequest("X ".bytes + letters(Sniff.targetLimit)) == .needsMore)
        #expect(sniffRequest("X ".bytes + letters(Sniff.targetLimit) + " HTTP/1.1".bytes) == .yes)
        #expect(sniffRequest("X ".bytes + letters(Sniff.targetLimit + 1)) == .no)
    }

    @Test("more bytes never take a yes or a no back")
    func stable() {
        for text in HeadDecoderTests.requests + HeadDecoderTests.responses + ["FOO /bar HTTP/1.1", "FOO /bar BAZ"] {
            var settled: [Sniff.Verdict] = [.needsMore, .needsMore]
            for end in 0...text.utf8.count {
                let prefix = Array(text.bytes[..<end])
                for (index, verdict) in [sniffRequest(prefix), sniffResponse(prefix)].enumerated() {
                    #expect(settled[index] == .needsMore || settled[index] == verdict, "\(text) at \(end)")
                    settled[index] = verdict
                }
            }
        }
    }

    private func sniffRequest(_ bytes: [UInt8]) -> Sniff.Verdict { Sniff.looksLikeRequest(bytes.span) }
    private func sniffResponse(_ bytes: [UInt8]) -> Sniff.Verdict { Sniff.looksLikeResponse(bytes.span) }
}
