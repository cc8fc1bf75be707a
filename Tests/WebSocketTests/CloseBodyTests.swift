import Bytes
import Testing
import WebSocket

@Suite struct CloseBodyTests {
    private static func body(_ bytes: [UInt8]) -> CloseBody { CloseBody(bytes.span) }

    @Test("an empty body has neither code nor reason")
    func empty() {
        let body = Self.body([])
        #expect(body.code == nil && body.reason.isEmpty && body.invalidReasonByte == nil && body.byteCount == 0)
    }

    @Test("a body of one byte has no code")
    func oneByte() {
        let body = Self.body([0x03])
        #expect(body.code == nil && body.reason.isEmpty && body.invalidReasonByte == nil && body.byteCount == 1)
    }

    @Test("a code alone has an empty reason")
    func codeOnly() {
        let body = Self.body([0x03, 0xE8])
        #expect(body.code == .normal && body.reason.isEmpty && body.invalidReasonByte == nil && body.byteCount == 2)
    }

    @Test("the reason stands behind the code")
    func reason() {
        let body = Self.body([0x03, 0xE9] + Array("größer".utf8))
        #expect(body.code == .goingAway && body.reason == "größer" && body.invalidReasonByte == nil && body.byteCount == 10)
    }

    @Test("the largest body that a control frame holds has a reason of 123 bytes")
    func largest() {
        let body = Self.body([0x0F, 0xA0] + Array(repeating: 0x61, count: 123))
        #expect(body.code?.rawValue == 4000 && body.reason.utf8.count == 123 && body.byteCount == 125)
    }

    @Test("the first wrong byte of a reason is counted from the body's start, and the rest of it stays readable")
    func invalid() {
        let body = Self.body([0x03, 0xE8, 0x61, 0xC3, 0x28, 0x62])
        #expect(body.invalidReasonByte == 4)
        #expect(body.reason == "a\u{FFFD}(b")
    }

    @Test("a reason cut inside a character lacks the byte behind its last")
    func cutCharacter() {
        let body = Self.body([0x03, 0xE8, 0x61, 0xE2, 0x82])
        #expect(body.invalidReasonByte == 5)
        #expect(body.invalidReasonByte == body.byteCount)
    }

    @Test("registered codes have names, unassigned ones have none")
    func names() {
        let named = (UInt16.min ... .max).filter { CloseCode(rawValue: $0).name != nil }
        #expect(named == Array(1000...1015) + Array(3000...4999))
        #expect("\(CloseCode(rawValue: 1009).name ?? "")" == "message too big")
        #expect("\(CloseCode(rawValue: 3500).name ?? "")" == "registered use")
        #expect("\(CloseCode(rawValue: 4999).name ?? "")" == "private use")
    }
}
