import Bytes

/// The two base 64 characters of each 12-bit number, the first in the lower byte.
private let base64Pairs: [UInt16] = {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    return (0..<4_096).map { UInt16(alphabet[$0 >> 6]) | UInt16(alphabet[$0 & 63]) << 8 }
}()

extension ByteBuffer {
    /// Appends base 64 with padding (RFC 4648 §4), for payloads: two table lookups for three bytes.
    mutating func append(base64 bytes: Span<UInt8>) {
        let count = bytes.count
        if count == 0 { return }
        let length = (count + 2) / 3 * 4
        // Invariant: loads end at or before `count`; each three bytes read become four written, the last, padded group included.
        unsafe append(upTo: length) { room in
            let target = unsafe room.baseAddress.unsafelyUnwrapped
            unsafe base64Pairs.withUnsafeBufferPointer { pairs in
                unsafe bytes.withUnsafeBytes { source in
                    var from = 0
                    var to = 0
                    while count - from >= 8 {
                        let word = unsafe source.loadUnaligned(fromByteOffset: from, as: UInt64.self).bigEndian
                        unsafe (target + to).storeBytes(of: group(word >> 40, pairs), as: UInt32.self)
                        unsafe (target + to + 4).storeBytes(of: group(word >> 16, pairs), as: UInt32.self)
                        from += 6
                        to += 8
                    }
                    while from < count {
                        let second = from + 1 < count ? unsafe source[from + 1] : 0
                        let third = from + 2 < count ? unsafe source[from + 2] : 0
                        let bits = unsafe UInt64(source[from]) << 16 | UInt64(second) << 8 | UInt64(third)
                        unsafe (target + to).storeBytes(of: group(bits, pairs), as: UInt32.self)
                        from += 3
                        to += 4
                    }
                    for place in 0..<from - count {
                        unsafe (target + length - 1 - place).storeBytes(of: UInt8(ascii: "="), as: UInt8.self)
                    }
                }
            }
            return length
        }
    }
}

/// The four characters of the lower 24 bits, in the order of memory.
@inline(__always)
private func group(_ bits: UInt64, _ pairs: UnsafeBufferPointer<UInt16>) -> UInt32 {
    // Invariant: both numbers are below 4,096, the table's count.
    let first = unsafe pairs[Int(truncatingIfNeeded: bits >> 12 & 0xFFF)]
    let second = unsafe pairs[Int(truncatingIfNeeded: bits & 0xFFF)]
    return (UInt32(first) | UInt32(second) << 16).littleEndian
}
