import Bytes
import CCrypto
import System
import TLS

/// What hides the packet number and some bits of the first byte (RFC 9001 §5.4).
@safe
struct HeaderProtection: ~Copyable {
    private let context: OpaquePointer
    private let isChaCha: Bool
    private var mask = InlineArray<16, UInt8>(repeating: 0)

    static let sampleByteCount = 16
    private static let zeros = InlineArray<16, UInt8>(repeating: 0)

    /// Nil where this libcrypto does not have the cipher.
    init?(_ suite: PacketSuite, key: Span<UInt8>) {
        guard let cipher = unsafe EVP_CIPHER_fetch(nil, suite.headerCipher, nil) else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe EVP_CIPHER_free(cipher) }
        guard let context = unsafe EVP_CIPHER_CTX_new() else { LibraryFailure.end("libcrypto, for a cipher") }
        unsafe self.context = unsafe context
        isChaCha = suite.headerCipher == "ChaCha20"
        precondition(unsafe Int(EVP_CIPHER_get_key_length(cipher)) == key.count)
        let isKeyed = unsafe key.withUnsafeBufferPointer { unsafe EVP_EncryptInit_ex2(context, cipher, $0.baseAddress, nil, nil) }
        if isKeyed != 1 { LibraryFailure.end("libcrypto, for the key of a cipher") }
        unsafe EVP_CIPHER_CTX_set_padding(context, 0)
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    /// - Parameter sample: sixteen bytes.
    @inline(__always)
    private mutating func makeMask(_ sample: Span<UInt8>) {
        precondition(sample.count == Self.sampleByteCount)
        var written: Int32 = 0
        let zeros = Self.zeros
        var room = mask.mutableSpan
        // Invariant: each cipher writes as many bytes as it is given, sixteen, which is the length of the mask.
        unsafe room.withUnsafeMutableBufferPointer { mask in
            unsafe sample.withUnsafeBufferPointer { sample in
                guard isChaCha else {
                    unsafe _ = EVP_EncryptUpdate(context, mask.baseAddress, &written, sample.baseAddress, Int32(sample.count))
                    return
                }
                // The sample is counter and nonce as libcrypto takes them (RFC 9001 §5.4.4).
                unsafe _ = EVP_EncryptInit_ex2(context, nil, nil, sample.baseAddress, nil)
                unsafe zeros.span.withUnsafeBufferPointer {
                    unsafe _ = EVP_EncryptUpdate(context, mask.baseAddress, &written, $0.baseAddress, Int32($0.count))
                }
            }
        }
    }

    /// Removes the protection of a packet, and writes its header as the sender authenticated it.
    ///
    /// - Parameters:
    ///   - packet: from its first byte to its end.
    ///   - expected: the number after the highest one of its sender.
    ///   - header: is replaced.
    /// - Returns: nil where the packet is too short.
    @inline(__always)
    mutating func remove(
        from packet: Span<UInt8>, numberOffset: Int, expecting expected: UInt64, into header: inout ByteBuffer
    ) -> PacketHead? {
        guard packet.count &- numberOffset >= 4 + Self.sampleByteCount else { return nil }
        makeMask(packet.extracting(numberOffset &+ 4..<numberOffset &+ 4 &+ Self.sampleByteCount))
        let isLong = LongHeader.isLong(packet[0])
        let first = packet[0] ^ mask[0] & (isLong ? 0x0F : 0x1F)
        let byteCount = Int(first & 3) &+ 1
        header.removeAll()
        header.append(packet.extracting(0..<numberOffset &+ byteCount))
        header.replace(at: 0, with: first)
        var truncated: UInt64 = 0
        for index in 0..<byteCount {
            let byte = packet[numberOffset &+ index] ^ mask[1 &+ index]
            header.replace(at: numberOffset &+ index, with: byte)
            truncated = truncated << 8 | UInt64(byte)
        }
        return PacketHead(
            firstByte: first, number: PacketHead.number(truncated, byteCount: byteCount, expecting: expected),
            byteCount: numberOffset &+ byteCount)
    }
}

/// A header without its protection.
struct PacketHead {
    var firstByte: UInt8
    var number: UInt64
    /// Bytes up to the payload.
    var byteCount: Int

    var keyPhase: Bool { firstByte & 0x04 != 0 }

    /// The number that lies closest to the one expected, given its last bytes (RFC 9000 §A.3).
    @inline(__always)
    static func number(_ truncated: UInt64, byteCount: Int, expecting expected: UInt64) -> UInt64 {
        let window = UInt64(1) << UInt64(8 &* byteCount)
        let half = window >> 1
        let candidate = expected & ~(window &- 1) | truncated
        if candidate &+ half <= expected, candidate < 1 << 62 &- window { return candidate &+ window }
        if candidate > expected &+ half, candidate >= window { return candidate &- window }
        return candidate
    }
}
