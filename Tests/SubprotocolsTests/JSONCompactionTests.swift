import Bytes
import JSON
import Testing

@Suite struct JSONCompactionTests {
    private func compact(_ text: String) -> String? {
        var output = ByteBuffer()
        output.append("<")
        guard JSONCompaction.append(Array(text.utf8).span, to: &output) else {
            #expect(output.count == 1)
            return nil
        }
        return String(decoding: output.span.copied().dropFirst(), as: UTF8.self)
    }

    @Test("blanks between parts are left out, and those in texts stay")
    func blanks() {
        #expect(compact(" {\n \"a b\" : [ 1 , -2.5e+3 , true ] ,\t\"c\":null}\r\n") == #"{"a b":[1,-2.5e+3,true],"c":null}"#)
        #expect(compact("[]") == "[]" && compact("{ }") == "{}" && compact(" \"x\\u00e9\\n\" ") == "\"x\\u00e9\\n\"")
    }

    @Test(
        "what is not JSON to its end is refused",
        arguments: [
            "", " ", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":1,}", "{a:1}", "01", "1.", "-", "+1", ".5", "1e", "tru", "nul", "\"a", "\"\n\"",
            "\"\\x\"", "\"\\u12g4\"", "[1] 2", "{} {}", "NaN", "[1}", "'a'",
        ])
    func broken(_ text: String) {
        #expect(compact(text) == nil)
    }

    @Test("brackets without end are refused, and as many as there may be are not")
    func depth() {
        let deepest = String(repeating: "[", count: JSONCompaction.depthLimit) + String(repeating: "]", count: JSONCompaction.depthLimit)
        #expect(compact(deepest) == deepest)
        #expect(compact("[" + deepest + "]") == nil)
        #expect(compact(String(repeating: "[", count: 1_000_000)) == nil)
    }
}
