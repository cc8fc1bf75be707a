import Bytes
import HTTP
import Testing

@testable import Cutting

@Suite("Bodies that take a chunked body's place")
struct ChunkedFillerTests {
    private struct Content: BodyContent {
        var bytes: [UInt8] = []
        mutating func add(_ content: Span<UInt8>) { bytes += content.copied() }
    }

    /// What a decoder makes of a body: how much it took, and of what it says.
    private func read(_ body: [UInt8]) -> (outcome: BodyOutcome, content: [UInt8]) {
        var decoder = BodyDecoder(.chunked)
        var content = Content()
        let outcome = decoder.take(body.span, into: &content)
        return (outcome, content.bytes)
    }

    @Test("the shortest are the last chunk alone, with zeros before it (RFC 9112 §7.1)")
    func short() {
        func body(_ count: UInt64) -> String { String(decoding: (0..<count).map { ChunkedFiller.byte(at: $0, of: count) }, as: UTF8.self) }
        #expect(body(5) == "0\r\n\r\n")
        #expect(body(8) == "0000\r\n\r\n")
        #expect(body(28) == "0000000000000003\r\nxxx\r\n0\r\n\r\n")
    }

    @Test("whatever the length, it is a whole body of that length", arguments: [UInt64](5...60) + [4_096, 70_000])
    func lengths(_ count: UInt64) {
        let (outcome, content) = read((0..<count).map { ChunkedFiller.byte(at: $0, of: count) })
        #expect(outcome == .done(consumed: Int(count)))
        #expect(content.allSatisfy { $0 == StoredBlocks.filler })
    }

    @Test("one whose end is not known has begun, and goes on")
    func endless() {
        let (outcome, content) = read((0..<1_000).map { ChunkedFiller.byte(at: $0, of: nil) })
        #expect(outcome == .needsMore(consumed: 1_000))
        #expect(content.count == 982)
    }

    @Test("what was said in chunks is said in one, with blanks behind it where they took more room")
    func content() throws {
        let one = try #require(ChunkedFiller.body(of: Array("hello".utf8), count: 15))
        #expect(String(decoding: one, as: UTF8.self) == "5\r\nhello\r\n0\r\n\r\n")
        for count in 16...60 as ClosedRange<UInt64> {
            let body = try #require(ChunkedFiller.body(of: Array("hello".utf8), count: count))
            let (outcome, content) = read(body)
            #expect(outcome == .done(consumed: Int(count)))
            #expect(String(decoding: content, as: UTF8.self).trimmingSuffix { $0 == " " } == "hello")
        }
        // Only with bare line feeds could the chunks have been shorter.
        #expect(ChunkedFiller.body(of: Array("hello".utf8), count: 14) == nil)
        #expect(ChunkedFiller.body(of: [UInt8](repeating: 0x61, count: 16), count: 26) == nil)
    }
}

extension String {
    fileprivate func trimmingSuffix(_ isTrimmed: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return text
    }
}
