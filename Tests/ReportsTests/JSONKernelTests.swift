import Bytes
import Foundation
import Testing

@testable import Reports

@Suite("JSON escapes and base 64")
struct JSONKernelTests {
    private static func naive(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        bytes.flatMap { byte -> [UInt8] in
            switch byte {
            case 0x22: Array("\\\"".utf8)
            case 0x5C: Array("\\\\".utf8)
            case 0x08: Array("\\b".utf8)
            case 0x09: Array("\\t".utf8)
            case 0x0A: Array("\\n".utf8)
            case 0x0C: Array("\\f".utf8)
            case 0x0D: Array("\\r".utf8)
            case 0x00..<0x20, 0x7F: Array(String(format: "\\u%04x", Int(byte)).utf8)
            default: [byte]
            }
        }
    }

    private static func escaped(_ bytes: Span<UInt8>) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.append(escaping: bytes)
        return buffer.span.copied()
    }

    @Test("each byte value is escaped as RFC 8259 says")
    func everyByte() {
        for value in UInt8.min...UInt8.max {
            #expect(Self.escaped([value].span) == Self.naive([value]))
            // In each place of a block, and alone in it.
            for place in 0..<40 {
                var bytes = [UInt8](repeating: 0x61, count: 40)
                bytes[place] = value
                let result = Self.escaped(bytes.span)
                #expect(result == Self.naive(bytes[...]))
            }
        }
    }

    @Test("bytes of all lengths and alignments are escaped as one by one", arguments: [0, 1, 2, 3])
    func lengths(density: Int) {
        var random = SystemRandomNumberGenerator()
        let all = (0..<216).map { _ -> UInt8 in
            switch density {
            case 0: UInt8.random(in: 0...255, using: &random)
            // Nothing but what stands behind a backslash itself, and letters.
            case 3: [0x22, 0x5C, 0x61].randomElement()!
            case 1: UInt8.random(in: 0..<8, using: &random) == 0 ? [0x22, 0x5C, 0x0A, 0x01, 0x7F].randomElement()! : 0x80
            default: [0x22, 0x00, 0x1F, 0x20, 0x21, 0x23, 0x5B, 0x5D, 0x7E, 0x80, 0xA2, 0xFF].randomElement()!
            }
        }
        for start in 0..<16 {
            for length in 0...200 {
                let bytes = all.span.extracting(start..<start + length)
                let result = Self.escaped(bytes)
                #expect(result == Self.naive(all[start..<start + length]), "start \(start), length \(length), bytes \(all)")
            }
        }
    }

    @Test("text longer than one reservation is escaped whole")
    func long() {
        for bytes in [[UInt8](repeating: 1, count: 9_001), (0..<20_000).map { UInt8(truncatingIfNeeded: $0 % 251) }] {
            let result = Self.escaped(bytes.span)
            #expect(result == Self.naive(bytes[...]))
        }
    }

    @Test("base 64 of all lengths and alignments is Foundation's")
    func base64() {
        var random = SystemRandomNumberGenerator()
        let all = (0..<1_016).map { _ in UInt8.random(in: 0...255, using: &random) }
        for start in 0..<16 {
            for length in Array(0...200) + [999, 1_000] {
                var buffer = ByteBuffer()
                buffer.append(base64: all.span.extracting(start..<start + length))
                let text = String(decoding: buffer.span.copied(), as: UTF8.self)
                #expect(text == Data(all[start..<start + length]).base64EncodedString(), "start \(start), length \(length), bytes \(all)")
            }
        }
    }

    @Test("base 64 gives the vectors of RFC 4648 §10")
    func base64Vectors() {
        let vectors = ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=", "foobar": "Zm9vYmFy"]
        for (bytes, expected) in vectors {
            var buffer = ByteBuffer()
            buffer.append(base64: Array(bytes.utf8).span)
            let text = String(decoding: buffer.span.copied(), as: UTF8.self)
            #expect(text == expected)
        }
    }

    @Test("a string becomes a JSON string, whatever it holds")
    func strings() throws {
        for text in [
            "", "plain", "tab\t\"quoted\" back\\slash", "\u{0}\u{1F}\u{7F}", "é€𝄞\u{2028}", String(repeating: "ä\n", count: 5_000),
        ] {
            var buffer = ByteBuffer()
            buffer.append(jsonString: text)
            let bytes = buffer.span.copied()
            #expect(!bytes.contains { $0 < 0x20 || $0 == 0x7F })
            let value = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            #expect(value as? String == text)
        }
    }
}
