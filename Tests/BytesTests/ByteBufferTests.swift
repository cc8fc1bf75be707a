import Bytes
import Testing

@Suite struct ByteBufferTests {
    @Test("bytes come out in the order they went in, whatever is removed between")
    func order() {
        var buffer = ByteBuffer()
        var model: [UInt8] = []
        var random = SystemRandomNumberGenerator()
        for step in 0..<5_000 {
            let piece = (0..<Int.random(in: 0...97, using: &random)).map { UInt8(truncatingIfNeeded: $0 &+ step) }
            buffer.append(piece.span)
            model += piece
            let taken = Int.random(in: 0...min(model.count, 150), using: &random)
            buffer.removeFirst(taken)
            model.removeFirst(taken)
            let count = buffer.count
            #expect(count == model.count)
        }
        let rest = buffer.span.copied()
        #expect(rest == model)
    }

    @Test("a kernel may write less than it was lent")
    func lending() {
        var buffer = ByteBuffer()
        buffer.append("ab")
        unsafe buffer.append(upTo: 16) { room in
            unsafe room[0] = 0x63
            return 1
        }
        let written = buffer.span.copied()
        #expect(written == Array("abc".utf8))
    }

    @Test("integers are read in both byte orders")
    func integers() {
        let bytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
        let (short, word, long) = (bytes.span.uint16BE(at: 1), bytes.span.uint32LE(at: 0), bytes.span.uint64BE(at: 0))
        #expect(short == 0x0203)
        #expect(word == 0x0403_0201)
        #expect(long == 0x0102_0304_0506_0708)
        let (inside, past) = (bytes.span.matches("\u{5}\u{6}", at: 4), bytes.span.matches("\u{8}\u{9}", at: 7))
        #expect(inside)
        #expect(!past)
    }
}
