import Bytes

/// SHA-1 (RFC 3174), which the WebSocket handshake needs (RFC 6455 §4.2.2) and nothing else should.
///
/// Written out, since libcrypto takes longer to make its first digest than all of a short capture to be shown.
public enum SHA1 {
    public static let byteCount = 20

    private static let blockByteCount = 64

    public static func hash(_ bytes: Span<UInt8>) -> InlineArray<20, UInt8> {
        var state: State = (0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0)
        var start = 0
        while bytes.count - start >= blockByteCount {
            var words = Words(repeating: 0)
            for word in 0..<16 { words[word] = bytes.uint32BE(at: start + word * 4) }
            take(words, into: &state)
            start += blockByteCount
        }
        finish(bytes.extracting(start..<bytes.count), of: bytes.count, &state)
        var digest = InlineArray<20, UInt8>(repeating: 0)
        store(state.0, at: 0, of: &digest)
        store(state.1, at: 4, of: &digest)
        store(state.2, at: 8, of: &digest)
        store(state.3, at: 12, of: &digest)
        store(state.4, at: 16, of: &digest)
        return digest
    }

    private static func store(_ word: UInt32, at place: Int, of digest: inout InlineArray<20, UInt8>) {
        for index in 0..<4 { digest[place + index] = UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * index)) }
    }

    /// §4: what is left of `count` bytes, a bit that is set, zeros, and the number of bits in the last eight bytes.
    private static func finish(_ rest: Span<UInt8>, of count: Int, _ state: inout State) {
        var words = Words(repeating: 0)
        for index in rest.indices { words[index / 4] |= UInt32(rest[index]) << (24 - UInt32(index % 4) * 8) }
        words[rest.count / 4] |= 0x80 << (24 - UInt32(rest.count % 4) * 8)
        if rest.count + 9 > blockByteCount {
            take(words, into: &state)
            words = Words(repeating: 0)
        }
        words[14] = UInt32(truncatingIfNeeded: count >> 29)
        words[15] = UInt32(truncatingIfNeeded: count << 3)
        take(words, into: &state)
    }

    private typealias State = (UInt32, UInt32, UInt32, UInt32, UInt32)

    private typealias Words = InlineArray<16, UInt32>

    /// §6.1.
    private static func take(_ block: Words, into state: inout State) {
        var words = InlineArray<80, UInt32>(repeating: 0)
        for index in 0..<16 { words[index] = block[index] }
        for index in 16..<80 {
            words[index] = rotated(words[index &- 3] ^ words[index &- 8] ^ words[index &- 14] ^ words[index &- 16], by: 1)
        }
        var (a, b, c, d, e) = state

        /// One step. The letters move on by one with each, which here the caller does: after five, each is where it was.
        @inline(__always)
        func step(
            _ index: Int, _ constant: UInt32, _ a: UInt32, _ b: inout UInt32, _ c: UInt32, _ d: UInt32, _ e: inout UInt32,
            _ mix: (UInt32, UInt32, UInt32) -> UInt32
        ) {
            e = e &+ rotated(a, by: 5) &+ mix(b, c, d) &+ words[index] &+ constant
            b = rotated(b, by: 30)
        }

        @inline(__always)
        func fiveSteps(_ index: Int, _ constant: UInt32, _ mix: (UInt32, UInt32, UInt32) -> UInt32) {
            step(index, constant, a, &b, c, d, &e, mix)
            step(index &+ 1, constant, e, &a, b, c, &d, mix)
            step(index &+ 2, constant, d, &e, a, b, &c, mix)
            step(index &+ 3, constant, c, &d, e, a, &b, mix)
            step(index &+ 4, constant, b, &c, d, e, &a, mix)
        }

        for index in stride(from: 0, to: 20, by: 5) { fiveSteps(index, 0x5A82_7999) { b, c, d in d ^ b & (c ^ d) } }
        for index in stride(from: 20, to: 40, by: 5) { fiveSteps(index, 0x6ED9_EBA1) { b, c, d in b ^ c ^ d } }
        for index in stride(from: 40, to: 60, by: 5) { fiveSteps(index, 0x8F1B_BCDC) { b, c, d in b & c | d & (b | c) } }
        for index in stride(from: 60, to: 80, by: 5) { fiveSteps(index, 0xCA62_C1D6) { b, c, d in b ^ c ^ d } }
        state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e)
    }

    @inline(__always)
    private static func rotated(_ word: UInt32, by count: UInt32) -> UInt32 { word &<< count | word &>> (32 &- count) }
}
