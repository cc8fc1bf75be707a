import Bytes
import Testing

@testable import TLS

/// Secrets are wiped, and nothing prints them.
@Suite struct SecretTests {
    private static let bytes = (0..<64).map { UInt8($0 * 3 + 17) }

    @Test("its memory no longer has it once nobody holds it")
    func wiped() {
        // What the allocator gives out again for the same size shows what was left there; its own lists overwrite the first bytes only.
        var found = 0
        for _ in 0..<200 {
            let address = Self.addressOfSecretThatIsGone()
            let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 8)
            defer { unsafe room.deallocate() }
            guard UInt(bitPattern: room.baseAddress) == address else { continue }
            found += 1
            let left = unsafe Array(room)
            #expect(left[16...].allSatisfy { $0 == 0 })
        }
        #expect(found > 0, "the allocator gave out no memory again, so nothing was tested")
    }

    @inline(never)
    private static func addressOfSecretThatIsGone() -> UInt {
        let secret = Secret(bytes: bytes)
        return unsafe secret.span.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }

    @Test("an array that is wiped has zeros, all of them")
    func wipedArray() {
        var bytes = Self.bytes
        wipe(&bytes)
        #expect(bytes == [UInt8](repeating: 0, count: 64))
        var nothing: [UInt8] = []
        wipe(&nothing)
        #expect(nothing.isEmpty)
    }

    @Test("no description, dump or mirror shows a secret, nor one of what holds it")
    func undescribed() throws {
        let secret = Secret(bytes: Self.bytes)
        let item = KeyStore.Item(label: .clientTraffic, secret: secret, source: 0)
        let candidate = Candidate(label: .clientTraffic, secret: secret, source: 0, random: nil)
        for value in [secret, item, candidate, [secret], Optional(secret) as Any] as [Any] {
            var dumped = ""
            dump(value, to: &dumped)
            for text in ["\(value)", String(reflecting: value), String(describing: value), dumped] { Self.expectNothing(in: text) }
        }
        #expect("\(secret)" == "a secret")
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    private static func expectNothing(in text: String) {
        // As numbers in a list, and as hexadecimal digits.
        #expect(!text.contains("17, 20") && !text.contains("1114"), "\(text)")
    }

    @Test("a part is a secret of its own, and secrets are equal if their bytes are")
    func parts() {
        let secret = Secret(bytes: Self.bytes)
        #expect(secret.part(3..<9).bytes == Array(Self.bytes[3..<9]))
        #expect(secret.isEqual(to: Secret(bytes: Self.bytes)))
        #expect(!secret.isEqual(to: secret.part(0..<63)))
        var other = Self.bytes
        other[63] ^= 1
        #expect(!secret.isEqual(to: Secret(bytes: other)))
    }

    @Test("what is no private key, or not one of RSA, is refused")
    func privateKeys() {
        #expect(throws: PrivateKey.LoadError.unreadable) { try PrivateKey(pem: Array("no key".utf8).span, name: "x") }
        #expect(throws: PrivateKey.LoadError.unreadable) { try PrivateKey(pem: [UInt8]().span, name: "x") }
    }
}
