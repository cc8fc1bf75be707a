import Bytes

extension ByteBuffer {
    /// Appends `bytes` with the masking of RFC 6455 §5.3 undone (or done: it is its own inverse).
    ///
    /// `key` has the first byte of the key most significant; `phase` is the place of the first byte within the payload.
    @inlinable
    public mutating func append(unmasking bytes: Span<UInt8>, key: UInt32, phase: UInt64) {
        let total = bytes.count
        if total == 0 { return }
        let word = Self.word(key, phase)
        // Invariant: source and target both have `total` bytes and every access below ends at or before `total`.
        var writer = unsafe writer(upTo: total)
        unsafe bytes.withUnsafeBytes { source in
            let from = unsafe source.baseAddress.unsafelyUnwrapped
            unsafe writer.append { to in
                let block = SIMD4<UInt32>(repeating: word)
                var at = 0
                while total &- at >= 16 {
                    let masked = unsafe from.loadUnaligned(fromByteOffset: at, as: SIMD4<UInt32>.self)
                    unsafe (to + at).storeBytes(of: masked ^ block, as: SIMD4<UInt32>.self)
                    at &+= 16
                }
                if at == total { return unsafe to + total }
                if total >= 16 {
                    // The last block begins with bytes that are written already.
                    at = total &- 16
                    let masked = unsafe from.loadUnaligned(fromByteOffset: at, as: SIMD4<UInt32>.self)
                    let last = SIMD4<UInt32>(repeating: Self.word(key, phase &+ UInt64(at)))
                    unsafe (to + at).storeBytes(of: masked ^ last, as: SIMD4<UInt32>.self)
                    return unsafe to + total
                }
                while total &- at >= 4 {
                    let masked = unsafe from.loadUnaligned(fromByteOffset: at, as: UInt32.self)
                    unsafe (to + at).storeBytes(of: masked ^ word, as: UInt32.self)
                    at &+= 4
                }
                var rest = word.littleEndian
                while at < total {
                    let masked = unsafe from.load(fromByteOffset: at, as: UInt8.self)
                    unsafe (to + at).storeBytes(of: masked ^ UInt8(truncatingIfNeeded: rest), as: UInt8.self)
                    rest >>= 8
                    at &+= 1
                }
                return unsafe to + total
            }
        }
        commit(writer)
    }

    /// The key from a phase on in the byte order of memory, so that one XOR of a word masks four bytes on any host.
    @inlinable @inline(__always)
    static func word(_ key: UInt32, _ phase: UInt64) -> UInt32 {
        let turn = UInt32(truncatingIfNeeded: phase & 3) &* 8
        return (key << turn | key >> ((32 &- turn) & 31)).bigEndian
    }
}
