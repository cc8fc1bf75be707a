import Bytes
import TLS

/// What encrypts the payloads of packets under one secret (RFC 9001 §5.1, §5.3).
struct PacketCipher: ~Copyable {
    private let cipher: CipherContext
    private let tagByteCount: Int
    private let isCCM: Bool
    private let iv: InlineArray<12, UInt8>
    private var nonce: InlineArray<12, UInt8>

    /// Nil where this libcrypto does not have the cipher.
    init?(_ suite: PacketSuite, _ secret: Secret, _ version: QUICVersion) {
        let key = KeyDerivation.expand(secret, label: version.keyLabel, byteCount: suite.keyByteCount, suite.hash)
        let iv = KeyDerivation.expand(secret, label: version.ivLabel, byteCount: 12, suite.hash)
        self.init(suite, key: key.span, iv: iv.span)
    }

    init?(_ suite: PacketSuite, key: Span<UInt8>, iv: Span<UInt8>) {
        guard
            let cipher = CipherContext(
                suite.cipher, key: key, nonceByteCount: suite.isCCM ? 12 : nil, tagByteCount: suite.tagByteCount,
                salt: iv.extracting(first: 4))
        else { return nil }
        self.cipher = cipher
        tagByteCount = suite.tagByteCount
        isCCM = suite.isCCM
        var fixed = InlineArray<12, UInt8>(repeating: 0)
        for index in 0..<12 { fixed[index] = iv[index] }
        self.iv = fixed
        nonce = fixed
    }

    /// Decrypts and authenticates a payload; false where it is not authentic, and then nothing was written.
    @inline(__always)
    mutating func open(_ sealed: Span<UInt8>, number: UInt64, header: Span<UInt8>, into plain: inout ByteBuffer) -> Bool {
        for index in 0..<8 { nonce[4 &+ index] = iv[4 &+ index] ^ UInt8(truncatingIfNeeded: number >> UInt64(56 &- 8 &* index)) }
        return cipher.open(sealed, nonce: nonce.span, additional: header, tagByteCount: tagByteCount, isCCM: isCCM, into: &plain)
    }
}

/// Both protections under one secret that is never updated.
struct PacketProtection: ~Copyable {
    private var header: HeaderProtection
    private var cipher: PacketCipher

    /// Nil where this libcrypto does not have the cipher.
    init?(_ suite: PacketSuite, _ secret: Secret, _ version: QUICVersion) {
        let key = KeyDerivation.expand(secret, label: version.headerLabel, byteCount: suite.keyByteCount, suite.hash)
        guard let header = HeaderProtection(suite, key: key.span) else { return nil }
        guard let cipher = PacketCipher(suite, secret, version) else { return nil }
        self.header = header
        self.cipher = cipher
    }

    /// Opens a packet with a long header; nil where it is not authentic.
    ///
    /// - Parameters:
    ///   - packet: from its first byte to its end.
    ///   - scratch: what headers are written to.
    ///   - plain: is replaced.
    mutating func open(
        _ packet: Span<UInt8>, numberOffset: Int, expecting expected: UInt64, _ scratch: inout ByteBuffer, into plain: inout ByteBuffer
    ) -> PacketHead? {
        guard let head = header.remove(from: packet, numberOffset: numberOffset, expecting: expected, into: &scratch) else { return nil }
        plain.removeAll()
        let sealed = packet.extracting(head.byteCount..<packet.count)
        return cipher.open(sealed, number: head.number, header: scratch.span, into: &plain) ? head : nil
    }
}
