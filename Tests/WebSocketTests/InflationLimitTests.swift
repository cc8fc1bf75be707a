import Bytes
import Testing
import WebSocket

@Suite struct InflationLimitTests {
    @Test("one call never puts out more than the room it was given, however many final blocks a piece has")
    func room() {
        let stream = Deflater.stream(Array(repeating: 0, count: 1_000))
        let piece = (0..<50).flatMap { _ in stream }
        for hasKnownWindow in [true, false] {
            var inflater = MessageInflater(resetsContext: false, hasKnownWindow: hasKnownWindow)
            var position = 0
            var total = 0
            var longest = 0
            var progress = MessageInflater.Progress.more
            while progress == .more {
                var output = ByteBuffer()
                progress = inflater.inflate(piece.span, at: &position, into: &output, room: 700)
                total += output.count
                longest = max(longest, output.count)
            }
            #expect(progress == .needsInput)
            #expect(total == 50_000)
            #expect(longest == 700)
        }
    }

    @Test("64 MB from a small message are counted and not kept")
    func bomb() {
        let deflater = Deflater(level: 9)
        let megabyte = Array(repeating: UInt8(0x61), count: 1 << 20)
        // The same compressed megabyte over and over: behind the first, each copies only from a window of the same letters.
        _ = deflater.message(megabyte)
        let piece = deflater.message(megabyte) + [0x00, 0x00, 0xFF, 0xFF]
        var reader = MessageReader(resetsContext: false)
        let first = reader.read([Deflater(level: 9).message(megabyte)], keeping: 0)
        let pieces = Array(repeating: piece, count: 64) + [[0x00]]
        let message = reader.read(pieces, opcode: .text, keeping: 1_000)
        #expect(first.length == 1 << 20)
        #expect(message.length == 64 << 20)
        #expect(message.content == Array(repeating: 0x61, count: 1_000))
        #expect(message.wireLength < 200_000)
        #expect(message.fault == nil)
    }

    @Test("the first bytes up to the limit are kept, and the length is that of the whole", arguments: [0, 1, 4, 5, 6, 1_000])
    func keeping(limit: Int) {
        let text = Array("Hello".utf8)
        var reader = MessageReader(resetsContext: false)
        let compressed = reader.read([[0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00]], keeping: limit)
        let plain = reader.read([[0x48, 0x65], [0x6C, 0x6C], [0x6F]], isCompressed: false, keeping: limit)
        #expect(compressed.content == Array(text.prefix(limit)) && compressed.length == 5)
        #expect(plain.content == Array(text.prefix(limit)) && plain.length == 5)
    }
}
