import TLS

/// How a cipher suite of TLS 1.3 protects packets (RFC 9001 §5.3, §5.4).
struct PacketSuite {
    /// The registered name.
    var name: String
    /// The names that libcrypto has for the cipher of payloads and for that of headers.
    var cipher: String
    var headerCipher: String
    var keyByteCount: Int
    var tagByteCount: Int
    var hash: HashAlgorithm

    var isCCM: Bool { cipher.hasSuffix("CCM") }

    /// Nil for a suite that QUIC has no header protection for.
    init?(_ suite: CipherSuite) {
        guard case .aead(let cipher, let keyByteCount, let tagByteCount, _)? = suite.protection, tagByteCount == 16 else { return nil }
        name = suite.name
        self.cipher = cipher
        self.keyByteCount = keyByteCount
        self.tagByteCount = tagByteCount
        hash = suite.hash
        switch cipher {
        case "ChaCha20-Poly1305": headerCipher = "ChaCha20"
        case "AES-128-GCM", "AES-128-CCM": headerCipher = "AES-128-ECB"
        case "AES-256-GCM": headerCipher = "AES-256-ECB"
        default: return nil
        }
    }

    /// What every connection begins with (RFC 9001 §5.2).
    static let initial = PacketSuite(CipherSuite(code: 0x1301))
    /// Those of TLS 1.3, for early data: which one it is protected with is known by trial only.
    static let all = [0x1301, 0x1302, 0x1303, 0x1304].compactMap { PacketSuite(CipherSuite(code: $0)) }
}
