import Digests
import Testing

@Suite struct Base64Tests {
    @Test(
        "the vectors of RFC 4648 §10 hold both ways",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func vectors(plain: String, encoded: String) {
        #expect(encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test("every byte value in every position survives a round trip")
    func roundTrip() {
        for value in UInt8.min...UInt8.max {
            for bytes in [[value], [0, value], [0xFF, 0, value], [value, value, value, value]] {
                let text = encode(bytes)
                #expect(Base64.decode(text) == bytes, "\(text)")
            }
        }
    }

    @Test("the two last letters of the alphabet are those of §4, not of §5")
    func alphabet() {
        #expect(encode([0xFB, 0xFF]) == "+/8=")
        #expect(Base64.decode("-_8=") == nil)
    }

    @Test(
        "text that no encoder writes is refused",
        arguments: [
            "Zg", "Zg=", "Z===", "====", "=", "Zg==Zg==", "Zm=v", "=m9v", "Zm9v\n", "Zm9v\r\n\r\n", " Zm9v", "Zm 9v", "Zm9v====",
            "Zh==", "Zm9=", "Zmé=", "Z\u{0}==",
        ])
    func refused(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    private func encode(_ bytes: [UInt8]) -> String { Base64.encode(bytes.span) }
}
