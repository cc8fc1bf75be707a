import CCrypto
import Testing

@testable import TLS

@Suite struct CipherSuiteTests {
    @Test("names say how records are protected")
    func protection() {
        let expected: [(UInt16, Protection?)] = [
            (0x1301, .aead(cipher: "AES-128-GCM", keyByteCount: 16, tagByteCount: 16, explicitNonce: 8)),
            (0x1303, .aead(cipher: "ChaCha20-Poly1305", keyByteCount: 32, tagByteCount: 16, explicitNonce: 0)),
            (0x1305, .aead(cipher: "AES-128-CCM", keyByteCount: 16, tagByteCount: 8, explicitNonce: 8)),
            (0xC0AD, .aead(cipher: "AES-256-CCM", keyByteCount: 32, tagByteCount: 16, explicitNonce: 8)),
            (0xC0AE, .aead(cipher: "AES-128-CCM", keyByteCount: 16, tagByteCount: 8, explicitNonce: 8)),
            (0xCCA8, .aead(cipher: "ChaCha20-Poly1305", keyByteCount: 32, tagByteCount: 16, explicitNonce: 0)),
            (0xC05D, .aead(cipher: "ARIA-256-GCM", keyByteCount: 32, tagByteCount: 16, explicitNonce: 8)),
            (0xC07A, .counter(cipher: "CAMELLIA-128-CTR", keyByteCount: 16)),
            (0x002F, .cbc(cipher: "AES-128-CBC", keyByteCount: 16, blockByteCount: 16, mac: .sha1)),
            (0xC028, .cbc(cipher: "AES-256-CBC", keyByteCount: 32, blockByteCount: 16, mac: .sha384)),
            (0x000A, .cbc(cipher: "DES-EDE3-CBC", keyByteCount: 24, blockByteCount: 8, mac: .sha1)),
            (0x0041, .cbc(cipher: "CAMELLIA-128-CBC", keyByteCount: 16, blockByteCount: 16, mac: .sha1)),
            (0x0001, .null(mac: .md5)), (0xC006, .null(mac: .sha1)),
            (0x0004, .stream(cipher: "RC4", keyByteCount: 16, mac: .md5)),
            // Single DES, export suites, SEED, IDEA, GOST, what only signals, and a code of nobody.
            (0x0009, nil), (0x0003, nil), (0x0096, nil), (0x0007, nil), (0xC101, nil), (0x00FF, nil), (0x5600, nil),
            (0x7A7A, nil),
        ]
        for (code, protection) in expected { #expect(CipherSuite(code: code).protection == protection, "\(CipherSuite(code: code).name)") }
    }

    @Test("whatever a registered name asks for, libcrypto has it, with keys and blocks of that size")
    func fetchable() throws {
        var supported = 0
        for (code, name) in CipherSuite.names {
            guard let kind = CipherSuite(code: code).protection else { continue }
            supported += 1
            switch kind {
            case .aead(let cipher, let key, let tag, let nonce):
                try Self.expect(cipher, key: key, block: 1, "\(name)")
                #expect([8, 16].contains(tag) && [0, 8].contains(nonce), "\(name)")
            case .counter(let cipher, let key): try Self.expect(cipher, key: key, block: 1, "\(name)")
            case .cbc(let cipher, let key, let block, let mac):
                try Self.expect(cipher, key: key, block: block, "\(name)")
                try Self.expect(mac, "\(name)")
            case .stream(_, _, let mac):
                // Only where the legacy provider is installed.
                try Self.expect(mac, "\(name)")
            case .null(let mac): try Self.expect(mac, "\(name)")
            }
        }
        // A change of the rules for names must not lose suites unnoticed.
        #expect(supported > 200)
    }

    private static func expect(_ cipher: String, key: Int, block: Int, _ name: Comment) throws {
        let fetched = unsafe EVP_CIPHER_fetch(nil, cipher, nil)
        defer { unsafe EVP_CIPHER_free(fetched) }
        try #require(unsafe fetched != nil, name)
        #expect(unsafe EVP_CIPHER_get_key_length(fetched) == Int32(key), name)
        #expect(unsafe EVP_CIPHER_get_block_size(fetched) == Int32(block), name)
    }

    private static func expect(_ hash: HashAlgorithm, _ name: Comment) throws {
        let fetched = unsafe EVP_MD_fetch(nil, hash.rawValue, nil)
        defer { unsafe EVP_MD_free(fetched) }
        try #require(unsafe fetched != nil, name)
        #expect(unsafe EVP_MD_get_size(fetched) == Int32(hash.byteCount), name)
    }

    @Test("codes are in order, so that each name is found by its own")
    func order() {
        #expect(zip(CipherSuite.names, CipherSuite.names.dropFirst()).allSatisfy { $0.code < $1.code })
        for (code, name) in CipherSuite.names { #expect(CipherSuite(code: code).name == "\(name)") }
        #expect(CipherSuite(code: 0x0A0A).name == "0x0A0A")
    }

    @Test("the name says with which hash keys are derived, and whether the premaster secret is sent")
    func derivation() {
        #expect(CipherSuite(code: 0x1302).hash == .sha384)
        #expect(CipherSuite(code: 0xC030).hash == .sha384)
        #expect(CipherSuite(code: 0xC02F).hash == .sha256)
        // Those named after a MAC of SHA-1 use the function of TLS 1.2 all the same (RFC 5246 §5).
        #expect(CipherSuite(code: 0x002F).hash == .sha256)
        #expect(CipherSuite(code: 0xC0AE).hash == .sha256)
        #expect(CipherSuite(code: 0x009C).sendsPremaster)
        // RSA_PSK's premaster secret has more in it than what is sent (RFC 4279 §4).
        for code: UInt16 in [0xC02F, 0x1301, 0x00AC, 0xC013] { #expect(!CipherSuite(code: code).sendsPremaster) }
    }
}
