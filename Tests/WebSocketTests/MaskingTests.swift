import Bytes
import TestSupport
import Testing
import WebSocket

@Suite struct MaskingTests {
    /// RFC 6455 §5.3, word for word: octet i of the payload XOR octet i MOD 4 of the key.
    private static func naive(_ bytes: [UInt8], key: UInt32, phase: UInt64) -> [UInt8] {
        let octets = (0..<4).map { UInt8(truncatingIfNeeded: key >> (24 - 8 * $0)) }
        return bytes.enumerated().map { $1 ^ octets[Int((UInt64($0) &+ phase) % 4)] }
    }

    private static func unmasked(_ bytes: [UInt8], key: UInt32, phase: UInt64) -> [UInt8] {
        var output = ByteBuffer()
        output.append(unmasking: bytes.span, key: key, phase: phase)
        return output.span.copied()
    }

    @Test("every length up to 100 and every phase agree with the RFC's loop")
    func short() {
        var random = SeededRandom(1)
        for count in 0...100 {
            let bytes = random.bytes(count)
            let key = UInt32.random(in: .min ... .max, using: &random)
            for phase in UInt64(0)..<4 {
                #expect(Self.unmasked(bytes, key: key, phase: phase) == Self.naive(bytes, key: key, phase: phase))
            }
        }
    }

    @Test("long payloads and enormous phases agree too", arguments: SeededRandom.seeds)
    func long(seed: UInt64) {
        var random = SeededRandom(seed)
        let bytes = random.bytes(.random(in: 10_000...50_000, using: &random))
        let key = UInt32.random(in: .min ... .max, using: &random)
        for phase in [0, .max, .max - 2, UInt64.random(in: .min ... .max, using: &random)] {
            #expect(Self.unmasked(bytes, key: key, phase: phase) == Self.naive(bytes, key: key, phase: phase))
        }
    }

    @Test("pieces unmasked each at its phase make the whole", arguments: SeededRandom.seeds)
    func pieces(seed: UInt64) {
        var random = SeededRandom(seed)
        let bytes = random.bytes(2_000)
        let key = UInt32.random(in: .min ... .max, using: &random)
        var output = ByteBuffer()
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + Int.random(in: 0...90, using: &random))
            output.append(unmasking: bytes[start..<end].span, key: key, phase: UInt64(start))
            start = end
        }
        let result = output.span.copied()
        #expect(result == Self.naive(bytes, key: key, phase: 0))
    }
}
