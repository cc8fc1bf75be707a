import Bytes

extension ByteBuffer {
    /// Appends `bytes` with the masking of RFC 6455 §5.3 undone (or done: it is its own inverse).
    ///
    /// `key` has the first byte of the key most significant; `phase` is the place of the first byte within the payload.
    @inlinable
    public mutating func append(unmasking bytes: Span<UInt8>, key: UInt32, phase: UInt64) {
        let total = bytes.count
        if total == 0 { return }
        let turn = UInt32(truncatingIfNeeded: phase & 3) * 8
        // Byte order of memory, so that one XOR of a word masks four bytes on any host.
        let word = (key << turn | key >> ((32 - turn) & 31)).bigEndian
        // Invariant: source and target both have `total` bytes and every access below ends at or before `total`.
        unsafe append(upTo: total) { target in
            unsafe bytes.withUnsafeBytes { source in
                let from = unsafe source.baseAddress.unsafelyUnwrapped
                let to = unsafe target.baseAddress.unsafelyUnwrapped
                let block = SIMD8<UInt32>(repeating: word)
                var at = 0
                while total - at >= 32 {
                    let masked = unsafe from.loadUnaligned(fromByteOffset: at, as: SIMD8<UInt32>.self)
                    unsafe (to + at).storeBytes(of: masked ^ block, as: SIMD8<UInt32>.self)
                    at += 32
                }
                while total - at >= 4 {
                    let masked = unsafe from.loadUnaligned(fromByteOffset: at, as: UInt32.self)
                    unsafe (to + at).storeBytes(of: masked ^ word, as: UInt32.self)
                    at += 4
                }
                var rest = word.littleEndian
                while at < total {
                    let masked = unsafe from.load(fromByteOffset: at, as: UInt8.self)
                    unsafe (to + at).storeBytes(of: masked ^ UInt8(truncatingIfNeeded: rest), as: UInt8.self)
                    rest >>= 8
                    at += 1
                }
            }
            return total
        }
    }
}
