import Bytes
import Rules
import Testing
import WebSocket

@Suite struct BodyRulesTests {
    private static func findings(_ body: [UInt8]) -> [Finding] {
        var findings: [Finding] = []
        BodyRules.judge(CloseBody(body.span), into: &findings)
        return findings
    }

    @Test("close codes may be sent or not, as RFC 6455 §7.4 and the registry have it")
    func closeCodes() {
        let allowed: Set<UInt16> = [
            1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
        ]
        for code: UInt16 in [0, 1, 999] + Array(1000...1016) + [1100, 1999, 2000, 2999, 3000, 3999, 4000, 4999, 5000, 65_535] {
            let rules = Self.findings([UInt8(code >> 8), UInt8(code & 0xFF)]).map(\.rule)
            #expect(rules == (allowed.contains(code) ? [] : [.closeCodeInvalid]), "\(code)")
        }
    }

    @Test("a close body is empty, or has at least its code")
    func closeLength() {
        #expect(Self.findings([]).isEmpty)
        #expect(Self.findings([3]).map(\.rule) == [.closeBodyTooShort])
        #expect(Self.findings([3, 0xE8]).isEmpty)
    }

    @Test("a reason is UTF-8, and what is wrong with one that is not is told")
    func closeReason() {
        #expect(Self.findings([3, 0xE8] + Array("größer".utf8)).isEmpty)
        #expect(Self.findings([3, 0xE8, 0x61, 0xFF]) == [Finding(.closeReasonNotUTF8, found: "byte 3 of the body")])
        #expect(Self.findings([3, 0xE8, 0x61, 0xE2, 0x82]) == [Finding(.closeReasonNotUTF8, found: "ends inside a character")])
        #expect(Self.findings([0, 0, 0x80]).map(\.rule) == [.closeCodeInvalid, .closeReasonNotUTF8])
    }

    /// What is said of a message of these bytes.
    private static func findings(
        _ opcode: Opcode, _ payload: [UInt8], compressed: Bool = false, hasKnownWindow: Bool = true, missing: UInt64 = 0
    ) -> [Finding] {
        var assembler = MessageAssembler()
        assembler.negotiate(DeflateParameters.Side(), hasKnownWindow: hasKnownWindow)
        var chunk = ByteBuffer()
        assembler.begin(opcode, isCompressed: compressed)
        assembler.beginFrame()
        assembler.take(payload.span, keeping: 1_000, chunk: &chunk)
        if missing > 0 { assembler.noteGap(missing) }
        assembler.finish(keeping: 1_000, chunk: &chunk)
        var findings: [Finding] = []
        BodyRules.judge(assembler, into: &findings)
        return findings
    }

    @Test("a text is UTF-8 as a whole, a binary need not be")
    func text() {
        #expect(Self.findings(.text, Array("größer".utf8)).isEmpty)
        #expect(Self.findings(.text, []).isEmpty)
        #expect(Self.findings(.text, [0x61, 0xC3, 0x28]) == [Finding(.textNotUTF8, found: "byte 2 of 3")])
        #expect(Self.findings(.text, [0x61, 0xC3]) == [Finding(.textNotUTF8, found: "ends inside a character")])
        #expect(Self.findings(.binary, [0x61, 0xC3, 0x28]).isEmpty)
    }

    @Test("a text of which bytes are missing or unknown is nobody's fault")
    func unknown() {
        #expect(Self.findings(.text, [0x61, 0xC3], missing: 1).isEmpty)
        let copied = Self.findings(.text, [0xF2, 0x00, 0x11, 0x00, 0x00], compressed: true, hasKnownWindow: false)
        #expect(copied == [Finding(.contentUnknown, found: "4 of 5 bytes")])
    }

    @Test("data that do not inflate are told in zlib's words, and the text in them is not judged")
    func inflation() {
        let findings = Self.findings(.text, [0x06, 0xFF], compressed: true)
        #expect(findings == [Finding(.deflateInvalid, found: "invalid block type")])
        #expect(Self.findings(.text, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00], compressed: true).isEmpty)
        #expect(Self.findings(.text, [0xF2, 0x48, 0xCD], compressed: true).map(\.rule) == [.deflateInvalid])
        #expect(
            Self.findings(.text, [], compressed: true) == [
                Finding(.deflateInvalid, expected: "at least one byte", found: "an empty payload")
            ])
        #expect(Self.findings(.text, [0], compressed: true) == [])
        #expect(Self.findings(.text, [], compressed: false) == [])
    }
}
