import Bytes
import Testing

@testable import Redaction

/// `text` with markers in place of its secrets.
private func redacted(_ text: String, _ names: SecretNames = SecretNames(), _ find: (inout SecretFinder, Span<UInt8>) -> [Secret]) -> String
{
    var finder = SecretFinder(names)
    let bytes = Array(text.utf8)
    var output = ByteBuffer()
    Marker.replace(find(&finder, bytes.span), in: bytes.span, to: &output)
    return String(decoding: output.span.copied(), as: UTF8.self)
}

private func text(_ text: String) -> String { redacted(text) { $0.find(inText: $1) } }

@Suite("Finding secrets in text")
struct SecretTextTests {
    @Test(
        "values of telling names go, whatever they are",
        arguments: [
            (#"{"user":"ada","token":"abc"}"#, #"{"user":"ada","token":"[redacted]"}"#),
            (#"{"a":[{"b":{"refreshToken" : "x\"y\\","n":1}}]}"#, #"{"a":[{"b":{"refreshToken" : "[redacted]","n":1}}]}"#),
            (#"{"pin":1234,"next":5}"#, #"{"pin":0,"next":5}"#),
            (#"{"auth":true,"session":null,"password":""}"#, #"{"auth":true,"session":null,"password":""}"#),
            (#"{"credentials":{"id":"a}","k":["b"]},"x":1}"#, #"{"credentials":{},"x":1}"#),
            (#"{"api-keys":["a","b"],"x":[1]}"#, #"{"api-keys":[],"x":[1]}"#),
            (#"{"tok\u0065n":"abc"}"#, #"{"tok\u0065n":"[redacted]"}"#),
            (#"42["join",{"accessToken":"abc"}]"#, #"42["join",{"accessToken":"[redacted]"}]"#),
            (#"{"body":"{\"token\":\"a\\\"b\",\"n\":1}"}"#, #"{"body":"{\"token\":\"[redacted]\",\"n\":1}"}"#),
            ("user=ada&password=s3&x=1", "user=ada&password=[redacted]&x=1"),
            ("login: ada\npassword: a b, c\nnext: 1", "login: ada\npassword: [redacted]\nnext: 1"),
            ("{'token': 'abc', 'n': 1}", "{'token': '[redacted]', 'n': 1}"),
            ("token=Bearer abc.def rest", "token=[redacted] rest"),
            (#"{"token":"abc"#, #"{"token":"[redacted]"#),
            (#"{"secret":{"a":1"#, #"{"secret":[redacted]"#),
        ])
    func telling(_ given: String, _ wanted: String) {
        #expect(text(given) == wanted)
    }

    @Test(
        "a JSON number that is a secret, or has one in it, stays a number",
        arguments: [
            // Digits that are hexadecimal for others, and what a cookie said.
            ("{\"a\":\n\(String(repeating: "6", count: 70))\(String(repeating: "3", count: 34))\n}", 104),
            ("{\"a\":\n37303617333373\n,\"b\":1}", 14),
        ])
    func numbers(_ given: String, _ digitCount: Int) {
        var finder = SecretFinder(SecretNames())
        _ = finder.find(inHeader: "Cookie", Array("sid=17333373".utf8).span)
        var bytes = Array(given.utf8)
        let found = finder.find(inText: bytes.span)
        #expect(found.map(\.kind) == [.number])
        Marker.fill(found, in: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self).contains("\n\(String(repeating: "1", count: digitCount))\n"))
    }

    @Test(
        "what only resembles a secret stays",
        arguments: [
            #"{"author":"Ada","type":"price","symbol":"EUR/USD","bid":1.0847,"opinion":3}"#,
            "2026-11-22T19:16:21.263725Z price-updates-2026-11-22-eurusd-hourly-average",
            "the bearer of this letter, basic information, key: value",
            "https://example.com/rooms/lobby?user=ada&page=2#top",
            #"{"id":"room-1024","at":"2026-01-15T10:00:00.000000Z"}"#,
        ])
    func harmless(_ given: String) {
        #expect(text(given) == given)
    }

    @Test(
        "tokens go wherever they stand",
        arguments: [
            ("x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln y", "x [redacted] y"),
            ("use Bearer abcdef-123 now", "use Bearer [redacted] now"),
            ("key 9f86d081884c7d659a2feaa0c55ad015 end", "key [redacted] end"),
            ("see https://ada:pw@h.example/x?sig=abc&y=1 now", "see https://[redacted]@h.example/x?sig=[redacted]&y=1 now"),
        ])
    func shapes(_ given: String, _ wanted: String) {
        #expect(text(given) == wanted)
    }

    @Test(
        "what logs in is hidden beside the word that says so",
        arguments: [
            (#"42["authenticate","abc",7]"#, #"42["authenticate","[redacted]",0]"#),
            (#"{"id":1,"data":"abc","type":"auth"}"#, #"{"id":1,"data":"[redacted]","type":"auth"}"#),
            (#"{"name":"token","value":"abc"}"#, #"{"name":"token","value":"[redacted]"}"#),
            (#"{"event":"price","value":"abc"}"#, #"{"event":"price","value":"abc"}"#),
            ("PASS abc\r\nNICK ada", "PASS [redacted]\r\nNICK ada"),
            ("<a><password x='1'>abc</password>d</a>", "<a><password x='1'>[redacted]</password>d</a>"),
            ("data=%7B%22token%22%3A1%7D&x=1", "data=[redacted]&x=1"),
            ("see dG9rZW49YWJjZGVm there", "see [redacted] there"),
        ])
    func logins(_ given: String, _ wanted: String) {
        #expect(text(given) == wanted)
    }

    @Test("of logins inside logins more is hidden rather than all looked at again and again")
    func nestedLogins() {
        let given = String(repeating: #"{"type":"auth","a":"#, count: 20_000)
        #expect(!text(given + #""abc""#).contains("abc"))
        let tags = String(repeating: "<token ", count: 20_000)
        #expect(text(tags) == tags)
    }

    @Test("further names are looked for when they are asked for")
    func more() {
        let names = SecretNames(adding: ["account_no"])
        #expect(redacted(#"{"accountNo":"12"}"#, names) { $0.find(inText: $1) } == #"{"accountNo":"[redacted]"}"#)
        #expect(text(#"{"accountNo":"12"}"#) == #"{"accountNo":"12"}"#)
    }

    @Test("what was secret once is found again without its name")
    func repetition() {
        var finder = SecretFinder(SecretNames())
        let cookie = Array("sid=planted-secret".utf8)
        let found = finder.find(inHeader: "Cookie", cookie.span)
        #expect(found.map(\.range) == [4..<18])
        let said = Array("hello planted-secret!".utf8)
        let again = finder.find(inText: said.span)
        #expect(again == [Secret(6..<20, .text, .repeated)])
    }

    @Test("of many secrets each is found where it is repeated, however alike they begin")
    func manyRepetitions() {
        // As JWTs do, whose first bytes are the same.
        let secrets = (0..<500).map {
            "\($0 % 20 == 0 ? "sametoken" : "token\($0 % 9)of")-\(String(repeating: "ab", count: $0 % 7))\($0)-x"
        }
        var finder = SecretFinder(SecretNames())
        for secret in secrets { _ = finder.find(inText: Array(#"{"password":"\#(secret)"}"#.utf8).span) }
        for secret in secrets {
            let text = Array("prose (\(secret)) and more".utf8)
            let found = finder.find(inText: text.span).map(\.range)
            #expect(found == [7..<7 + secret.utf8.count], "\(secret)")
        }
        #expect(finder.remembered.omittedCount == 0)
    }

    @Test("of secrets that contain one another the longest is found")
    func longestRepetition() {
        var finder = SecretFinder(SecretNames())
        for secret in ["abcdefgh", "abcdefghijkl", "abcdefghij"] {
            _ = finder.find(inText: Array(#"{"password":"\#(secret)"}"#.utf8).span)
        }
        let text = Array("- abcdefghijkl abcdefghijk".utf8)
        #expect(finder.find(inText: text.span).map(\.range) == [2..<14, 15..<25])
    }

    @Test("a secret is found beyond the stretch of a long text that is looked at at a time")
    func farRepetition() {
        let secret = String(repeating: "no secret", count: 400)
        var finder = SecretFinder(SecretNames())
        _ = finder.find(inText: Array(#"{"password":"\#(secret)"}"#.utf8).span)
        let prose = String(repeating: "no secreT ", count: 9_000)
        let text = Array((prose + secret + " " + prose + secret).utf8)
        let found = finder.find(inText: text.span).map(\.range)
        #expect(found == [90_000..<93_600, 183_601..<187_201])
    }

    @Test("filling keeps the length, and leaves JSON what it was")
    func filling() {
        var finder = SecretFinder(SecretNames())
        var bytes = Array(#"{"token":"abc","pin":-1.5,"secret":{"a":"b"},"x":1}"#.utf8)
        let secrets = finder.find(inText: bytes.span)
        Marker.fill(secrets, in: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == #"{"token":"xxx","pin":1111,"secret":{       },"x":1}"#)
    }
}

@Suite("Finding secrets in heads")
struct SecretHeadTests {
    @Test(
        "header fields",
        arguments: [
            ("Cookie", "a=1; b=two=2", "a=[redacted]; b=[redacted]"),
            ("Set-Cookie", "id=7; Path=/; HttpOnly", "id=[redacted]; Path=/; HttpOnly"),
            ("Authorization", "Basic YWRhOnB3", "Basic [redacted]"),
            ("proxy-authorization", "opaque", "[redacted]"),
            ("X-Api-Key", "k", "[redacted]"),
            ("(unknown)", "k", "[redacted]"),
            ("(unknown)", "(unknown)", "(unknown)"),
            (":path", "/rooms?token=abc&x=1", "/rooms?token=[redacted]&x=1"),
            ("Referer", "https://h/?token=abc&x=1", "https://h/?token=[redacted]&x=1"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Protocol", "chat.v2, access_token, abc", "chat.v2, access_token, [redacted]"),
            (
                "Sec-WebSocket-Protocol", "base64url.bearer.authorization.k8s.io.YWJj, v4.channel.k8s.io",
                "base64url.bearer.[redacted], v4.channel.k8s.io"
            ),
            ("Sec-WebSocket-Protocol", "graphql-transport-ws, 8fK2mQ9xL4pR7tZ1", "graphql-transport-ws, [redacted]"),
        ])
    func fields(_ name: String, _ value: String, _ wanted: String) {
        #expect(redacted(value) { $0.find(inHeader: name, $1) } == wanted)
    }

    @Test(
        "targets",
        arguments: [
            ("/chat?user=ada&access_token=abc&x=1", "/chat?user=ada&access_token=[redacted]&x=1"),
            ("/ws/8fK2mQ9xL4pR7tZ1/room", "/ws/[redacted]/room"),
            ("/chat?%74oken=abc", "/chat?%74oken=[redacted]"),
            ("/chat?next=%2Fa%3Ftoken%3Dabc", "/chat?next=[redacted]"),
            ("/rooms/lobby-2026-11-22?user=ada", "/rooms/lobby-2026-11-22?user=ada"),
            ("/s/550e8400-e29b-41d4-a716-446655440000", "/s/[redacted]"),
        ])
    func targets(_ target: String, _ wanted: String) {
        #expect(redacted(target) { $0.find(inTarget: $1) } == wanted)
    }
}
