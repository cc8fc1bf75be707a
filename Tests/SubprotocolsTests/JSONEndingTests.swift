import JSON
import TestSupport
import Testing

/// The last member of an object, found from the object's end.
@Suite struct JSONEndingTests {
    /// The last member of an object as reading all of it finds it; nil where it is neither a natural number nor a text without escapes.
    private static func last(_ bytes: [UInt8]) -> (name: String, value: String)? {
        var members = JSONMembers(bytes.span)
        var found: (name: JSONValue, value: JSONValue?)?
        while let name = members.next(bytes.span) { found = (name, members.value(bytes.span)) }
        guard members.isWhole, let found, let value = found.value else { return nil }
        func text(_ value: JSONValue) -> String { String(decoding: bytes[value.range], as: UTF8.self) }
        switch value.kind {
        case .text(hasEscapes: false): break
        case .number: guard text(value).allSatisfy(\.isNumber) else { return nil }
        default: return nil
        }
        return (text(found.name), text(value))
    }

    private static let values = [
        "0", "7", "1234567890123456789", "123456789012345678901", "-7", "1.5", "true", "null", "{}", "[]", #"{"id":3}"#,
        #"[{"id":3}]"#,
        #""""#, #""text""#, #""}""#, #"",""#, #"":""#, #""\"id\":1""#, #""a\\""#, #""\"""#, #""\",\"id\":\"x""#, #"",\"id\":5""#, #""é""#,
    ]

    @Test("it is the member that reading the whole object ends with", arguments: SeededRandom.seeds)
    func isLast(seed: UInt64) {
        var random = SeededRandom(seed)
        var foundCount = 0
        for _ in 0..<5_000 {
            let members = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                let name = [#"id"#, #""#, #"a\""#, #"\\"#, "a longer name than others", "}"].randomElement(using: &random)!
                let colon = [":", ": ", " : ", ":  "].randomElement(using: &random)!
                return #""\#(name)"\#(colon)\#(Self.values.randomElement(using: &random)!)"#
            }
            let text = "{\(members.joined(separator: Bool.random(using: &random) ? "," : ", "))\(Bool.random(using: &random) ? "" : " ")}"
            let bytes = Array(text.utf8)
            guard let ending = JSONEnding(bytes.span) else { continue }
            foundCount += 1
            let (name, value) = (
                String(decoding: bytes[ending.name.range], as: UTF8.self), String(decoding: bytes[ending.value.range], as: UTF8.self)
            )
            let last = Self.last(bytes)
            #expect(last?.name == name && last?.value == value, "\(text): \(name), \(value)")
        }
        #expect(foundCount > 200)
    }

    @Test("a usual id is found, however long what stands before it is")
    func usual() {
        for (value, found) in [("7", "7"), (#""abc""#, "abc"), ("0", "0")] {
            for colon in [":", ": "] {
                let bytes = Array(#"{"result":[{"a":"\#(String(repeating: "x", count: 5_000))"}],"id"\#(colon)\#(value)}"#.utf8)
                let ending = JSONEnding(bytes.span)
                #expect(ending.map { bytes.span.has($0.name, "id") } == true)
                #expect(ending.map { String(decoding: bytes[$0.value.range], as: UTF8.self) } == found)
            }
        }
    }

    @Test("any end of bytes has an answer")
    func ends() {
        let bytes = Array(#"{"a":"b","id":"7"}"#.utf8)
        for start in bytes.indices {
            for end in start...bytes.count {
                let ending = JSONEnding(bytes[start..<end].span)
                #expect(ending == nil || end == bytes.count)
            }
        }
        for text in ["}", ":}", "\":}", "\":1}", "1}", "\"\"}", "\":\"\"}"] { #expect(JSONEnding(Array(text.utf8).span) == nil, "\(text)") }
    }
}
