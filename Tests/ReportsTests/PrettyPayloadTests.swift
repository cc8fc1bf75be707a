import Bytes
import Testing

@testable import Reports

/// JSON beneath a row is the same JSON, indented; what is no JSON stays as it is.
@Suite struct PrettyPayloadTests {
    private func block(_ text: String, isColoured: Bool = false) -> String? {
        var options = TimelineReport.Options()
        options.payload = .pretty
        options.palette = Palette(isColoured: isColoured)
        var report = TimelineReport(options)
        let bytes = Array(text.utf8)
        guard report.writeJSONBlock(bytes.span) else { return nil }
        let output = report.output.span.copied()
        return String(decoding: output, as: UTF8.self)
    }

    @Test("members and elements have lines of their own, with the commas that they had")
    func lines() {
        let shown = block(#"{"a":[1,{},[]],"b":{"c":"x, y"},"d":null}"#)
        let lines = shown?.split(separator: "\n").map { $0.drop { $0 != "│" }.dropFirst(2) } ?? []
        #expect(
            lines == [
                "{", #"  "a": ["#, "    1,", "    {},", "    []", "  ],", #"  "b": {"#, #"    "c": "x, y""#, "  },", #"  "d": null"#, "}",
            ])
    }

    @Test("without its blanks it is what was sent")
    func roundTrip() {
        let text = #"[{"x":-1.5e3,"y":[[],[{}],"é\n"]},true,false]"#
        let lines = block(text)?.split(separator: "\n").map { $0.drop { $0 != "│" }.dropFirst(2) } ?? []
        #expect(lines.joined().filter { $0 != " " } == text)
    }

    @Test("what is no JSON is not written", arguments: ["{", "{a:1}", #"{"a":1}}"#, "[1,]", ""])
    func others(text: String) { #expect(block(text) == nil) }

    @Test("a terminal's control characters are never written, and deep nesting is not indented without end")
    func limits() {
        #expect(block("[\"\u{9B}31m\"]")?.contains("\u{9B}") == false)
        let depth = 200
        let deep = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect((block(deep)?.utf8.count ?? .max) < depth * 2 * 100)
    }

    @Test("colours come and go with the palette")
    func colours() {
        #expect(block(#"{"a":1}"#, isColoured: true)?.contains("\u{1B}[36m\"a\"") == true)
        #expect(block(#"{"a":1}"#)?.contains("\u{1B}") == false)
    }
}
