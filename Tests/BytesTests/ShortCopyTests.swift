import Testing

@testable import Bytes

@Suite struct ShortCopyTests {
    @Test("few bytes are appended as many are, and none beside them is changed")
    func lengths() {
        let bytes = (0..<80).map { UInt8($0 + 1) }
        for count in 0...80 {
            for start in [0, 1, 7] where start + count <= 80 {
                var buffer = ByteBuffer()
                buffer.append(0xAA)
                buffer.append(short: bytes.span.extracting(start..<start + count))
                buffer.append(short: bytes.span.extracting(0..<3))
                #expect(buffer.span.copied() == [0xAA] + bytes[start..<start + count] + [1, 2, 3])
            }
        }
    }
}
