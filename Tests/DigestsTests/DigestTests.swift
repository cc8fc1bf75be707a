import Digests
import Testing

@Suite struct DigestTests {
    @Test(
        "SHA-1 gives the digests of RFC 3174 §7.3",
        arguments: [
            ("abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
            ("", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ])
    func sha1(text: String, digest: String) {
        let result = hex(bytes(of: SHA1.hash(Array(text.utf8).span)))
        #expect(result == digest)
    }

    @Test("SHA-1 pads messages of all lengths around a block")
    func sha1Lengths() {
        var all: [UInt8] = []
        for count in 0..<200 {
            let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            all += bytes(of: SHA1.hash(message.span))
        }
        let result = hex(bytes(of: SHA1.hash(all.span)))
        // By Python's hashlib.
        #expect(result == "887d03886aa473ff04d2370f0f86577637baf55d")
    }

    @Test(
        "SHA-256 gives the digests of RFC 6234 §8.5",
        arguments: [
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ])
    func sha256(text: String, digest: String) {
        let result = hex(SHA256.hash(Array(text.utf8).span))
        #expect(result == digest)
    }

    @Test("a million letters in uneven pieces have the SHA-256 digest of RFC 6234 §8.5")
    func millionLetters() {
        let letters = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        var digest = SHA256()
        var (start, step) = (0, 0)
        while start < letters.count {
            let end = min(start + step, letters.count)
            digest.update(letters.span.extracting(start..<end))
            (start, step) = (end, (step * 7 + 1) % 4099)
        }
        let result = hex(digest.finish())
        #expect(result == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("finishing begins a new message in the same context")
    func reuse() {
        var digest = SHA256()
        digest.update([1, 2, 3].span)
        let first = digest.finish()
        let empty = digest.finish()
        digest.update([1, 2].span)
        digest.update([3].span)
        let second = digest.finish()
        #expect(first == second)
        let nothing: [UInt8] = []
        let ofNothing = SHA256.hash(nothing.span)
        #expect(empty == ofNothing)
    }

    @Test("hexadecimal digits are lower-case, two to a byte")
    func hexDigits() {
        #expect(hex([0x00, 0x0F, 0xA0, 0xFF]) == "000fa0ff")
    }

    private func hex(_ bytes: [UInt8]) -> String { Hex.encode(bytes.span) }

    private func bytes(of digest: InlineArray<20, UInt8>) -> [UInt8] { digest.indices.map { digest[$0] } }
}
