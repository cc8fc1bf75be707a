import TLS
import Testing

@Suite struct ClientKindTests {
    static func bytes(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }

    /// A ClientHello with these suites and with empty extensions.
    static func hello(_ suites: [Int], _ extensions: [Int]) -> [UInt8] {
        var hello: [UInt8] = [3, 3] + [UInt8](repeating: 7, count: 32) + [0]
        hello += bytes(2 * suites.count)
        for suite in suites { hello += bytes(suite) }
        hello += [1, 0]
        hello += bytes(4 * extensions.count)
        for type in extensions { hello += bytes(type) + [0, 0] }
        return hello
    }

    @Test(
        "libraries are known by the order of what they offer",
        arguments: [
            (hello([0x1302, 0x1303, 0x1301, 0xC02C, 0x00FF], [11, 10, 35, 22, 23, 13, 43, 45, 51]), ClientKind.openssl),
            (hello([0x1301, 0x1303, 0x1302, 0xC02B], [0, 23, 10, 34, 51, 43, 28]), .firefox),
            (hello([0x0A0A, 0x1301, 0x1302, 0x1303, 0xC02B], [0x1A1A, 0, 23, 17_513]), .chromium),
            (hello([0x3A3A, 0x1301, 0x1302, 0x1303, 0xC02C, 0xC008], [0, 23]), .safari),
            (hello([0xC02B, 0xC02F, 0xC02C, 0x1301, 0x1302, 0x1303], [0, 5, 10, 11, 13]), .go),
            (hello([0x1302, 0x1301, 0x1303, 0xC02C], [5, 10, 13, 17, 23]), .java),
            (hello([0x1302, 0x1303, 0x1301, 0x1304, 0xC02C], [5, 10, 22, 23]), .gnutls),
            (hello([0x1302, 0x1301, 0x1303, 0xC02C, 0xC02B, 0xCCA9], [10, 11, 13]), .rust),
        ])
    func libraries(hello: [UInt8], expected: ClientKind) { #expect(ClientKind(clientHello: hello) == expected) }

    @Test("what looks like none of them is not guessed")
    func unknown() {
        #expect(ClientKind(clientHello: Self.hello([0xC02F, 0xC030], [0, 10])) == nil)
        let hello = Self.hello([0x1302, 0x1303, 0x1301], [22])
        for count in 0..<hello.count { _ = ClientKind(clientHello: Array(hello.prefix(count))) }
    }

    @Test(
        "a User-Agent says it",
        arguments: [
            ("curl/8.5.0", ClientKind.curl), ("Python/3.11 websockets/13.0", .python), ("Go-http-client/1.1", .go),
            ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36", .chromium),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", .firefox),
        ])
    func userAgents(text: String, expected: ClientKind) { #expect(ClientKind(userAgent: text) == expected) }

    @Test("others say nothing") func others() { #expect(ClientKind(userAgent: "something/1.0") == nil) }
}
