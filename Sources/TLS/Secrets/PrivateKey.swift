import CCrypto

/// A server's RSA key, for connections whose premaster secret was encrypted with it (RFC 5246 §7.4.7.1).
@safe
public final class PrivateKey: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    // Invariant: never changed after `init`; libcrypto's keys may be used from several threads.
    private let key: OpaquePointer
    /// As the user knows it: the name of its file.
    public let name: String

    public enum LoadError: Error {
        /// Not a private key in PEM, or one that wants a passphrase.
        case unreadable
        case notRSA
    }

    /// Reads a key in PEM.
    public init(pem: Span<UInt8>, name: String) throws(LoadError) {
        self.name = name
        let key = unsafe pem.withUnsafeBytes { bytes in
            let input = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(clamping: bytes.count))
            defer { unsafe BIO_free(input) }
            // Asked for a passphrase, it gives none.
            return unsafe PEM_read_bio_PrivateKey(input, nil, { _, _, _, _ in 0 }, nil)
        }
        ERR_clear_error()
        guard let key = unsafe key else { throw .unreadable }
        unsafe self.key = unsafe key
        guard unsafe EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA else { throw .notRSA }
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// The premaster secret, 48 bytes that begin with the version; nil where it is encrypted with another key.
    func decrypt(_ encrypted: Span<UInt8>) -> Secret? {
        guard unsafe encrypted.count == Int(EVP_PKEY_get_size(key)) else { return nil }
        let context = unsafe EVP_PKEY_CTX_new(key, nil)
        defer {
            unsafe EVP_PKEY_CTX_free(context)
            ERR_clear_error()
        }
        guard unsafe EVP_PKEY_decrypt_init(context) == 1, unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 else {
            return nil
        }
        var clear = [UInt8](repeating: 0, count: encrypted.count)
        defer { wipe(&clear) }
        var count = clear.count
        // Invariant: the room is as large as the key, which is the most that is written.
        let isDone = unsafe clear.withUnsafeMutableBufferPointer { clear in
            unsafe encrypted.withUnsafeBufferPointer {
                unsafe EVP_PKEY_decrypt(context, clear.baseAddress, &count, $0.baseAddress, $0.count) == 1
            }
        }
        guard isDone, count == 48, clear[0] == 3 else { return nil }
        return Secret(clear.span.extracting(0..<count))
    }

    public var description: String { "a private key" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
