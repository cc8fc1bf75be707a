import Bytes
import Channels
import FieldCoding
import Testing

@testable import HTTP3

/// Bytes written in hexadecimal digits.
func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.utf8.compactMap {
        UInt8(ascii: "0") <= $0 && $0 != UInt8(ascii: " ") ? Character(UnicodeScalar($0)).hexDigitValue : nil
    }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

@Suite("Field sections")
struct SectionTests {
    /// One section, or what it waits for.
    private func decode(_ section: [UInt8], of stream: UInt64 = 0, _ decoder: SectionDecoder, isFinal: Bool = false) -> [String] {
        switch decoder.decode(section.span, of: stream, isFinal: isFinal) {
        case .section(let section): section.lines
        case .waits(let count): ["waits for \(count)"]
        case .waitsForSettings: ["waits for settings"]
        }
    }

    private func decoder(capacity: UInt64 = 220, limit: Int = 4_096) -> SectionDecoder {
        let decoder = SectionDecoder(limit: limit)
        decoder.capacity = .known(capacity)
        return decoder
    }

    private func instruct(_ decoder: SectionDecoder, _ hex: String) { decoder.takeInstructions(bytes(hex).span) }

    // MARK: RFC 9204, appendix B

    @Test("the examples are read, each with what came before it (RFC 9204, appendix B)")
    func examples() {
        let decoder = decoder()
        // B.1: a literal field with a name reference.
        #expect(decode(bytes("0000 510b 2f69 6e64 6578 2e68 746d 6c"), decoder) == [":path: /index.html"])
        // B.2: the dynamic table.
        instruct(decoder, "3fbd01 c00f 7777 772e 6578 616d 706c 652e 636f 6d c10c 2f73 616d 706c 652f 7061 7468")
        #expect(decoder.table.size == 106)
        #expect(decode(bytes("0381 10 11"), of: 4, decoder) == [":authority: www.example.com", ":path: /sample/path"])
        decoder.takeAcknowledgments(bytes("84").span)
        // B.3: a speculative insert.
        instruct(decoder, "4a63 7573 746f 6d2d 6b65 790c 6375 7374 6f6d 2d76 616c 7565")
        #expect(decoder.table.size == 160)
        decoder.takeAcknowledgments(bytes("01").span)
        // B.4: a duplicate.
        instruct(decoder, "02")
        #expect(decoder.table.size == 217)
        #expect(
            decode(bytes("0500 80 c1 81"), of: 8, decoder) == [":authority: www.example.com", ":path: /", "custom-key: custom-value"])
        decoder.takeAcknowledgments(bytes("48").span)
        // B.5: an insert that evicts the oldest entry.
        instruct(decoder, "810d 6375 7374 6f6d 2d76 616c 7565 32")
        #expect(decoder.table.size == 215)
        #expect(decoder.table.insertCount == 5)
        #expect(decoder.table.entry(at: 0) == nil)
        #expect(decoder.table.entry(at: 4)?.value == Array("custom-value2".utf8))
    }

    @Test("a section waits for the entries that it requires, and is read when they have come")
    func waiting() {
        let decoder = decoder()
        #expect(decode(bytes("0381 10 11"), decoder) == ["waits for 2"])
        instruct(decoder, "3fbd01 c00f 7777 772e 6578 616d 706c 652e 636f 6d c10c 2f73 616d 706c 652f 7061 7468")
        #expect(decode(bytes("0381 10 11"), decoder) == [":authority: www.example.com", ":path: /sample/path"])
    }
}
