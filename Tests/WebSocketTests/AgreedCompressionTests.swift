import Bytes
import CZlib
import TestSupport
import Testing
import WebSocket

/// Senders that do not compress as they agreed to are read all the same, and found out.
@Suite struct AgreedCompressionTests {
    /// How far a message refers back, when it comes in these pieces and a smaller window was agreed on.
    private static func farthest(_ pieces: [[UInt8]], windowBits: Int = 9) -> Int {
        var side = DeflateParameters.Side()
        side.windowBits = windowBits
        var assembler = MessageAssembler()
        assembler.negotiate(side)
        var chunk = ByteBuffer()
        assembler.begin(.binary, isCompressed: true)
        for piece in pieces { assembler.take(piece.span, keeping: 0, chunk: &chunk) }
        assembler.finish(keeping: 0, chunk: &chunk)
        return assembler.farthestReference
    }

    /// Text whose only repetition is `distance` back: digits that never come back within three, between two equal phrases.
    private static func text(repeatedAfter distance: Int) -> [UInt8] {
        let phrase = Array("<the phrase that is repeated, long enough to be worth a copy>".utf8)
        var between: [UInt8] = []
        var number = 0
        while between.count < distance - phrase.count {
            between += [UInt8(0x80 + number % 61), UInt8(0xC0 + number / 61 % 61)]
            number += 1
        }
        return phrase + between.prefix(distance - phrase.count) + phrase
    }

    @Test("the distance of a copy is found exactly", arguments: [256, 257, 511, 512, 513, 1_024, 5_000, 20_000, 32_000])
    func distance(_ distance: Int) {
        let wire = Deflater().message(Self.text(repeatedAfter: distance))
        #expect(Self.farthest([wire]) == distance)
        #expect(Self.farthest(wire.map { [$0] }) == distance)
        #expect(Self.farthest([wire], windowBits: 15) == 0)
    }

    @Test("zlib's own senders stay within the window that they were given", arguments: 9...14)
    func honest(_ bits: Int) {
        var random = SeededRandom(UInt64(bits))
        for strategy in [Z_DEFAULT_STRATEGY, Z_FIXED] {
            let deflater = Deflater(windowBits: bits, strategy: strategy)
            for count in [0, 10, 3_000, 100_000] {
                let wire = deflater.message(InflationTests.text(count, &random))
                let farthest = Self.farthest(wire.cutRandomly(longest: 500, &random), windowBits: bits)
                #expect(farthest <= 1 << bits)
                #expect(farthest > 0 || count < 3_000)
            }
        }
    }

    @Test("stored blocks, several blocks and a final block are passed through")
    func blocks() {
        let stored = Deflater(level: 0).message(Self.text(repeatedAfter: 600))
        #expect(Self.farthest([stored]) == 0)
        let final = Deflater.stream(Self.text(repeatedAfter: 600))
        #expect(Self.farthest([final + Deflater().message(Self.text(repeatedAfter: 700))]) == 700)
    }

    @Test("what is no DEFLATE is measured as far as it goes, and never traps")
    func hostile() {
        var random = SeededRandom(1951)
        for _ in 0..<3_000 {
            var bytes = random.bytes(.random(in: 0...400, using: &random))
            // Mostly dynamic blocks, whose codes are the interesting part.
            if !bytes.isEmpty, Bool.random(using: &random) { bytes[0] = bytes[0] & 0xF8 | 4 }
            #expect(Self.farthest(bytes.cutRandomly(longest: 90, &random)) <= 32_768)
        }
        let good = Deflater().message(Self.text(repeatedAfter: 3_000))
        for _ in 0..<3_000 {
            var bytes = good
            bytes[.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            #expect(Self.farthest([bytes]) <= 32_768)
        }
    }

    @Test("a context that should have been forgotten is read right, and told", arguments: [1, 7, 100_000])
    func takeover(pieceLength: Int) {
        var random = SeededRandom(UInt64(pieceLength))
        var reader = MessageReader(resetsContext: true)
        let deflater = Deflater()
        for number in 0..<6 {
            let text = InflationTests.text(2_000, &random) + Array("the same in every message, over and over".utf8)
            let wire = deflater.message(text)
            reader.assembler.begin(.binary, isCompressed: true)
            for start in stride(from: 0, to: wire.count, by: pieceLength) {
                reader.take(Array(wire[start..<min(start + pieceLength, wire.count)]))
            }
            let message = reader.finish()
            #expect(message == .whole(text, wireLength: wire.count))
            let isTold = reader.assembler.usesForgottenContext
            #expect(isTold == (number > 0))
        }
    }

    @Test("a sender that forgets is not told, nor is one whose data are broken, nor one behind a loss")
    func noTakeover() {
        var random = SeededRandom(3)
        var reader = MessageReader(resetsContext: true)
        let deflater = Deflater(resetsContext: true)
        for _ in 0..<4 {
            let text = InflationTests.text(1_000, &random)
            let message = reader.read([deflater.message(text)])
            #expect(message.content == text)
            expectNotTold(reader)
        }
        _ = reader.read([[0x06]])
        expectNotTold(reader)

        let takingOver = Deflater()
        let text = InflationTests.text(1_000, &random)
        _ = reader.read([takingOver.message(text)])
        reader.assembler.loseTrack()
        let broken = reader.read([takingOver.message(text)])
        #expect(broken.fault == "invalid distance too far back")
        expectNotTold(reader)
    }

    private func expectNotTold(_ reader: borrowing MessageReader) {
        let isTold = reader.assembler.usesForgottenContext
        #expect(!isTold)
    }
}
