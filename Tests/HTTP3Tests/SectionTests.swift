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

    private func instruct(_ decoder: SectionDecoder, _ hex: String) { instruct(decoder, bytes(hex)) }
    private func instruct(_ decoder: SectionDecoder, _ bytes: [UInt8]) { _ = decoder.takeInstructions(bytes.span) }
    private func acknowledge(_ decoder: SectionDecoder, _ bytes: [UInt8]) { decoder.takeAcknowledgments(bytes.span) }

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
        acknowledge(decoder, bytes("84"))
        // B.3: a speculative insert.
        instruct(decoder, "4a63 7573 746f 6d2d 6b65 790c 6375 7374 6f6d 2d76 616c 7565")
        #expect(decoder.table.size == 160)
        acknowledge(decoder, bytes("01"))
        // B.4: a duplicate.
        instruct(decoder, "02")
        #expect(decoder.table.size == 217)
        #expect(
            decode(bytes("0500 80 c1 81"), of: 8, decoder) == [":authority: www.example.com", ":path: /", "custom-key: custom-value"])
        acknowledge(decoder, bytes("48"))
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

    @Test(
        "instructions stop where enough entries have come, so that what waits for one is read before the next evicts it", arguments: 1...7)
    func stopping(chunk: Int) {
        let decoder = decoder(capacity: 64)
        #expect(decode([2, 0, 0x80], decoder) == ["waits for 1"])
        // Room for one entry of 34 bytes, and two of them.
        let instructions = bytes("3f21 4161 0162 4163 0164")
        var sections: [[String]] = []
        var position = 0
        while position < instructions.count {
            let end = min(position + chunk, instructions.count)
            position += decoder.takeInstructions(instructions.span.extracting(position..<end), until: 1)
            if sections.isEmpty, decoder.table.insertCount == 1 { sections.append(decode([2, 0, 0x80], decoder)) }
        }
        #expect(sections == [["a: b"]])
        #expect(decoder.table.insertCount == 2)
        #expect(decoder.table.entry(at: 0) == nil)
    }

    // MARK: What a section requires

    @Test("the number of entries that a section requires wraps around, and is found all the same")
    func wrapping() {
        let decoder = decoder(capacity: 96)
        instruct(decoder, [0x3F, 0x41])
        // Three entries fit, so the number is sent modulo 6.
        for index in 0..<50 {
            instruct(decoder, Wire.insert("n", "\(index)"))
            let required = index + 1
            let section: [UInt8] = [UInt8(required % 6 + 1), 0, 0x80]
            #expect(decode(section, of: UInt64(index), decoder) == ["n: \(index)"])
            // One that was inserted before is still there.
            if index > 0 { #expect(decode([section[0], 0, 0x81], of: UInt64(index), decoder) == ["n: \(index - 1)"]) }
        }
    }

    @Test("a section before the settings of the other end waits for them")
    func awaitedSettings() {
        let decoder = SectionDecoder(limit: 4_096)
        #expect(decode([0, 0, 0xC0 | 17], decoder) == [":method: GET"])
        #expect(decode([2, 0, 0x80], decoder) == ["waits for settings"])
        #expect(decode([2, 0, 0x80, 0xC0 | 17], decoder, isFinal: true) == ["?: ?", ":method: GET"])
        decoder.capacity = .known(0)
        #expect(decode([2, 0, 0x80], decoder) == ["malformed"])
    }

    @Test("a section that nothing more comes for is read with what there is")
    func final() {
        let decoder = decoder()
        instruct(decoder, "3fbd01 c00f 7777 772e 6578 616d 706c 652e 636f 6d")
        #expect(decode(bytes("0381 10 11"), decoder, isFinal: true) == [":authority: www.example.com", "?: ?"])
    }

    // MARK: Gaps

    @Test("after a gap of the encoder's stream what came before is certain, and what came later is not known")
    func encoderGap() {
        let decoder = decoder(capacity: 4_096)
        instruct(decoder, "3fe11f c00f 7777 772e 6578 616d 706c 652e 636f 6d")
        decoder.loseInstructions(40)
        instruct(decoder, Wire.insert("later", "x"))
        // Up to 40 entries and more may have been inserted, of 128 that may be there: the number is certain.
        #expect(decode([2, 0, 0x80, 0xC0 | 17], decoder) == [":authority: www.example.com", ":method: GET"])
        #expect(decode([3, 0, 0x81, 0x80, 0x40, 1, 0x61], decoder) == [":authority: www.example.com", "?: ?", "?: a"])
        #expect(decode([3, 0x81, 0x10, 0x11, 0x00, 1, 0x62], decoder) == [":authority: www.example.com", "?: ?", ":authority: b"])
        #expect(decode([3, 0, 0x82], decoder) == ["malformed"])
    }

    @Test("after a gap in which more entries may have been inserted than are there, no index is certain")
    func longEncoderGap() {
        let decoder = decoder(capacity: 4_096)
        instruct(decoder, "3fe11f c00f 7777 772e 6578 616d 706c 652e 636f 6d")
        decoder.loseInstructions(129)
        #expect(decode([2, 0, 0x80, 0xC0 | 17, 0x40, 1, 0x61], decoder) == ["?: ?", ":method: GET", "?: a"])
        decoder.loseInstructions(nil)
        #expect(decode([2, 0, 0x80], decoder) == ["?: ?"])
    }

    @Test("what the decoder has acknowledged says how many entries there are at least")
    func boundedByAcknowledgments() {
        let decoder = decoder(capacity: 4_096)
        instruct(decoder, "3fe11f c00f 7777 772e 6578 616d 706c 652e 636f 6d")
        decoder.loseInstructions(200)
        // From 1 to 201 entries, of which 128 fit.
        #expect(decode([2, 0, 0x80], decoder) == ["?: ?"])
        // From 101 to 201.
        acknowledge(decoder, [0x3F, 101 - 63])
        #expect(decode([2, 0, 0x80], decoder) == [":authority: www.example.com"])
    }

    @Test("entries that the other end has and that did not come are not waited for")
    func acknowledgedBeforeInsertion() {
        let decoder = decoder(capacity: 4_096)
        instruct(decoder, "3fe11f")
        #expect(decode([2, 0, 0x80], of: 4, decoder) == ["waits for 1"])
        acknowledge(decoder, [0x84])
        #expect(decoder.settledCount == 1)
        #expect(decode([2, 0, 0x80, 0xC0 | 17], of: 8, decoder) == ["?: ?", ":method: GET"])
    }

    @Test("a section that was acknowledged before it came refers to a table as it was then, which is not known")
    func acknowledgedBeforeSection() {
        let decoder = decoder(capacity: 96)
        instruct(decoder, [0x3F, 0x41])
        for index in 0..<8 { instruct(decoder, Wire.insert("n", "\(index)")) }
        acknowledge(decoder, [0x84])
        // It required two entries, which looks as if it were eight.
        #expect(decode([3, 0, 0x80], of: 4, decoder) == ["?: ?"])
        #expect(decode([3, 0, 0x80], of: 8, decoder) == ["n: 7"])
    }

    @Test("where the beginning was not captured, only what needs no table is known, until an encoder begins")
    func lateStart() {
        let decoder = SectionDecoder(limit: 4_096)
        decoder.capacity = .unknown
        decoder.loseInstructions(nil)
        #expect(decode([3, 0, 0x80, 0xC0 | 17, 0x50, 1, 0x61], decoder) == ["?: ?", ":method: GET", ":authority: a"])
        decoder.capacity = .known(220)
        decoder.beginInstructions()
        instruct(decoder, "3fbd01 c00f 7777 772e 6578 616d 706c 652e 636f 6d")
        #expect(decode([2, 0, 0x80], decoder) == [":authority: www.example.com"])
    }

    // MARK: What breaks the rules

    @Test(
        "a section that breaks the rules ends where it does",
        arguments: [
            "", "00", "0e00 80", "0082", "0080 80", "0000 80", "0000 10", "0000 00 00", "0000 ff24", "0000 5f54 00",
            "0000 c1 2f", "0000 c1 27 05 61", "0000 c1 50 05 61 62", "0000 c1 50 81 ff ff ff", "0000 c1 ff ff ff ff ff ff ff ff ff ff 7f",
            "ff ff ff ff ff ff ff ff ff 7f 00", "03ff ff ff ff ff ff ff ff ff ff 00", "0300 82", "0300 02 00", "0301 8f",
        ])
    func malformed(_ hex: String) {
        let decoder = decoder()
        instruct(decoder, "3fbd01 c00f 7777 772e 6578 616d 706c 652e 636f 6d c10c 2f73 616d 706c 652f 7061 7468")
        #expect(decode(bytes(hex), decoder, isFinal: true).last == "malformed")
        // Another section is read as if nothing had been.
        #expect(decode(bytes("0381 10 11"), of: 4, decoder) == [":authority: www.example.com", ":path: /sample/path"])
    }

    @Test(
        "instructions that break the rules end what is known of the table",
        arguments: [
            "02", "ff24 00", "81 00", "3f ff ff ff ff ff ff ff ff 7f", "61 ff 00", "60 ff ff ff ff ff ff ff ff 3f",
            // An entry larger than the table.
            "3e c0 00",
        ])
    func brokenInstructions(_ hex: String) {
        let decoder = decoder(capacity: 4_096)
        instruct(decoder, "3fe11f c00f 7777 772e 6578 616d 706c 652e 636f 6d")
        instruct(decoder, hex)
        instruct(decoder, "4161 0162")
        #expect(decoder.settledCount == .max)
        #expect(decoder.table.insertCount == 1)
    }

    @Test("instructions are read the same however they are cut")
    func cutInstructions() {
        let all = bytes(
            "3fbd01 c00f 7777 772e 6578 616d 706c 652e 636f 6d c10c 2f73 616d 706c 652f 7061 7468 01"
                + "4a63 7573 746f 6d2d 6b65 790c 6375 7374 6f6d 2d76 616c 7565")
        for length in 1...all.count {
            let decoder = decoder()
            for start in stride(from: 0, to: all.count, by: length) {
                instruct(decoder, Array(all[start..<min(start + length, all.count)]))
            }
            #expect(decoder.table.insertCount == 4, "pieces of \(length)")
            #expect(decoder.table.newest(0)?.value == Array("custom-value".utf8), "pieces of \(length)")
            #expect(decoder.table.newest(1)?.value == Array("www.example.com".utf8), "pieces of \(length)")
        }
    }

    // MARK: Limits

    @Test("fields beyond the limit are left out, however few bytes repeat a long one")
    func bomb() {
        let decoder = decoder(capacity: 4_096, limit: 10_000)
        instruct(decoder, [0x3F, 0xE1, 0x1F])
        instruct(decoder, Wire.insert("x", String(repeating: "y", count: 4_000)))
        let section: [UInt8] = [2, 0] + [UInt8](repeating: 0x80, count: 60_000)
        let lines = decode(section, decoder)
        #expect(lines.count == 3)
        #expect(lines.last == "cut")
    }

    @Test("a table keeps a megabyte, whatever its sender asks for")
    func largeTable() {
        let decoder = decoder(capacity: 1 << 40, limit: 1 << 20)
        instruct(decoder, Wire.integer(1 << 40, prefix: 5, first: 0x20))
        let value = String(repeating: "v", count: 100_000)
        for index in 0..<20 { instruct(decoder, Wire.insert("\(index)", value)) }
        #expect(decoder.table.insertCount == 20)
        #expect(decoder.table.size <= 1 << 20)
        #expect(decode([21, 0, 0x80, 0x93], decoder).map { $0.prefix(4) } == ["19: ", "?: ?"])
    }
}
