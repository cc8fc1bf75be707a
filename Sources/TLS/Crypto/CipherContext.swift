import Bytes
import CCrypto
import System

/// A cipher of libcrypto with its key, kept from record to record.
@safe
package struct CipherContext: ~Copyable {
    private let context: OpaquePointer
    /// GCM is told the changing part of the nonce and the tag in one call; other ciphers are begun anew for each record.
    private let takesInvocation: Bool

    /// Nil where this libcrypto does not have the cipher.
    /// - Parameters:
    ///   - nonceByteCount: for CCM, which takes the lengths of nonce and tag before the key.
    ///   - salt: for GCM, what all nonces begin with.
    package init?(_ name: String, key: Span<UInt8>, nonceByteCount: Int? = nil, tagByteCount: Int = 0, salt: Span<UInt8> = Span()) {
        if name == "RC4" { Self.legacy }
        guard let cipher = unsafe EVP_CIPHER_fetch(nil, name, nil) else {
            ERR_clear_error()
            return nil
        }
        defer { unsafe EVP_CIPHER_free(cipher) }
        guard let context = unsafe EVP_CIPHER_CTX_new() else { LibraryFailure.end("libcrypto, for a cipher") }
        unsafe self.context = unsafe context
        precondition(unsafe Int(EVP_CIPHER_get_key_length(cipher)) == key.count)
        if unsafe EVP_DecryptInit_ex2(context, cipher, nil, nil, nil) != 1 { LibraryFailure.end("libcrypto, for a cipher") }
        if let nonceByteCount {
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, Int32(nonceByteCount), nil)
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagByteCount), nil)
        }
        let mode = unsafe EVP_CIPHER_get_mode(cipher)
        // It would be set again with each IV.
        if mode == EVP_CIPH_CBC_MODE { unsafe EVP_CIPHER_CTX_set_padding(context, 0) }
        let isKeyed = unsafe key.withUnsafeBufferPointer { unsafe EVP_DecryptInit_ex2(context, nil, $0.baseAddress, nil, nil) }
        if isKeyed != 1 { LibraryFailure.end("libcrypto, for the key of a cipher") }
        takesInvocation = unsafe mode == EVP_CIPH_GCM_MODE && Self.fixNonce(of: context, salt: salt)
    }

    /// Fixes the first four bytes of all nonces, so that one call sets the other eight and the tag: an initialization for each record
    /// takes longer than a small record. False where this libcrypto cannot do that.
    private static func fixNonce(of context: OpaquePointer, salt: Span<UInt8>) -> Bool {
        guard salt.count == 4 else { return false }
        var fixed = salt.copied()
        var rest = [UInt8](repeating: 0, count: invocationByteCount)
        guard unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IV_FIXED, Int32(fixed.count), &fixed) == 1,
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_IV_INV, Int32(rest.count), &rest) == 1
        else {
            ERR_clear_error()
            return false
        }
        return true
    }

    private static let invocationByteCount = 8
    /// `OSSL_CIPHER_PARAM_AEAD_TAG` and `OSSL_CIPHER_PARAM_AEAD_TLS1_SET_IV_INV` (provider-cipher(7)).
    private static let tagName: StaticString = "tag"
    private static let invocationName: StaticString = "tlsivinv"

    @inline(__always)
    private static func octets(_ name: StaticString, _ bytes: UnsafeRawPointer, _ count: Int) -> OSSL_PARAM {
        unsafe OSSL_PARAM(
            key: UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self), data_type: UInt32(OSSL_PARAM_OCTET_STRING),
            data: UnsafeMutableRawPointer(mutating: bytes), data_size: count, return_size: 0)
    }

    /// Loads what libcrypto keeps apart of old ciphers, once; without effect where that is not installed.
    private static let legacy: Void = {
        unsafe _ = OSSL_PROVIDER_load(nil, "legacy")
        unsafe _ = OSSL_PROVIDER_load(nil, "default")
    }()

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    /// Decrypts and authenticates; nil where the bytes are not authentic, and then nothing was written.
    ///
    /// - Parameters:
    ///   - sealed: ciphertext and tag.
    ///   - isCCM: CCM wants tag and lengths first, and authenticates before it decrypts.
    package func open(
        _ sealed: Span<UInt8>, nonce: Span<UInt8>, additional: Span<UInt8>, tagByteCount: Int, isCCM: Bool, into output: inout ByteBuffer
    ) -> Bool {
        let count = sealed.count - tagByteCount
        guard count >= 0 else { return false }
        var isAuthentic = false
        // Invariant: libcrypto writes `count` bytes, the room that is lent, and reads inside the spans that it is given.
        unsafe output.append(upTo: max(count, 1)) { room in
            let room = unsafe room.baseAddress?.assumingMemoryBound(to: UInt8.self)
            unsafe sealed.withUnsafeBufferPointer { sealed in
                let tag = unsafe UnsafeMutableRawPointer(mutating: sealed.baseAddress.unsafelyUnwrapped + count)
                unsafe nonce.withUnsafeBufferPointer { nonce in unsafe begin(nonce.baseAddress.unsafelyUnwrapped, tag, tagByteCount) }
                var written: Int32 = 0
                if isCCM { unsafe EVP_DecryptUpdate(context, nil, &written, nil, Int32(count)) }
                unsafe additional.withUnsafeBufferPointer { additional in
                    unsafe _ = EVP_DecryptUpdate(context, nil, &written, additional.baseAddress, Int32(additional.count))
                }
                let isDone = unsafe EVP_DecryptUpdate(context, room, &written, sealed.baseAddress, Int32(count)) == 1
                if isCCM {
                    isAuthentic = isDone
                } else {
                    isAuthentic = unsafe isDone && EVP_DecryptFinal_ex(context, room.unsafelyUnwrapped + count, &written) == 1
                }
            }
            return isAuthentic ? count : 0
        }
        return isAuthentic
    }

    /// - Parameter nonce: twelve bytes.
    @inline(__always)
    private func begin(_ nonce: UnsafePointer<UInt8>, _ tag: UnsafeMutableRawPointer, _ tagByteCount: Int) {
        guard takesInvocation else {
            unsafe EVP_DecryptInit_ex2(context, nil, nil, nonce, nil)
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagByteCount), tag)
            return
        }
        // Invariant: the call reads these bytes and keeps no pointer; names are constants.
        var parameters: InlineArray<3, OSSL_PARAM> = unsafe [
            Self.octets(Self.tagName, tag, tagByteCount), Self.octets(Self.invocationName, nonce + 4, Self.invocationByteCount),
            OSSL_PARAM(),
        ]
        var list = unsafe parameters.mutableSpan
        unsafe list.withUnsafeMutableBufferPointer { unsafe _ = EVP_CIPHER_CTX_set_params(context, $0.baseAddress) }
    }

    /// Decrypts the next bytes of a stream cipher.
    func decryptNext(_ encrypted: Span<UInt8>, into output: inout ByteBuffer) {
        // Invariant: a stream cipher writes as many bytes as it reads.
        unsafe output.append(upTo: encrypted.count) { room in
            var written: Int32 = 0
            unsafe encrypted.withUnsafeBufferPointer {
                unsafe _ = EVP_DecryptUpdate(
                    context, room.baseAddress?.assumingMemoryBound(to: UInt8.self), &written, $0.baseAddress, Int32($0.count))
            }
            return Int(written)
        }
    }

    /// Decrypts without authentication: CBC of whole blocks, or counter mode.
    func decrypt(_ encrypted: Span<UInt8>, iv: Span<UInt8>, into output: inout ByteBuffer) {
        // Invariant: with padding off libcrypto writes as many bytes as it reads of whole blocks.
        unsafe output.append(upTo: encrypted.count) { room in
            var written: Int32 = 0
            unsafe iv.withUnsafeBufferPointer { unsafe _ = EVP_DecryptInit_ex2(context, nil, nil, $0.baseAddress, nil) }
            unsafe encrypted.withUnsafeBufferPointer {
                unsafe _ = EVP_DecryptUpdate(
                    context, room.baseAddress?.assumingMemoryBound(to: UInt8.self), &written, $0.baseAddress, Int32($0.count))
            }
            return Int(written)
        }
    }
}

