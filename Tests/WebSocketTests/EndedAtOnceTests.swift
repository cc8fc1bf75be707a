import TestSupport
import Testing
import WebSocket

@Suite("A message that is ended with its last piece")
struct EndedAtOnceTests {
    @Test("it is what it is when its end is told of afterwards, damaged or not", arguments: SeededRandom.seeds)
    func same(seed: UInt64) {
        var random = SeededRandom(seed)
        for resetsContext in [false, true] {
            for hasKnownWindow in [false, true] {
                var one = MessageReader(resetsContext: resetsContext, hasKnownWindow: hasKnownWindow)
                var other = MessageReader(resetsContext: resetsContext, hasKnownWindow: hasKnownWindow)
                // One that keeps its context says what a sender that must not may send, too.
                let deflater = Deflater(resetsContext: resetsContext && Bool.random(using: &random))
                for _ in 0..<80 {
                    let text = InflationTests.text(Int.random(in: 0...1_500, using: &random), &random)
                    var wire = Int.random(in: 0..<6, using: &random) == 0 ? Deflater.stream(text) : deflater.message(text)
                    // A final block, and the empty one that is to stand behind it.
                    if Int.random(in: 0..<12, using: &random) == 0 { wire.append(0) }
                    if Int.random(in: 0..<8, using: &random) == 0 {
                        let place = Int.random(in: wire.indices, using: &random)
                        wire[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                    }
                    if Int.random(in: 0..<8, using: &random) == 0 { wire.removeLast(Int.random(in: 0..<wire.count, using: &random)) }
                    let pieces = wire.cutRandomly(longest: 700, &random)
                    let limit = Int.random(in: 0..<4, using: &random) == 0 ? 100 : Int.max
                    let expected = one.read(pieces, keeping: limit)
                    let message = other.read(pieces, keeping: limit, endsAtOnce: true)
                    #expect(message == expected, "seed \(seed)")
                }
            }
        }
    }

    @Test("it may end where the room for what is inflated ends")
    func fullRoom() {
        for count in [1, 2, 4].flatMap({ [16_384 * $0 - 1, 16_384 * $0, 16_384 * $0 + 1] }) {
            for resetsContext in [false, true] {
                var reader = MessageReader(resetsContext: resetsContext)
                let deflater = Deflater(resetsContext: resetsContext)
                for _ in 0..<3 {
                    let text = [UInt8](repeating: 0x61, count: count)
                    let wire = deflater.message(text)
                    let message = reader.read([wire], endsAtOnce: true)
                    #expect(message == .whole(text, wireLength: wire.count))
                }
            }
        }
    }
}
