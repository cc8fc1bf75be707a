import Bytes
import Testing
import Text

@Suite("Text from the wire on its way to a terminal")
struct SafeTextTests {
    private func safe(_ bytes: [UInt8], limit: Int = .max, isASCII: Bool = false) -> (text: String, columns: Int, isCut: Bool) {
        var buffer = ByteBuffer()
        var safe = SafeText(limit: limit, isASCII: isASCII)
        safe.append(bytes.span, to: &buffer)
        return (String(decoding: buffer.span.copied(), as: UTF8.self), safe.columns, safe.isCut)
    }

    @Test("no control character, format character or separator gets through")
    func escapes() {
        var dangerous: [Unicode.Scalar] = (0...0x1F).map { Unicode.Scalar($0) }
        dangerous += (0x7F...0x9F).compactMap { Unicode.Scalar(UInt32($0)) }
        dangerous += [0x200B, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E, 0x2066, 0x2069, 0xFEFF, 0xE0001, 0xE000].compactMap {
            Unicode.Scalar($0)
        }
        for scalar in dangerous {
            let text = safe(Array(String(Character(scalar)).utf8)).text
            #expect(
                text.hasPrefix("\\") && text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, "U+\(String(scalar.value, radix: 16)): \(text)"
            )
        }
        #expect(safe(Array("\u{1B}[31m\n\t\r".utf8)).text == "\\u{1b}[31m\\n\\t\\r")
    }

    @Test(
        "every byte that is not UTF-8 becomes an escape",
        arguments: [
            ([0x61, 0xFF], "a\\xff"),
            ([0xC0, 0xAF], "\\xc0\\xaf"),  // An overlong form.
            ([0xED, 0xA0, 0x80], "\\xed\\xa0\\x80"),  // A surrogate.
            ([0xE2, 0x82], "\\xe2\\x82"),  // The end is missing.
            ([0xF5, 0x80, 0x80, 0x80], "\\xf5\\x80\\x80\\x80"),  // Above U+10FFFF.
        ] as [([UInt8], String)])
    func notUTF8(bytes: [UInt8], text: String) {
        #expect(safe(bytes).text == text)
    }

    @Test("hostile bytes never break a row, whatever they are")
    func anyPair() {
        for first in UInt8.min...UInt8.max {
            for second in stride(from: UInt8.min, through: 254, by: 7) {
                let result = safe([first, second, 0x0A, first])
                #expect(result.text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && !(0x80...0x9F).contains($0.value) })
            }
        }
    }

    @Test("each byte, in whatever place of a longer text, is shown as it is alone")
    func everyPlace() {
        for value in UInt8.min...UInt8.max {
            let alone = safe([value]).text
            for place in 0..<20 {
                var bytes = [UInt8](repeating: 0x7E, count: 20)
                bytes[place] = value
                let expected = String(repeating: "~", count: place) + alone + String(repeating: "~", count: 19 - place)
                #expect(safe(bytes).text == expected, "byte \(value) at \(place)")
            }
        }
    }

    @Test("what is shown of characters beyond ASCII is what Unicode assigns, and neither controls nor formats")
    func printable() {
        for value in UInt32(0x80)...0x10_FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isHidden: Bool =
                switch scalar.properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
                default: false
                }
            if scalar.isPrintable == isHidden { Issue.record("U+\(String(value, radix: 16))") }
        }
    }

    @Test("an escape or a wide character is never cut in two")
    func limit() {
        #expect(safe(Array("ab\u{1B}".utf8), limit: 7) == ("ab", 2, true))
        #expect(safe(Array("ab\u{1B}".utf8), limit: 8) == ("ab\\u{1b}", 8, false))
        #expect(safe(Array("a漢".utf8), limit: 2) == ("a", 1, true))
        #expect(safe(Array("a漢".utf8), limit: 3) == ("a漢", 3, false))
        #expect(safe(Array("e\u{301}x".utf8), limit: 1) == ("e\u{301}", 1, true))
    }

    @Test("of many combining marks on one character an ellipsis is left, once")
    func marks() {
        func shown(_ text: String, _ limit: Int = .max) -> (text: String, columns: Int) {
            var safe = SafeText(limit: limit, markLimit: 2)
            var output = ByteBuffer()
            safe.append(text, to: &output)
            return (String(decoding: output.span.copied(), as: UTF8.self), safe.columns)
        }
        #expect(shown("a\u{301}\u{302}b") == ("a\u{301}\u{302}b", 2))
        #expect(shown("a\u{301}\u{302}\u{303}\u{304}b\u{301}") == ("a\u{301}\u{302}…b\u{301}", 3))
        #expect(shown("a\u{301}\u{302}\u{303}", 1) == ("a\u{301}\u{302}", 1))
    }

    @Test("in ASCII nothing else is left")
    func ascii() {
        #expect(safe(Array("grüß 漢".utf8), isASCII: true).text == "gr\\u{fc}\\u{df} \\u{6f22}")
    }
}
