/// SHA-1 (RFC 3174), which the WebSocket handshake needs (RFC 6455 §4.2.2) and nothing else should.
///
/// Written out, since libcrypto takes longer to make its first digest than all of a short capture to be shown.
public enum SHA1 {
    public static let byteCount = 20

    private static let blockByteCount = 64

    public static func hash(_ bytes: Span<UInt8>) -> [UInt8] {
        var state: State = (0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0)
        var words = [UInt32](repeating: 0, count: 80)
        // §4: a bit that is set, zeros, and the number of bits in the last eight bytes.
        let paddedCount = (bytes.count + 9 + blockByteCount - 1) / blockByteCount * blockByteCount
        let bitCount = UInt64(bytes.count) * 8
        func byte(_ index: Int) -> UInt8 {
            if index < bytes.count { return bytes[index] }
            if index == bytes.count { return 0x80 }
            return index < paddedCount - 8 ? 0 : UInt8(truncatingIfNeeded: bitCount >> UInt64((paddedCount - 1 - index) * 8))
        }
        for block in stride(from: 0, to: paddedCount, by: blockByteCount) {
            for word in 0..<16 {
                words[word] = (0..<4).reduce(0) { $0 << 8 | UInt32(byte(block + word * 4 + $1)) }
            }
            take(&words, into: &state)
        }
        return [state.0, state.1, state.2, state.3, state.4].flatMap { word in
            (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - UInt32($0) * 8)) }
        }
    }

    private typealias State = (UInt32, UInt32, UInt32, UInt32, UInt32)

    /// §6.1: a block of 16 words, extended to 80.
    private static func take(_ words: inout [UInt32], into state: inout State) {
        for index in 16..<80 {
            words[index] = rotated(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], by: 1)
        }
        var (a, b, c, d, e) = state
        for index in 0..<80 {
            let (mixed, constant): (UInt32, UInt32) =
                switch index {
                case ..<20: (b & c | ~b & d, 0x5A82_7999)
                case ..<40: (b ^ c ^ d, 0x6ED9_EBA1)
                case ..<60: (b & c | b & d | c & d, 0x8F1B_BCDC)
                default: (b ^ c ^ d, 0xCA62_C1D6)
                }
            (a, b, c, d, e) = (rotated(a, by: 5) &+ mixed &+ e &+ words[index] &+ constant, a, rotated(b, by: 30), c, d)
        }
        state = (state.0 &+ a, state.1 &+ b, state.2 &+ c, state.3 &+ d, state.4 &+ e)
    }

    private static func rotated(_ word: UInt32, by count: UInt32) -> UInt32 { word << count | word >> (32 - count) }
}
