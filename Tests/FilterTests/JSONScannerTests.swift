import Bytes
@testable import Filter
import JSON
import Testing

@Suite struct JSONScannerTests {
    private func find(_ path: String, in text: String) throws -> String? {
        let reference = try Parser.parseReference(path)
        let bytes = Array(text.utf8)
        let value = JSONScanner.find(try #require(reference.path), in: bytes.span)
        return value.map { String(decoding: bytes[$0.range], as: UTF8.self) }
    }

    @Test(
        "values are found where they stand",
        arguments: [
            (#"{"a":1}"#, "json.a", "1"),
            (#" { "a" : { "b" : [ 10 , 20 ] } } "#, "json.a.b[1]", "20"),
            (#"[{"a":1},{"a":2}]"#, "json[1].a", "2"),
            (#"{"x":"}],{\"","a":true}"#, "json.a", "true"),
            (#"{"x":[[],{},[{"a":9}]],"a":null}"#, "json.a", "null"),
            (#"{"a b":{"":3}}"#, #"json["a b"][""]"#, "3"),
            (#"{"\u0061":4}"#, "json.a", "4"),
            (#"{"a":1,"a":2}"#, "json.a", "1"),
            (#"{"a":"text"}"#, "json.a", "text"),
            (#"{"a":"un\"til"}"#, "json.a", #"un\"til"#),
            (#"{"a":{"b":1}}"#, "json.a", #"{"b":1}"#),
            (#"{"a":[1,2"#, "json.a[0]", "1"),
            (#"{"Zoë":1}"#, "json.Zoë", "1"),
        ])
    func found(text: String, path: String, value: String) throws {
        #expect(try find(path, in: text) == value)
    }

    @Test(
        "what is not there, or may be cut off, is not found",
        arguments: [
            ("", "json.a"), ("1", "json.a"), ("{}", "json.a"), (#"{"a":1}"#, "json.b"), (#"{"a":1}"#, "json.a.b"), ("[]", "json[0]"),
            ("[1]", "json[1]"), (#"{"a":[1]}"#, "json.a[1]"), (#"{"a":12"#, "json.a"), (#"{"a":"x"#, "json.a"),
            (#"{"a":{"b":1}"#, "json.b"), (#"{"a" 1}"#, "json.a"), (#"{a:1}"#, "json.a"), (#"{"a":01}"#, "json.a"),
            (#"{"a":yes}"#, "json.a"),
            (#"{"a":"\"#, "json.a"), (#"{"a":{"#, "json.a"),
        ])
    func absent(text: String, path: String) throws {
        #expect(try find(path, in: text) == nil)
    }

    /// All values at a place.
    private func findAll(_ path: String, in text: String) throws -> [String] {
        var scanner = JSONScanner(try #require(Parser.parseReference(path).path))
        let bytes = Array(text.utf8)
        var found: [String] = []
        while let value = scanner.next(in: bytes.span) { found.append(String(decoding: bytes[value.range], as: UTF8.self)) }
        return found
    }

    @Test(
        "[*] finds the elements of an array in turn",
        arguments: [
            ("[1, 2 ,3]", "json[*]", ["1", "2", "3"]), ("[]", "json[*]", []), ("[ ]", "json[*]", []), ("{\"a\":1}", "json[*]", []),
            (#"{"a":[{"b":1},{"c":2},{"b":3}]}"#, "json.a[*].b", ["1", "3"]),
            (#"[[1,2],[],3,[4,[5]]]"#, "json[*][*]", ["1", "2", "4", "[5]"]),
            (#"[[1,2],[],3,[4,[5]]]"#, "json[*][0]", ["1", "4"]), (#"[[1,2],[],3,[4,[5]]]"#, "json[3][*]", ["4", "[5]"]),
            (#"[[[1],[2]],[[3]]]"#, "json[*][*][*]", ["1", "2", "3"]), (#"[[[1],[2]],[[3]]]"#, "json[*][0][*]", ["1", "3"]),
            (#"{"a":[{"b":[{"c":1},{"c":2}]},{"b":7},{"b":[{"c":3}]}]}"#, "json.a[*].b[*].c", ["1", "2", "3"]),
            (#"{"a":["]","x,y","\""]}"#, "json.a[*]", ["]", "x,y", #"\""#]),
            // Cut off, or broken further on: what came before counts.
            (#"{"a":[1,2,3"#, "json.a[*]", ["1", "2"]), (#"[{"a":1},{"a":2},{"a""#, "json[*].a", ["1", "2"]), ("[1 2]", "json[*]", ["1"]),
            ("[1,,2]", "json[*]", ["1"]),
        ])
    func elements(text: String, path: String, values: [String]) throws {
        #expect(try findAll(path, in: text) == values)
        #expect(try find(path, in: text) == values.first)
    }

    @Test("eight [*] in each other end, however the text goes on")
    func nestedElements() throws {
        let nested = String(repeating: "[", count: 8) + "7" + String(repeating: "]", count: 8)
        let path = "json" + String(repeating: "[*]", count: 8)
        #expect(try findAll(path, in: nested) == ["7"])
        #expect(try findAll(path, in: String(repeating: "[", count: 100_000)) == [])
        // At the eighth level there is a 1, and behind it what never ends.
        #expect(try findAll(path, in: String(repeating: "[1,", count: 100_000)) == ["1"])
    }

    @Test("a hundred thousand brackets cost no stack")
    func deep() throws {
        let nested = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(try find("json.a", in: "{\"x\":\(nested),\"a\":1}") == "1")
        #expect(try find("json.a", in: "{\"x\":\(String(repeating: "[{\"a\":", count: 100_000))") == nil)
    }

    @Test(
        "escapes stand for what RFC 8259 says",
        arguments: [
            (#"a\n\t\r\b\f\"\\\/z"#, "a\n\t\r\u{8}\u{c}\"\\/z"), (#"\u00e9\u4e2d"#, "é中"), (#"\ud83d\ude80!"#, "🚀!"),
            (#"\ud83dx"#, "\u{FFFD}x"), (#"\ude80"#, "\u{FFFD}"), (#"\uZZZZ"#, "uZZZZ"), (#"\u12"#, "u12"),
        ])
    func escapes(text: String, meaning: String) {
        var output = ByteBuffer()
        JSONText.append(Array(text.utf8).span, to: &output)
        let written = String(decoding: output.span.copied(), as: UTF8.self)
        #expect(written == meaning)
        let order = JSONText.order(Array(text.utf8).span, Array(meaning.utf8))
        #expect(order == 0)
    }

    @Test(
        "numbers compare as numbers, without rounding",
        arguments: [
            ("0", "0", 0), ("-0", "0.000e7", 0), ("1", "1.0", 0), ("10850e-4", "1.085", 0), ("0.001", "1e-3", 0), ("120", "1.2e2", 0),
            ("9007199254740993", "9007199254740992", 1), ("0.1", "0.10000000000000000001", -1), ("2", "10", -1), ("-2", "-10", 1),
            ("-1", "0", -1), ("1e400", "1e399", 1), ("0.5", "0.05", 1), ("12.5", "12.45", 1), ("100", "99.999", 1), ("1e-5", "0", 1),
        ])
    func numbers(a: String, b: String, sign: Int) {
        let (first, second) = (Array(a.utf8), Array(b.utf8))
        guard let firstNumber = DecimalNumber(first.span), let secondNumber = DecimalNumber(second.span) else {
            Issue.record("one of them is no number")
            return
        }
        let forth = DecimalNumber.order(firstNumber, first.span, secondNumber, second.span)
        let back = DecimalNumber.order(secondNumber, second.span, firstNumber, first.span)
        #expect(forth.signum() == sign && back.signum() == -sign)
    }

    @Test("what RFC 8259 does not call a number is none", arguments: ["", "-", "01", ".5", "1.", "1e", "+1", "1e+", "NaN", "0x1", "1 "])
    func noNumbers(text: String) {
        let isNumber = DecimalNumber(Array(text.utf8).span) != nil
        #expect(!isNumber)
    }
}
