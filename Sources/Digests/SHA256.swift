import CCrypto

/// SHA-256 (RFC 6234) of bytes that come in pieces.
public struct SHA256: ~Copyable {
    public static let byteCount = 32

    private var digest: MessageDigest

    public init() { digest = unsafe MessageDigest(EVP_sha256(), byteCount: SHA256.byteCount) }

    public mutating func update(_ bytes: Span<UInt8>) { digest.update(bytes) }

    /// The digest of the bytes since the last call; the next byte begins a new message, in the same context.
    public mutating func finish() -> [UInt8] { digest.finish() }

    public static func hash(_ bytes: Span<UInt8>) -> [UInt8] {
        var digest = SHA256()
        digest.update(bytes)
        return digest.finish()
    }
}
