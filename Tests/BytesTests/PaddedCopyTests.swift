import Testing

@testable import Bytes

@Suite struct PaddedCopyTests {
    @Test("a padded text is what was appended, wherever it stood, and sixteen bytes can be read from its start on")
    func texts() {
        let bytes = (0..<80).map { UInt8($0 + 1) }
        for count in 0...40 {
            for start in [0, 1, 30, 63, 64, 65, 79] where start + count <= 80 {
                let text = Array(bytes[start..<start + count])
                var first = ByteBuffer()
                first.append(0xAA)
                first.append(padded: start..<start + count, of: bytes.span)
                check(first, text)
                var second = ByteBuffer()
                second.append(0xAA)
                second.append(padded: 1..<1 + count, of: first)
                check(second, text)
                second.append(padded: 1..<1 + min(count, 3), of: first)
                #expect(second.span.copied() == [0xAA] + text + text.prefix(3))
            }
        }
    }

    private func check(_ buffer: borrowing ByteBuffer, _ text: [UInt8]) {
        #expect(buffer.span.copied() == [0xAA] + text)
        guard !text.isEmpty else { return }
        let block = buffer.block(at: 1)
        for index in 0..<min(16, text.count) { #expect(block[index] == text[index]) }
        for index in 0..<min(8, text.count) {
            #expect(UInt8(truncatingIfNeeded: buffer.word(at: 1) >> UInt64(8 * index)) == text[index])
        }
    }

    @Test("a text that was appended piece by piece is padded afterwards")
    func pieces() {
        var buffer = ByteBuffer(capacity: 3)
        buffer.append("abc")
        buffer.pad()
        let block = buffer.block(at: 0)
        #expect(buffer.count == 3 && block[0] == UInt8(ascii: "a") && block[3] == 0 && block[15] == 0)
    }
}
