import Bytes
import Digests
import HTTP
import Testing

@Suite struct BodyContentTests {
    private static func excerpt(_ framing: BodyFraming, _ body: String, ends: [Int], limit: Int) -> (
        kept: [UInt8], length: UInt64, isCut: Bool
    ) {
        var decoder = BodyDecoder(framing)
        var excerpt = BodyExcerpt(limit: limit)
        var consumed = 0
        for end in ends {
            switch decoder.take(body.bytes.span.extracting(consumed..<end), into: &excerpt) {
            case .needsMore(let count): consumed += count
            case .done, .malformed: return (excerpt.bytes.span.copied(), excerpt.length, excerpt.isCut)
            }
        }
        return (excerpt.bytes.span.copied(), excerpt.length, excerpt.isCut)
    }

    @Test(
        "the content comes out without its framing, however it is cut",
        arguments: [
            (.contentLength(5), "Hello, and the next message"), (.untilClose, "Hello"), (.chunked, "5\r\nHello\r\n0\r\n\r\n"),
            (.chunked, "1;a=b\r\nH\r\n03\r\nell\r\n1\no\n0\r\nTrailer: x\r\n\r\nHTTP/1.1"),
        ] as [(BodyFraming, String)])
    func content(framing: BodyFraming, body: String) {
        let seed = UInt64.random(in: .min ... .max)
        for ends in choppings(of: body.utf8.count, seed: seed) {
            let whole = Self.excerpt(framing, body, ends: ends, limit: 100)
            #expect(whole == ("Hello".bytes, 5, false), "seed \(seed), ends \(ends)")
            let cut = Self.excerpt(framing, body, ends: ends, limit: 3)
            #expect(cut == ("Hel".bytes, 5, true), "seed \(seed), ends \(ends)")
            let exact = Self.excerpt(framing, body, ends: ends, limit: 5)
            #expect(!exact.isCut)
        }
    }

    @Test("a length is declared by Content-Length, and by a response that can have no body")
    func declared() {
        func length(_ status: Int, _ headers: Headers) -> UInt64? {
            BodyFraming.ofResponse(ResponseHead(status: status, reason: "", headers: headers), toMethod: "GET").declaredLength
        }
        #expect(length(403, [Header(name: "Content-Length", value: "12")]) == 12)
        #expect(length(204, []) == 0)
        #expect(length(403, [Header(name: "Transfer-Encoding", value: "chunked")]) == nil)
        #expect(length(403, []) == nil)
    }

    @Test("gzip and zlib are taken off as far as they go, and nothing else is")
    func inflation() throws {
        // Python: gzip.compress(b"no entry\n" * 3, mtime=0), zlib.compress of the same
        let gzip = try #require(Base64.decode("H4sIAAAAAAACA8vLV0jNKymq5MrDYAAAx7lsLBsAAAA="))
        let zlib = try #require(Base64.decode("eJzLy1dIzSspquTKw2AAAImyCaw="))
        let text = String(repeating: "no entry\n", count: 3).bytes
        for (bytes, coding) in [(gzip, "gzip"), (gzip, "X-GZIP"), (zlib, "deflate")] {
            #expect(Self.inflated(bytes, [coding]) == Inflated(content: text, isWhole: true))
            #expect(Self.inflated(bytes, [coding], limit: 10) == Inflated(content: Array(text.prefix(10)), isWhole: false))
            let part = try #require(Self.inflated(bytes.dropLast(9), [coding]))
            #expect(!part.isWhole)
            #expect(text.starts(with: part.content))
        }
        for codings in [[], ["br"], ["gzip", "gzip"]] { #expect(Self.inflated(gzip, codings) == nil) }
        #expect(Self.inflated(text, ["gzip"]) == nil)
        #expect(Self.inflated([], ["gzip"]) == nil)
    }

    private struct Inflated: Equatable {
        var content: [UInt8]
        var isWhole: Bool
    }

    private static func inflated(_ bytes: [UInt8], _ codings: [String], limit: Int = 100) -> Inflated? {
        ContentCoding.inflated(bytes.span, codings, limit: limit).map { Inflated(content: $0.content, isWhole: $0.isWhole) }
    }

    @Test("what hides a body's text is a coding other than chunked")
    func codings() {
        func codings(_ name: String, _ value: String) -> [String] {
            ResponseHead(status: 403, reason: "", headers: [Header(name: name, value: value)]).contentCodings
        }
        #expect(codings("Content-Encoding", "gzip") == ["gzip"])
        #expect(codings("Transfer-Encoding", "gzip, chunked") == ["gzip"])
        #expect(codings("Content-Encoding", "identity") == [])
        #expect(codings("Transfer-Encoding", "Chunked") == [])
    }
}
