import HTTP
import Testing

@Suite struct HeadGrammarTests {
    struct RequestLineCase: Sendable {
        var line: String
        var words: [String]?
        var isLoose = false
        var oddities: HeadOddities = []
    }

    @Test(
        "request lines",
        arguments: [
            RequestLineCase(line: "GET / HTTP/1.1", words: ["GET", "/", "HTTP/1.1"]),
            RequestLineCase(line: "get /a?b=c HTTP/1.0", words: ["get", "/a?b=c", "HTTP/1.0"]),
            RequestLineCase(line: "CONNECT example.com:443 HTTP/1.1", words: ["CONNECT", "example.com:443", "HTTP/1.1"]),
            RequestLineCase(line: "OPTIONS * HTTP/1.1", words: ["OPTIONS", "*", "HTTP/1.1"]),
            RequestLineCase(line: "M-SEARCH http://a/ HTTP/1.1", words: ["M-SEARCH", "http://a/", "HTTP/1.1"]),
            RequestLineCase(line: "GET /a b HTTP/1.1", words: ["GET", "/a b", "HTTP/1.1"], isLoose: true),
            RequestLineCase(line: "GET  /\tHTTP/1.1 ", words: ["GET", "/", "HTTP/1.1"], isLoose: true),
            RequestLineCase(line: " GET / HTTP/1.1", words: ["GET", "/", "HTTP/1.1"], isLoose: true),
            RequestLineCase(line: "GET\t/ HTTP/1.1", words: ["GET", "/", "HTTP/1.1"], isLoose: true),
            RequestLineCase(line: "GET /"), RequestLineCase(line: "GET"), RequestLineCase(line: " "),
            RequestLineCase(line: "GET HTTP/1.1"), RequestLineCase(line: "GET  HTTP/1.1"), RequestLineCase(line: "G(T / HTTP/1.1"),
            RequestLineCase(line: "GET / http/1.1", words: ["GET", "/", "http/1.1"], oddities: [.versionOrStatus]),
            RequestLineCase(line: "GET / HTTP/1"), RequestLineCase(line: "GET / HTTP/1.10"),
            RequestLineCase(line: "GET / HTTP/x.1"), RequestLineCase(line: "GET / HTTP/1,1"), RequestLineCase(line: "HTTP/1.1 200 OK"),
        ])
    func requestLine(example: RequestLineCase) {
        let outcome = decodeRequest("\(example.line)\r\n\r\n".bytes)
        guard let words = example.words else {
            #expect(outcome == .malformed(HeadError(cause: .badStartLine, offset: 0)))
            return
        }
        #expect(outcome.head.map { [$0.method, $0.target, $0.version] } == words)
        #expect(outcome.head?.oddities == (example.isLoose ? [.looseStartLine] : example.oddities))
    }

    struct StatusLineCase: Sendable {
        var line: String
        var status: Int?
        var reason = ""
        var isLoose = false
        var oddities: HeadOddities = []
    }

    @Test(
        "status lines",
        arguments: [
            StatusLineCase(line: "HTTP/1.1 200 OK", status: 200, reason: "OK"),
            StatusLineCase(line: "HTTP/1.0 404 Not  Found ", status: 404, reason: "Not  Found "),
            StatusLineCase(line: "HTTP/1.1 204 ", status: 204), StatusLineCase(line: "HTTP/1.1 204", status: 204, isLoose: true),
            StatusLineCase(line: "HTTP/1.1 999 x", status: 999, reason: "x"),
            StatusLineCase(line: "HTTP/1.1 000 x", status: 0, reason: "x"),
            StatusLineCase(line: "HTTP/1.1  101 x", status: 101, reason: "x", isLoose: true),
            StatusLineCase(line: "HTTP/1.1\t101\tx", status: 101, reason: "x", isLoose: true),
            StatusLineCase(line: "HTTP/1.1 101  x", status: 101, reason: " x"),
            StatusLineCase(line: "HTTP/1.1 200 é", status: 200, reason: "é"),
            StatusLineCase(line: "HTTP/1.1 0101 x", status: 101, reason: "x", oddities: [.versionOrStatus]),
            StatusLineCase(line: "http/1.1 101 x", status: 101, reason: "x", oddities: [.versionOrStatus]),
            StatusLineCase(line: "HTTP/1.1 0020", status: 20, oddities: [.versionOrStatus, .looseStartLine]),
            StatusLineCase(line: "HTTP/1.1 00200OK"),
            StatusLineCase(line: "HTTP/1.1"), StatusLineCase(line: "HTTP/1.1 "), StatusLineCase(line: "HTTP/1.1 20"),
            StatusLineCase(line: "HTTP/1.1 2000"), StatusLineCase(line: "HTTP/1.1 2x0"), StatusLineCase(line: "HTTP/1.1 200OK"),
            StatusLineCase(line: "HTTP/1.1 -20"), StatusLineCase(line: "ICY 200 OK"), StatusLineCase(line: " HTTP/1.1 200 OK"),
            StatusLineCase(line: ""), StatusLineCase(line: "GET / HTTP/1.1"),
        ])
    func statusLine(example: StatusLineCase) {
        let outcome = decodeResponse("\(example.line)\r\n\r\n".bytes)
        guard let status = example.status else {
            #expect(outcome == .malformed(HeadError(cause: .badStartLine, offset: 0)))
            return
        }
        #expect(outcome.head?.status == status)
        #expect(outcome.head?.reason == example.reason)
        #expect(outcome.head?.oddities == (example.isLoose ? [.looseStartLine] : example.oddities))
    }

