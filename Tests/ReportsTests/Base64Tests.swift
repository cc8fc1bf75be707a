import Bytes
import Foundation
import TestSupport
import Testing

@testable import Reports

@Suite("Base 64")
struct Base64Tests {
    @Test("base 64 of all lengths and alignments is Foundation's")
    func base64() {
        var random = SeededRandom(1)
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
}
