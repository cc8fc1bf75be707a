import TestSupport
import Testing
import WebSocket

/// What is said of messages behind a loss, against what they really were.
@Suite struct LostWindowTests {
    /// Everything that is claimed is true, and everything that is not claimed is marked.
    private static func isHonest(_ message: MessageReader.Message, _ truth: [UInt8]) -> Bool {
        let marked = message.content.filter { $0 == MessageInflater.unknownByte }.count
        return message.fault == nil && message.length == truth.count && message.content.count == truth.count
            && message.unknownByteCount == marked
            && zip(message.content, truth).allSatisfy { $0 == $1 || $0 == MessageInflater.unknownByte }
    }

    enum Loss: CaseIterable {
        /// The message was never seen.
        case whole
        /// Its second half is missing.
        case end
        /// A few bytes amid it are missing.
        case middle
        /// It was changed on the way so that it does not inflate.
        case damaged
    }

    @Test("after any loss, every byte that is claimed is right and every other one is marked", arguments: Loss.allCases, SeededRandom.seeds)
    func honest(_ loss: Loss, seed: UInt64) {
        var random = SeededRandom(seed)
        let deflater = Deflater(windowBits: Int.random(in: 9...15, using: &random))
        var reader = MessageReader(resetsContext: false)
        // All messages are made of the same sentences, so that they copy from one another a lot.
        let source = InflationTests.text(3_000, &random)
        var dishonest: [Int] = []
        var unknownCount = 0
        for index in 0..<60 {
            let start = Int.random(in: 0..<2_000, using: &random)
            let text = Array(source[start..<start + .random(in: 10...900, using: &random)])
            let wire = deflater.message(text)
            guard index > 2, Int.random(in: 0..<6, using: &random) == 0 else {
                let message = reader.read(wire.cutRandomly(longest: 200, &random))
                if !Self.isHonest(message, text) { dishonest.append(index) }
                unknownCount += Int(message.unknownByteCount)
                continue
            }
            switch loss {
            case .whole: reader.assembler.loseTrack()
            case .end, .middle:
                reader.assembler.begin(.binary, isCompressed: true)
                let half = wire.count / 2
                let rest = loss == .end ? wire.count : half + 1
                reader.take(Array(wire[..<half]))
                reader.assembler.noteGap(UInt64(rest - half))
                reader.take(Array(wire[rest...]))
                let broken = reader.finish()
                let isTrue = zip(broken.content, text).allSatisfy { $0 == $1 || $0 == MessageInflater.unknownByte }
                if !isTrue || !broken.isMissingBytes { dishonest.append(index) }
            case .damaged:
                // BTYPE = 11 is reserved (RFC 1951 §3.2.3).
                let broken = reader.read([[0x06] + wire])
                if broken.fault == nil { dishonest.append(index) }
            }
        }
        #expect(dishonest.isEmpty)
        #expect(unknownCount > 0, "a test in which nothing was unknown shows nothing")
    }

    @Test("exactly the bytes that come from the lost message are unknown")
    func exact() {
        let lost = Array("the quick brown fox jumps over the lazy dog".utf8)
        let deflater = Deflater()
        // zlib never copies from the very first byte.
        _ = deflater.message(Array(".".utf8) + lost)
        let wire = deflater.message(Array("[".utf8) + lost + Array("]".utf8))
        // The peer's window had nothing else to copy from, so all but the brackets is one copy.
        var reader = MessageReader(resetsContext: false, hasKnownWindow: false)
        let message = reader.read([wire])
        let marks = Array(repeating: MessageInflater.unknownByte, count: lost.count)
        #expect(message.content == Array("[".utf8) + marks + Array("]".utf8))
        #expect(message.unknownByteCount == UInt64(lost.count))
    }

    @Test("a window's length of known bytes later, all is known again")
    func knownAgain() {
        var random = SeededRandom(3)
        let deflater = Deflater()
        let lost = random.bytes(5_000)
        _ = deflater.message(lost)
        var reader = MessageReader(resetsContext: false)
        reader.assembler.loseTrack()
        // Noise does not compress: every byte of it is a literal.
        var known: [UInt8] = []
        for _ in 0..<4 {
            let text = random.bytes(8_192)
            let message = reader.read([deflater.message(text)])
            #expect(message.unknownByteCount == 0)
            #expect(message.content == text)
            known += text
        }
        for _ in 0..<20 {
            let start = Int.random(in: 10_000..<known.count - 2_000, using: &random)
            let text = Array(known[start..<start + 1_000])
            let wire = deflater.message(text)
            let message = reader.read([wire])
            #expect(message == .whole(text, wireLength: wire.count))
        }
    }

    @Test("a block with BFINAL=1 in an unknown window changes nothing about what is unknown")
    func finalBlock() {
        var reader = MessageReader(resetsContext: false, hasKnownWindow: false)
        let hello = reader.read([[0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00]])
        let known = reader.read([[0xF2, 0x00, 0x11, 0x00, 0x00]])
        #expect(hello.content == Array("Hello".utf8) && hello.unknownByteCount == 0)
        #expect(known.content == Array("Hello".utf8) && known.unknownByteCount == 0)
    }

    @Test("text with unknown bytes is not judged")
    func notJudged() {
        var reader = MessageReader(resetsContext: false, hasKnownWindow: false)
        reader.assembler.begin(.text, isCompressed: true)
        reader.take([0xF2, 0x00, 0x11, 0x00, 0x00])
        let judgeable = reader.assembler.isJudgeableText
        #expect(!judgeable)
    }
}
