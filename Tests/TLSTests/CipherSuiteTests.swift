import Testing

@testable import TLS

struct CipherSuiteTests {
    @Test("the names that are registered say how records are protected")
    func protection() {
        #expect(CipherSuite(code: 0x1301).protection == .aead(cipher: "AES-128-GCM", keyByteCount: 16, tagByteCount: 16, explicitNonce: 8))
    }
}