    struct FieldCase: Sendable {
        var lines: String
        var headers: Headers
        var oddities: HeadOddities = []
    }

    @Test(
        "field lines",
        arguments: [
            FieldCase(lines: "Name: value\r\n", headers: [Header(name: "Name", value: "value")]),
            FieldCase(lines: "nAmE:\t a \t b \t\r\n", headers: [Header(name: "nAmE", value: "a \t b")]),
            FieldCase(lines: "A:\r\nB: \r\n", headers: [Header(name: "A", value: ""), Header(name: "B", value: "")]),
            FieldCase(lines: "A:b:c\r\n", headers: [Header(name: "A", value: "b:c")]),
            FieldCase(lines: "A: b\n", headers: [Header(name: "A", value: "b")], oddities: [.bareLineFeed]),
            FieldCase(lines: "A \t: b\r\n", headers: [Header(name: "A \t", value: "b")], oddities: [.blankBeforeColon]),
            FieldCase(lines: "A B: c\r\n", headers: [Header(name: "A B", value: "c")], oddities: [.nameNotToken]),
            FieldCase(lines: "É: c\r\n", headers: [Header(name: "É", value: "c")], oddities: [.nameNotToken]),
            FieldCase(lines: "A: b\u{0}c\r\n", headers: [Header(name: "A", value: "b\u{0}c")], oddities: [.controlInValue]),
            FieldCase(lines: "A: b\rc\r\n", headers: [Header(name: "A", value: "b\rc")], oddities: [.controlInValue]),
            FieldCase(lines: "A: b\r\r\n", headers: [Header(name: "A", value: "b\r")], oddities: [.controlInValue]),
            FieldCase(
                lines: "A: b\r\n c\r\n\t d \r\nE: f\r\n", headers: [Header(name: "A", value: "b c d"), Header(name: "E", value: "f")],
                oddities: [.foldedLine]),
            FieldCase(lines: "A:\r\n b\r\n", headers: [Header(name: "A", value: "b")], oddities: [.foldedLine]),
            FieldCase(lines: "A: b\r\n \r\n c\r\n", headers: [Header(name: "A", value: "b c")], oddities: [.foldedLine]),
        ])
    func fields(example: FieldCase) {
        let head = decodeRequest("GET / HTTP/1.1\r\n\(example.lines)\r\n".bytes).head
        #expect(head?.headers == example.headers)
        #expect(head?.oddities == example.oddities)
    }

    @Test(
        "field lines that are none are kept without a name, and the lines around them are read",
        arguments: [
            FieldCase(lines: "no colon\r\n", headers: [Header(name: "", value: "no colon")], oddities: [.nameMissing]),
            FieldCase(lines: ": value\r\n", headers: [Header(name: "", value: "value")], oddities: [.nameMissing]),
            FieldCase(lines: ":\r\n", headers: [Header(name: "", value: "")], oddities: [.nameMissing]),
            FieldCase(
                lines: "A: b\r\nfoo\r\nC: d\r\n",
                headers: [Header(name: "A", value: "b"), Header(name: "", value: "foo"), Header(name: "C", value: "d")],
                oddities: [.nameMissing]),
            FieldCase(
                lines: "A: b\r\n\r\r\n", headers: [Header(name: "A", value: "b"), Header(name: "", value: "\r")], oddities: [.nameMissing]),
            FieldCase(lines: " A: b\r\n", headers: [Header(name: "A", value: "b")], oddities: [.blankBeforeFields]),
            FieldCase(lines: "\t\r\n", headers: [], oddities: [.blankBeforeFields]),
            FieldCase(lines: "\t\r\nA: b\r\n", headers: [Header(name: "A", value: "b")], oddities: [.blankBeforeFields]),
        ])
    func badFields(example: FieldCase) {
        let head = decodeRequest("GET / HTTP/1.1\r\n\(example.lines)\r\n".bytes).head
        #expect(head?.headers == example.headers)
        #expect(head?.oddities == example.oddities)
    }

    @Test("empty lines before a request are skipped and counted, before a response they are not skipped")
    func emptyLines() {
        let request = decodeRequest("\r\n\nGET / HTTP/1.1\r\n\r\n".bytes).head
        #expect(request?.byteCount == 21)
        #expect(request?.oddities == [.emptyLinesBefore, .bareLineFeed])
        #expect(decodeRequest("\r\n\r\n".bytes) == .needsMore)
        #expect(decodeResponse("\r\nHTTP/1.1 200 OK\r\n\r\n".bytes).error?.cause == .badStartLine)
    }

    @Test("a value is UTF-8 if it can be, and Latin-1 otherwise")
    func encodings() {
        let start = "GET /\u{e9} HTTP/1.1\r\nA: ".bytes
        let utf8 = decodeRequest(start + [0xC3, 0xA9] + "\r\n\r\n".bytes).head
        let latin1 = decodeRequest(start + [0x80, 0xE9, 0xFF] + "\r\n\r\n".bytes).head
        #expect(utf8?.target == "/é")
        #expect(utf8?.headers.value(of: "a") == "é")
        #expect(latin1?.headers.value(of: "a") == "\u{80}éÿ")
    }
}
