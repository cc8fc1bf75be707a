import HTTP
import TestSupport
import Testing

@Suite struct BodyDecoderTests {
    typealias Case = (framing: BodyFraming, body: String)

    @Test(
        "a body ends where it ends, however it is cut and whatever follows",
        arguments: [
            (.none, ""), (.contentLength(0), ""), (.contentLength(5), "Hello"), (.chunked, "0\r\n\r\n"),
            (.chunked, "5\r\nHello\r\n0\r\n\r\n"),
            (.chunked, "5\nHello\n0\n\n"), (.chunked, "A\r\n0123456789\r\na\r\n\r\n\r\n\r\n\r\n\r\n\r\n000\r\n\r\n"),
            (.chunked, "0005;name=value;quoted=\"a;\\\"b\"\r\nHello\r\n0;last\r\n\r\n"), (.chunked, "5 ; a\r\nHello\r\n0  \r\n\r\n"),
            (.chunked, "0\r\nTrailer: x\r\nAnother:\n\r\n"), (.chunked, "0\r\n\n"), (.chunked, "10\r\n0123456789ABCDEF\r\n0\r\nX: y\n\n"),
        ] as [Case])
    func whole(framing: BodyFraming, body: String) {
        let seed = UInt64.random(in: .min ... .max)
        for tail in [[]] + HeadDecoderTests.tails {
            for ends in choppings(of: body.utf8.count + tail.count, seed: seed) {
                let result = decodeBody(framing, body.bytes + tail, ends: ends)
                #expect(result == BodyResult(consumed: body.utf8.count, end: .done), "seed \(seed), tail \(tail), ends \(ends)")
            }
        }
    }

    @Test(
        "a broken chunked body is reported at its first wrong byte, however it is cut",
        arguments: [
            ("x", .badChunkSize, 0), ("\r\n", .badChunkSize, 0), (";a\r\n", .badChunkSize, 0), (" 5\r\n", .badChunkSize, 0),
            ("-5\r\n", .badChunkSize, 0),
            ("0x5\r\n", .badChunkSize, 1), ("5g\r\n", .badChunkSize, 1), ("10000000000000000\r\n", .badChunkSize, 16),
            ("5\r\nHelloo", .badChunkEnd, 8), ("5\r\nHello\r\r", .badChunkEnd, 9), ("5\r\nHello\r\n\r\n", .badChunkSize, 10),
        ] as [(String, BodyError.Cause, UInt64)])
    func broken(body: String, cause: BodyError.Cause, offset: UInt64) {
        let error = BodyError(cause: cause, offset: offset)
        for ends in choppings(of: body.utf8.count, seed: 7) {
            #expect(decodeBody(.chunked, body.bytes, ends: ends) == BodyResult(consumed: Int(offset), end: .malformed(error)))
        }
        let text = error.description
        #expect(text.hasSuffix("(at byte \(offset) of the body)."))
    }

    @Test("lines that only grow are given up at their limits")
    func limits() {
        let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: BodyDecoder.trailerLimit + 10)
        let atLine = BodyError(cause: .tooLong, offset: UInt64(BodyDecoder.lineLimit))
        let atTrailers = BodyError(cause: .tooLong, offset: UInt64(3 + BodyDecoder.trailerLimit))
        #expect(decodeBody(.chunked, zeros).end == .malformed(atLine))
        #expect(decodeBody(.chunked, "5;".bytes + zeros).end == .malformed(atLine))
        #expect(decodeBody(.chunked, "0\r\n".bytes + zeros).end == .malformed(atTrailers))
    }

    @Test("a chunk of the largest size is only a number")
    func hugeChunk() {
        var decoder = BodyDecoder(.chunked)
        let line = "FFFFFFFFFFFFFFFF\r\n".bytes
        let header = decoder.take(line.span)
        #expect(header == .needsMore(consumed: 18))
        let isSkipped = decoder.skip(gap: .max)
        #expect(isSkipped)
        let rest = "\r\n0\r\n\r\n".bytes
        let end = decoder.take(rest.span)
        #expect(end == .done(consumed: 7))
    }

    @Test("contradicting fields fail at once and stay so")
    func malformedFraming() {
        var decoder = BodyDecoder(.malformed(.differingContentLengths))
        let bytes = "Hello".bytes
        let outcome = decoder.take(bytes.span)
        #expect(outcome == .malformed(consumed: 0, BodyError(cause: .differingContentLengths, offset: 0)))
        let isSkipped = decoder.skip(gap: 1)
        #expect(!isSkipped && !decoder.isDone && !decoder.isWholeAtClose)
    }

    @Test("only a body that ends with the connection is whole wherever it closes")
    func atClose() {
        var open = BodyDecoder(.untilClose)
        let bytes = "Hello".bytes
        let outcome = open.take(bytes.span)
        #expect(outcome == .needsMore(consumed: 5))
        #expect(open.isWholeAtClose && !open.isDone)
        #expect(BodyDecoder(.none).isWholeAtClose)
        #expect(BodyDecoder(.contentLength(0)).isWholeAtClose)
        #expect(!BodyDecoder(.contentLength(1)).isWholeAtClose)
        #expect(!BodyDecoder(.chunked).isWholeAtClose)
    }

    @Test("a gap inside counted content is skipped, one beyond it is not")
    func gapInContent() {
        var decoder = BodyDecoder(.contentLength(10))
        let bytes = "ab".bytes
        _ = decoder.take(bytes.span)
        let areSkipped = [9, 0, 7].map { decoder.skip(gap: $0) }
        #expect(areSkipped == [false, true, true])
        #expect(!decoder.isDone)
        let isLastSkipped = decoder.skip(gap: 1)
        #expect(isLastSkipped && decoder.isDone)
        let isMoreSkipped = decoder.skip(gap: 1)
        #expect(!isMoreSkipped)
        let end = decoder.take(bytes.span)
        #expect(end == .done(consumed: 0))
    }

    @Test("a gap is skipped exactly when it lies in a chunk's data", arguments: 0...16, 1...17)
    func gapInChunks(start: Int, length: Int) {
        let body = "5\r\nHello\r\n0\r\n\r\n".bytes
        guard start < body.count, start + length <= body.count else { return }
        var decoder = BodyDecoder(.chunked)
        _ = decoder.take(body.span.extracting(0..<start))
        let isSkipped = decoder.skip(gap: UInt64(length))
        #expect(isSkipped == (start >= 3 && start + length <= 8))
        // What could not be skipped leaves the decoder as it was, so with the bytes after all it ends as ever.
        let rest = decoder.take(body.span.extracting((isSkipped ? start + length : start)..<body.count))
        #expect(rest == .done(consumed: body.count - start - (isSkipped ? length : 0)))
    }

    @Test("any gap is skipped in a body that ends with the connection, none where there is no body")
    func gapElsewhere() {
        var open = BodyDecoder(.untilClose)
        var none = BodyDecoder(.none)
        let areSkipped = [open.skip(gap: .max), none.skip(gap: 1), none.skip(gap: 0)]
        #expect(areSkipped == [true, false, true])
    }
}
