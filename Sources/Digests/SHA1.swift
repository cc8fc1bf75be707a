import CCrypto

/// SHA-1 (RFC 3174), which the WebSocket handshake needs (RFC 6455 §4.2.2) and nothing else should.
public enum SHA1 {
    public static let byteCount = 20

    public static func hash(_ bytes: Span<UInt8>) -> [UInt8] {
        var digest = unsafe MessageDigest(EVP_sha1(), byteCount: byteCount)
        digest.update(bytes)
        return digest.finish()
    }
}
