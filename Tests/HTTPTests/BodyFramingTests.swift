import HTTP
import Testing

@Suite struct BodyFramingTests {
    typealias Fields = [(String, String)]

    @Test(
        "the fields of a request decide by RFC 9112 §6.3",
        arguments: [
            ([], .none), ([("Content-Length", "5")], .contentLength(5)), ([("content-length ", "5")], .contentLength(5)),
            ([("Content-Length", "0")], .contentLength(0)), ([("Content-Length", "18446744073709551615")], .contentLength(.max)),
            ([("Content-Length", "18446744073709551616")], .malformed(.badContentLength)),
            ([("Content-Length", "99999999999999999999999")], .malformed(.badContentLength)),
            ([("Content-Length", "5, 5")], .contentLength(5)), ([("Content-Length", "5"), ("Content-Length", "05")], .contentLength(5)),
            ([("Content-Length", "5, 6")], .malformed(.differingContentLengths)),
            ([("Content-Length", "5"), ("Content-Length", "6")], .malformed(.differingContentLengths)),
            ([("Content-Length", "+5")], .malformed(.badContentLength)), ([("Content-Length", "-5")], .malformed(.badContentLength)),
            ([("Content-Length", "0x5")], .malformed(.badContentLength)), ([("Content-Length", "")], .malformed(.badContentLength)),
            ([("Content-Length", "5,")], .malformed(.badContentLength)), ([("Content-Length", "5 5")], .malformed(.badContentLength)),
            ([("Transfer-Encoding", "chunked")], .chunked), ([("transfer-encoding", "gzip, Chunked")], .chunked),
            ([("Transfer-Encoding", "gzip"), ("Transfer-Encoding", ", chunked,")], .chunked),
            ([("Content-Length", "5"), ("Transfer-Encoding", "chunked")], .chunked),
            ([("Content-Length", "nonsense"), ("Transfer-Encoding", "chunked")], .chunked),
            ([("Transfer-Encoding", "chunked, gzip")], .malformed(.requestNotChunked)),
            ([("Transfer-Encoding", "identity")], .malformed(.requestNotChunked)),
            ([("Transfer-Encoding", "")], .malformed(.requestNotChunked)),
            ([("Transfer-Encoding", "xchunked")], .malformed(.requestNotChunked)),
        ] as [(Fields, BodyFraming)])
    func request(fields: Fields, framing: BodyFraming) {
        let head = RequestHead(method: "POST", target: "/", headers: headers(fields))
        #expect(BodyFraming.ofRequest(head) == framing)
    }

    @Test(
        "the status, the method and the fields of a response decide by RFC 9112 §6.3",
        arguments: [
            (200, "GET", [], .untilClose), (200, nil, [], .untilClose), (200, "GET", [("Content-Length", "7")], .contentLength(7)),
            (200, "HEAD", [("Content-Length", "7")], .none), (404, "HEAD", [("Transfer-Encoding", "chunked")], .none),
            (100, "GET", [("Content-Length", "7")], .none), (101, "GET", [("Transfer-Encoding", "chunked")], .none), (199, nil, [], .none),
            (204, "GET", [("Content-Length", "7")], .none), (304, "GET", [("Content-Length", "7")], .none),
            (200, "CONNECT", [("Content-Length", "7")], .none), (299, "CONNECT", [("Transfer-Encoding", "chunked")], .none),
            (407, "CONNECT", [("Content-Length", "7")], .contentLength(7)), (200, "head", [("Content-Length", "7")], .contentLength(7)),
            (200, "GET", [("Transfer-Encoding", "gzip")], .untilClose), (200, "GET", [("Transfer-Encoding", "gzip, chunked")], .chunked),
            (200, "GET", [("Transfer-Encoding", "gzip"), ("Content-Length", "7")], .untilClose),
            (200, "GET", [("Content-Length", "7"), ("Content-Length", "8")], .malformed(.differingContentLengths)),
            (200, "GET", [("Content-Length", "x")], .malformed(.badContentLength)), (0, nil, [], .untilClose),
        ] as [(Int, String?, Fields, BodyFraming)])
    func response(status: Int, method: String?, fields: Fields, framing: BodyFraming) {
        let head = ResponseHead(status: status, reason: "", headers: headers(fields))
        #expect(BodyFraming.ofResponse(head, toMethod: method) == framing)
        #expect(BodyDecoder.forResponse(head, toMethod: method) == BodyDecoder(framing))
    }

    private func headers(_ fields: Fields) -> Headers { Headers(fields.map { Header(name: $0.0, value: $0.1) }) }
}