/// HMAC with its key, kept from record to record.
@safe
struct MACContext: ~Copyable {
    private let context: OpaquePointer
    let byteCount: Int

    init(_ hash: HashAlgorithm, key: Span<UInt8>) {
        let algorithm = unsafe EVP_MAC_fetch(nil, "HMAC", nil)
        defer { unsafe EVP_MAC_free(algorithm) }
        guard let context = unsafe EVP_MAC_CTX_new(algorithm) else { LibraryFailure.end("libcrypto, for HMAC") }
        unsafe self.context = unsafe context
        byteCount = hash.byteCount
        var name = Array(hash.rawValue.utf8CString)
        // Invariant: the parameters are read by the call only.
        let isKeyed = unsafe name.withUnsafeMutableBufferPointer { name in
            unsafe "digest".withCString { digest in
                let parameters = unsafe [OSSL_PARAM_construct_utf8_string(digest, name.baseAddress, 0), OSSL_PARAM_construct_end()]
                return unsafe key.withUnsafeBufferPointer { unsafe EVP_MAC_init(context, $0.baseAddress, $0.count, parameters) }
            }
        }
        if isKeyed != 1 { LibraryFailure.end("libcrypto, for the key of HMAC") }
    }

    deinit { unsafe EVP_MAC_CTX_free(context) }

    /// Whether `mac` is that of `head` and `bytes` together.
    func isAuthentic(_ mac: Span<UInt8>, head: Span<UInt8>, _ bytes: Span<UInt8>) -> Bool {
        guard mac.count == byteCount else { return false }
        if unsafe EVP_MAC_init(context, nil, 0, nil) != 1 { LibraryFailure.end("libcrypto, for HMAC") }
        update(head)
        update(bytes)
        return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { room in
            // Invariant: no hash that is used here has more than 48 bytes.
            var written = 0
            guard unsafe EVP_MAC_final(context, room.baseAddress, &written, room.count) == 1, written == byteCount else { return false }
            return unsafe mac.withUnsafeBufferPointer { unsafe CRYPTO_memcmp($0.baseAddress, room.baseAddress, written) == 0 }
        }
    }

    private func update(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe _ = EVP_MAC_update(context, $0.baseAddress, $0.count) }
    }
}
