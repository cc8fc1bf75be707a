import Bytes
import Testing

@testable import TLS

/// The first handshake of RFC 8448 (§3), from its secrets on, and derivations that `openssl kdf` computed.
@Suite struct KeyScheduleTests {
    @Test("keys and IVs are those of RFC 8448", arguments: Example.traces)
    func keys(trace: Example.Trace) {
        let secret = Secret(bytes: trace.secret.decoded)
        let key = KeyDerivation.expand(secret, label: "key", byteCount: 16, .sha256)
        let iv = KeyDerivation.expand(secret, label: "iv", byteCount: 12, .sha256)
        #expect(key.bytes == trace.key.decoded)
        #expect(iv.bytes == trace.iv.decoded)
    }

    @Test("records of RFC 8448 open to what it says, and with no other sequence number", arguments: Example.records)
    func records(record: Example.Record) throws {
        let kind = try #require(CipherSuite(code: 0x1301).protection)
        let secret = Secret(bytes: Example.traces[record.trace].secret.decoded)
        let receiver = Receiver(RecordProtection.tls13(kind, secret, .sha256))
        receiver.protection.sequence = record.sequence
        #expect(receiver.opened(record.bytes.decoded) == Opened(type: record.type, bytes: record.content.decoded))
        #expect(receiver.protection.sequence == record.sequence + 1)
        #expect(receiver.opened(record.bytes.decoded) == nil)
    }

    /// `openssl kdf -keylen N -kdfopt digest:… -kdfopt mode:EXPAND_ONLY -kdfopt hexkey:… -kdfopt hexinfo:… HKDF`, with the secret
    /// 01 02 03 … and HkdfLabel of "traffic upd" (RFC 8446 §7.2).
    @Test(
        "the secret after a KeyUpdate is what openssl derives",
        arguments: [
            (HashAlgorithm.sha256, "ebf1d6d4afa5f7dddc88b36831eeb3bc06442dd689b178268aba45a02bd81f07"),
            (.sha384, "9e4bc452eeb9e7499109414487d6da7ce8db5b1aa75c7ef63008edb44e0dfbe3f7e1d8689e00d4e5859bb784f637fb74"),
        ])
    func update(hash: HashAlgorithm, expected: String) throws {
        let secret = Secret(bytes: (0..<hash.byteCount).map { UInt8($0 + 1) })
        let next = KeyDerivation.expand(secret, label: "traffic upd", byteCount: hash.byteCount, hash)
        #expect(next.bytes == expected.decoded)
    }

    /// `openssl kdf -keylen 64 -kdfopt digest:… -kdfopt hexsecret:… -kdfopt hexseed:… TLS1-PRF`, with the secret 00 … 2f and the seed
    /// "key expansion" 64 … a3; and a secret of 5 bytes with "master secret" c8 … e7 00 … 1f, whose halves overlap in MD5-SHA1.
    @Test(
        "the pseudorandom function of TLS 1.0 to 1.2 is that of openssl",
        arguments: [
            (
                HashAlgorithm.md5AndSHA1,
                "7c2a8c1e1e7756ec8bc5c0448a030fe12d127c89b9eb1e0718f45abbfa9de22ebcadc4b01bdecddbdc4a2db401ed44183c73e1d5eab2fd9c329d090d3f0d9a57",
                "eb157e9d7185a7cd6a35f84a38417017e0cd5e29a75ca65aa1bd9e7930af2ee5e784f4f1730af6b391342dcade0a3753"
            ),
            (
                .sha256,
                "28685edb204ecc92242de5440cbbaab263b26917badda780ffac162c8d5a190db504e2223d7549b8deb0af27d736ac5666527337fcb51c0d659d1398611083ca",
                "f415dff5b68964e2f31cb4eb1e69f602f2d97ad2281ae6fc2df71103ca3aa0676f39e502e22381db6acd76dd3af7adff"
            ),
            (
                .sha384,
                "1ef6cb01527c4d5a83d5dc42afa62a9c27b940128ab240da3008c18b191d6cb911854353158b4b09047f65222a9e79e2a9484d3fc2388fcec5cd7a5cf1323e93",
                "d60077ab4c80e9d3f271b48cc91ef88f42729eb1544852ef6e580db89a851072bda2b270241a1d5e7d60f89563773246"
            ),
        ])
    func pseudorandom(hash: HashAlgorithm, expansion: String, master: String) {
        let long = Secret(bytes: (0..<48).map { UInt8($0) })
        let made = KeyDerivation.pseudorandom(long, label: "key expansion", seed: (100..<164).map { UInt8($0) }, byteCount: 64, hash)
        #expect(made.bytes == expansion.decoded)
        let short = Secret(bytes: [1, 2, 3, 4, 5])
        let seed = (200..<232).map { UInt8($0) } + (0..<32).map { UInt8($0) }
        let other = KeyDerivation.pseudorandom(short, label: "master secret", seed: seed, byteCount: 48, hash)
        #expect(other.bytes == master.decoded)
    }

    @Test("a secret of one byte derives something, and does not crash")
    func short() {
        let secret = Secret(bytes: [0])
        for hash in [HashAlgorithm.sha256, .sha384, .md5AndSHA1] {
            #expect(KeyDerivation.pseudorandom(secret, label: "key expansion", seed: [], byteCount: 3, hash).byteCount == 3)
        }
        #expect(KeyDerivation.expand(secret, label: "key", byteCount: 32, .sha384).byteCount == 32)
    }
}

extension String {
    /// The bytes that its hexadecimal digits stand for.
    var decoded: [UInt8] {
        let digits = Array(utf8).map { UInt8(String(UnicodeScalar($0)), radix: 16)! }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
