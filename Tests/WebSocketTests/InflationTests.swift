import CZlib
import TestSupport
import Testing
import WebSocket

@Suite struct InflationTests {
    /// How a peer may compress.
    struct Peer: Sendable, CustomTestStringConvertible {
        var windowBits = 15
        var level: Int32 = 6
        var strategy: Int32 = Z_DEFAULT_STRATEGY
        var resetsContext = false

        var testDescription: String { "window \(windowBits), level \(level), strategy \(strategy), resets \(resetsContext)" }

        func deflater() -> Deflater {
            Deflater(windowBits: windowBits, level: level, strategy: strategy, resetsContext: resetsContext)
        }
    }

    static let peers =
        (9...15).flatMap { [Peer(windowBits: $0), Peer(windowBits: $0, resetsContext: true)] }
        + [Peer(level: 0), Peer(level: 1), Peer(level: 9), Peer(strategy: Z_HUFFMAN_ONLY), Peer(strategy: Z_FIXED), Peer(strategy: Z_RLE)]

    /// Text that repeats itself, and others, over short and long distances.
    static func text(_ count: Int, _ random: inout SeededRandom) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 40)
        while bytes.count < count {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes += Array("{\"price\": \(Int.random(in: 0..<1_000, using: &random)), \"name\": \"".utf8)
            case 1: bytes += random.bytes(.random(in: 1...9, using: &random)).map { $0 & 0x7F }
            default:
                guard bytes.count > 100 else { continue }
                let start = Int.random(in: 0..<bytes.count - 60, using: &random)
                bytes += Array(bytes[start..<start + .random(in: 3...60, using: &random)])
            }
        }
        return Array(bytes.prefix(count))
    }

    @Test("messages of every peer are read, in pieces of any size", arguments: peers)
    func peer(_ peer: Peer) {
        var random = SeededRandom(UInt64(peer.windowBits) + 100)
        let deflater = peer.deflater()
        var reader = MessageReader(resetsContext: peer.resetsContext)
        for count in [0, 1, 5, 0, 300, 16_383, 16_384, 16_385, 40_000, 7] {
            let text = Self.text(count, &random)
            let wire = deflater.message(text)
            let pieces = count % 2 == 0 ? wire.cutRandomly(longest: 400, &random) : [wire]
            let message = reader.read(pieces)
            #expect(message == .whole(text, wireLength: wire.count), "\(count) bytes")
        }
    }

    @Test("a message is read wherever it is cut, and byte by byte")
    func everyCut() {
        var random = SeededRandom(7)
        let text = Self.text(400, &random)
        let wire = Deflater().message(text)
        let whole = MessageReader.Message.whole(text, wireLength: wire.count)
        var failures: [Int] = []
        for place in 0...wire.count {
            var reader = MessageReader(resetsContext: false)
            let message = reader.read(wire.cut(at: [place]))
            if message != whole { failures.append(place) }
        }
        #expect(failures.isEmpty)
        var reader = MessageReader(resetsContext: false)
        let message = reader.read(wire.cut(at: Array(0..<wire.count)))
        #expect(message == whole)
    }

    @Test("a megabyte is read, of letters and of noise")
    func megabyte() {
        var random = SeededRandom(8)
        let deflater = Deflater()
        var reader = MessageReader(resetsContext: false)
        for text in [Array(repeating: 0x41, count: 1 << 20), random.bytes(1 << 20)] {
            let wire = deflater.message(text)
            let message = reader.read([wire])
            #expect(message == .whole(text, wireLength: wire.count))
        }
    }

    @Test("compressed and plain messages of one connection do not disturb each other")
    func mixed() {
        var random = SeededRandom(9)
        let deflater = Deflater()
        var reader = MessageReader(resetsContext: false)
        for index in 0..<30 {
            let text = Self.text(200, &random)
            let wire = index % 3 == 0 ? text : deflater.message(text)
            let message = reader.read([wire], isCompressed: index % 3 != 0)
            #expect(message == .whole(text, wireLength: wire.count))
        }
    }

    @Test("random bytes are a fault or a message, and never harm", arguments: SeededRandom.seeds)
    func noise(seed: UInt64) {
        var random = SeededRandom(seed)
        var isBounded = true
        for hasKnownWindow in [true, false] {
            var reader = MessageReader(resetsContext: seed % 2 == 0, hasKnownWindow: hasKnownWindow)
            for _ in 0..<400 {
                var wire = random.bytes(.random(in: 0...200, using: &random))
                // Half of them begin like a valid block.
                if Bool.random(using: &random), !wire.isEmpty { wire[0] = [0x02, 0x03, 0xF2, 0x04, 0x05, 0x00][Int(wire[0] % 6)] }
                let message = reader.read(wire.cutRandomly(longest: 60, &random), opcode: .text, keeping: 500)
                let isWrong = message.content.count > 500 || message.wireLength != wire.count || message.unknownByteCount > message.length
                if isWrong { isBounded = false }
            }
        }
        #expect(isBounded)
    }

    @Test("a changed byte never disturbs more than the context allows", arguments: SeededRandom.seeds)
    func changedByte(seed: UInt64) {
        var random = SeededRandom(seed)
        let deflater = Deflater(resetsContext: true)
        var reader = MessageReader(resetsContext: true)
        for index in 0..<60 {
            let text = Self.text(300, &random)
            var wire = deflater.message(text)
            let isChanged = index % 2 == 0
            if isChanged { wire[Int.random(in: wire.indices, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random) }
            let message = reader.read([wire], keeping: 10_000)
            if !isChanged { #expect(message == .whole(text, wireLength: wire.count)) }
        }
    }
}
