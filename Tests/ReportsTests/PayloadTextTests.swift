import Testing
import WebSocket

@testable import Reports

@Suite("What of a payload is text")
struct PayloadTextTests {
    @Test("a cut falls on a character boundary", arguments: ["aé€𝄞z", "𝄞𝄞", "é", "abc", ""])
    func boundaries(text: String) {
        let bytes = Array(text.utf8)
        for limit in 0...bytes.count + 2 {
            let kept = PayloadText.wholeCharacters(bytes.span, upTo: limit)
            // The longest prefix of whole characters, found the slow way.
            let expected = (0...min(limit, bytes.count)).last { UTF8Validator.isValid(bytes[..<$0]) }
            #expect(kept == expected, "limit \(limit)")
            // The same when the bytes behind the limit were never there.
            let short = Array(bytes.prefix(limit))
            let keptOfShort = PayloadText.wholeCharacters(short.span, upTo: .max)
            #expect(keptOfShort == expected, "limit \(limit)")
        }
    }

    @Test("an unknown byte counts as a character")
    func unknownBoundary() {
        let bytes: [UInt8] = [0x61, 0xFF, 0xFF]
        let kept = PayloadText.wholeCharacters(bytes.span, upTo: 2)
        #expect(kept == 2)
    }

    @Test("only a cut excuses an unfinished character")
    func cuts() {
        let bytes: [UInt8] = [0x61, 0xE2, 0x82]
        let whole = PayloadText.isText(bytes.span, isCut: false)
        let cut = PayloadText.isText(bytes.span, isCut: true)
        let wrong = PayloadText.isText(([0x61, 0x80] as [UInt8]).span, isCut: true)
        #expect(!whole)
        #expect(cut)
        #expect(!wrong)
    }

    @Test("unknown bytes may stand between characters, not inside one, and no more of them than there are")
    func unknown() {
        func isText(_ bytes: [UInt8], unknown: UInt64) -> Bool { PayloadText.isText(bytes.span, isCut: false, unknown: unknown) }
        let between = isText([0xC3, 0xA9, 0xFF, 0xFF, 0x61], unknown: 2)
        let inside = isText([0xC3, 0xFF, 0x61], unknown: 1)
        let more = isText([0x61, 0xFF, 0xFF], unknown: 1)
        #expect(between)
        #expect(!inside)
        #expect(!more)
    }

    @Test("tab and line ends are printable; other controls, DEL and broken UTF-8 are not")
    func printable() {
        func isPrintable(_ bytes: [UInt8]) -> Bool { PayloadText.isPrintable(bytes.span, isCut: false) }
        for byte in UInt8(0)..<0x80 {
            let expected = byte >= 0x20 && byte != 0x7F || [0x09, 0x0A, 0x0D].contains(byte)
            let result = isPrintable([0x61, byte])
            #expect(result == expected, "\(byte)")
        }
        let accented = isPrintable(Array("é€".utf8))
        let broken = isPrintable([0x80])
        let empty = isPrintable([])
        #expect(accented)
        #expect(!broken)
        #expect(empty)
    }
}

extension UTF8Validator {
    fileprivate static func isValid(_ bytes: ArraySlice<UInt8>) -> Bool { isValid(Array(bytes).span) }
}
