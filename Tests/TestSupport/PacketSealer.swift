import Bytes
import TLS

/// Protects packets of QUIC, as a sender does (RFC 9001 §5): the product only opens.
package struct PacketSealer {
    private let cipher: String
    private let key: [UInt8]
    private let iv: [UInt8]
    private let headerKey: [UInt8]
    private let isV2: Bool
    private let secret: [UInt8]

    /// - Parameter cipher: the name that libcrypto has for it.
    package init(_ cipher: String, secret: [UInt8], isV2: Bool = false) {
        self.cipher = cipher
        self.secret = secret
        self.isV2 = isV2
        key = Self.expand(secret, isV2 ? "quicv2 key" : "quic key", Self.keyByteCount(cipher))
        iv = Self.expand(secret, isV2 ? "quicv2 iv" : "quic iv", 12)
        headerKey = Self.expand(secret, isV2 ? "quicv2 hp" : "quic hp", Self.keyByteCount(cipher))
    }

    private init(_ other: PacketSealer, secret: [UInt8]) {
        cipher = other.cipher
        isV2 = other.isV2
        self.secret = secret
        key = Self.expand(secret, isV2 ? "quicv2 key" : "quic key", Self.keyByteCount(cipher))
        iv = Self.expand(secret, isV2 ? "quicv2 iv" : "quic iv", 12)
        headerKey = other.headerKey
    }

    /// The same after a key update (RFC 9001 §6.1): keys for headers stay.
    package var updated: PacketSealer {
        PacketSealer(self, secret: Self.expand(secret, isV2 ? "quicv2 ku" : "quic ku", secret.count))
    }

    private static func keyByteCount(_ cipher: String) -> Int { cipher.hasPrefix("AES-128") ? 16 : 32 }

    private static func expand(_ secret: [UInt8], _ label: StaticString, _ byteCount: Int) -> [UInt8] {
        KeyDerivation.expand(Secret(secret.span), label: label, byteCount: byteCount, secret.count == 48 ? .sha384 : .sha256)
            .span.copied()
    }

    /// - Parameters:
    ///   - header: up to the packet number, its length in the lowest bits of the first byte.
    ///   - numberByteCount: of the packet number, which is written here.
    package func seal(header: [UInt8], number: UInt64, numberByteCount: Int = 4, _ frames: [UInt8]) -> [UInt8] {
        var header = header
        header[0] = header[0] & ~3 | UInt8(numberByteCount - 1)
        for index in (0..<numberByteCount).reversed() { header.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * index))) }
        var nonce = iv
        for index in 0..<8 { nonce[4 + index] ^= UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * index)) }
        let sealed = Sealer.aead(cipher, key: key, nonce: nonce, additional: header, frames, tagByteCount: 16)
        let sample = Array(sealed.dropFirst(4 - numberByteCount).prefix(16))
        let mask =
            cipher.hasPrefix("ChaCha")
            ? Sealer.encrypt("ChaCha20", key: headerKey, iv: sample, [0, 0, 0, 0, 0])
            : Sealer.encrypt("\(cipher.prefix(7))-ECB", key: headerKey, iv: [], sample)
        header[0] ^= mask[0] & (header[0] & 0x80 == 0 ? 0x1F : 0x0F)
        let start = header.count - numberByteCount
        for index in 0..<numberByteCount { header[start + index] ^= mask[1 + index] }
        return header + sealed
    }
}
