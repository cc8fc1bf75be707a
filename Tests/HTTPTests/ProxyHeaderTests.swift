import HTTP
import Testing

@Suite struct ProxyHeaderTests {
    private static let block: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10, 0x21, 0x11, 0, 12]
    private static let addresses: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 1, 0xDC, 0x04, 1, 0xBB]

    @Test(
        "the line of version 1, which ends with CR LF within 107 bytes",
        arguments: [
            ("", .needsMore), ("PROX", .needsMore), ("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443", .needsMore),
            ("PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\nGET /", .yes(45)), ("PROXY UNKNOWN\r\n", .yes(15)), ("PROXY UNKNOWN\n", .no),
            ("GET / HTTP/1.1", .no), ("PROXYING", .no), ("\r\nGET / HTTP/1.1", .no), ("PROXY " + String(repeating: "x", count: 101), .no),
        ] as [(String, ProxyHeader.Verdict)])
    func line(text: String, verdict: ProxyHeader.Verdict) {
        let bytes = Array(text.utf8)
        let found = ProxyHeader.look(at: bytes.span)
        #expect(found == verdict)
    }

    @Test("the block of version 2, as long as it says")
    func blocks() {
        let whole = Self.block + Self.addresses
        for length in 0...whole.count {
            let bytes = Array(whole[..<length])
            let found = ProxyHeader.look(at: bytes.span)
            #expect(found == (length < whole.count ? .needsMore : .yes(28)))
        }
        var other = whole + [0x47]
        let withMore = ProxyHeader.look(at: other.span)
        #expect(withMore == .yes(28))
        other[12] = 0x31
        let later = ProxyHeader.look(at: other.span)
        #expect(later == .no)
    }
}
