import Testing

@testable import Replay

@Suite("Where a conversation is played to")
struct TargetTests {
    @Test(
        "a URL names host, port and path, and the port of its scheme where it has none",
        arguments: [
            ("ws://localhost:8080/chat?room=7", "localhost", 8_080, "/chat?room=7", "localhost:8080"),
            ("WS://example.com", "example.com", 80, nil, "example.com"),
            ("wss://example.com/", "example.com", 443, "/", "example.com"),
            ("wss://[2001:db8::1]:8443?x=1", "2001:db8::1", 8_443, "/?x=1", "[2001:db8::1]:8443"),
        ] as [(String, String, UInt16, String?, String)])
    func reading(url: String, host: String, port: UInt16, path: String?, authority: String) throws {
        let target = try Target(url)
        #expect(target.host == host)
        #expect(target.port == port)
        #expect(target.target == path)
        #expect(target.authority == authority)
        #expect(target.isSecure == url.lowercased().hasPrefix("wss"))
    }

    @Test(
        "what is no URL of a WebSocket is refused",
        arguments: [
            "localhost:8080", "http://localhost/", "ws://", "ws://:80/", "ws://host:0/", "ws://host:99999/", "ws://::1/", "ws://host/#a",
            "ws://user:pw@host/", "ws://host/a b", "ws://host/\r\nX: y",
        ])
    func refusing(url: String) { #expect(throws: Target.Mistake.self) { try Target(url) } }
}
