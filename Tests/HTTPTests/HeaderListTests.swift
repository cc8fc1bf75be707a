import HTTP
import Testing

@Suite struct HeaderListTests {
    private let headers = [
        Header(name: "Accept", value: "a, b"), Header(name: "Host", value: "one"), Header(name: "ACCEPT", value: ", c"),
        Header(name: "accept ", value: "d"), Header(name: "Accepted", value: "e"),
    ]

    @Test("names compare without case and without blanks before the colon")
    func names() {
        #expect(headers.values(of: "aCCept") == ["a, b", ", c", "d"])
        #expect(headers.value(of: "HOST") == "one")
        #expect(headers.value(of: "Hos") == nil)
        #expect(!Header(name: "K\u{212A}", value: "").isNamed("kk"))
    }

    @Test("elements are taken over all lines of a field")
    func elements() {
        #expect(headers.elements(of: "accept") == ["a", "b", "c", "d"])
        #expect(headers.hasElement("C", in: "Accept"))
        #expect(!headers.hasElement("a, b", in: "Accept"))
        #expect(headers.elements(of: "absent") == [])
    }

    @Test(
        "the list grammar of RFC 9110 §5.6.1, as a recipient has to read it",
        arguments: [
            ("", []), (" ", []), (",", []), (", ,\t,", []), ("foo,bar", ["foo", "bar"]), ("foo ,bar,", ["foo", "bar"]),
            ("foo , ,bar,charlie", ["foo", "bar", "charlie"]), ("foo bar", ["foo bar"]), ("\"a,b\",c", ["\"a,b\"", "c"]),
            ("a;x=\"1,2\" , b", ["a;x=\"1,2\"", "b"]), ("\"a\\\",b\",c", ["\"a\\\",b\"", "c"]), ("\"a\\\\\",b", ["\"a\\\\\"", "b"]),
            ("a\\,b", ["a\\", "b"]), ("\"open, b", ["\"open, b"]), ("a, \"", ["a", "\""]), ("é,ü", ["é", "ü"]),
        ] as [(String, [String])])
    func grammar(value: String, elements: [String]) {
        #expect([Header(name: "List", value: value)].elements(of: "List") == elements)
    }

    @Test("a quote that is left open does not reach into the next line of the field")
    func openQuote() {
        let headers = [Header(name: "List", value: "a, \"b"), Header(name: "List", value: "c, d")]
        #expect(headers.elements(of: "List") == ["a", "\"b", "c", "d"])
    }

    @Test("a token has only token characters, and at least one")
    func tokens() {
        #expect("permessage-deflate".isToken)
        #expect("!#$%&'*+-.^_`|~09azAZ".isToken)
        for text in ["", "a b", "a,b", "a/b", "(a)", "é", "\u{7F}", "\"a\""] { #expect(!text.isToken, "\(text)") }
    }
}
