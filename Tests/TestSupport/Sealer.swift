import CCrypto

/// What a sender does to content, by libcrypto's own encryption: the product only opens.
package enum Sealer {
    /// Ciphertext and tag.
    package static func aead(
        _ cipher: String, key: [UInt8], nonce: [UInt8], additional: [UInt8], _ content: [UInt8], tagByteCount: Int
    ) -> [UInt8] {
        let isCCM = cipher.hasSuffix("CCM")
        return unsafe encrypting(cipher) { context in
            if isCCM {
                unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, Int32(nonce.count), nil)
                unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tagByteCount), nil)
            }
            unsafe EVP_EncryptInit_ex2(context, nil, key, nonce, nil)
            var written: Int32 = 0
            if isCCM { unsafe EVP_EncryptUpdate(context, nil, &written, nil, Int32(content.count)) }
            unsafe EVP_EncryptUpdate(context, nil, &written, additional, Int32(additional.count))
            var sealed = [UInt8](repeating: 0, count: content.count + 64)
            unsafe EVP_EncryptUpdate(context, &sealed, &written, content, Int32(content.count))
            var rest = [UInt8](repeating: 0, count: 64)
            if !isCCM { unsafe EVP_EncryptFinal_ex(context, &rest, &written) }
            var tag = [UInt8](repeating: 0, count: tagByteCount)
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(tagByteCount), &tag)
            return sealed.prefix(content.count) + tag
        }
    }

    /// Whole blocks, or any bytes with a stream cipher or in counter mode.
    package static func encrypt(_ cipher: String, key: [UInt8], iv: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        unsafe encrypting(cipher) { context in
            unsafe EVP_CIPHER_CTX_set_padding(context, 0)
            unsafe EVP_EncryptInit_ex2(context, nil, key, iv, nil)
            var written: Int32 = 0
            var sealed = [UInt8](repeating: 0, count: bytes.count + 64)
            unsafe EVP_EncryptUpdate(context, &sealed, &written, bytes, Int32(bytes.count))
            return Array(sealed.prefix(Int(written)))
        }
    }

    /// - Parameter digest: the name that libcrypto has for it.
    package static func hmac(_ digest: String, key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        var mac = [UInt8](repeating: 0, count: 64)
        var count = 0
        unsafe EVP_Q_mac(nil, "HMAC", nil, digest, nil, key, key.count, bytes, bytes.count, &mac, mac.count, &count)
        return Array(mac.prefix(count))
    }

    private static func encrypting(_ cipher: String, _ body: (OpaquePointer) -> [UInt8]) -> [UInt8] {
        guard let algorithm = unsafe EVP_CIPHER_fetch(nil, cipher, nil), let context = unsafe EVP_CIPHER_CTX_new() else {
            preconditionFailure("libcrypto has no \(cipher)")
        }
        defer {
            unsafe EVP_CIPHER_free(algorithm)
            unsafe EVP_CIPHER_CTX_free(context)
        }
        unsafe EVP_EncryptInit_ex2(context, algorithm, nil, nil, nil)
        return unsafe body(context)
    }
}
