import HTTP
import Testing

@Suite struct HeaderListTests {
    private let headers: Headers = [
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
        #expect(Headers([Header(name: "List", value: value)]).elements(of: "List") == elements)
    }

    @Test("a quote that is left open does not reach into the next line of the field")
    func openQuote() {
        let headers: Headers = [Header(name: "List", value: "a, \"b"), Header(name: "List", value: "c, d")]
        #expect(headers.elements(of: "List") == ["a", "\"b", "c", "d"])
    }

    @Test("fields come out as they went in, in order, whatever they contain")
    func fields() {
        let written = [
            Header(name: "Host", value: ""), Header(name: "É", value: "ü, \u{1F600}"), Header(name: "Host", value: "again"),
            Header(name: " ", value: " "), Header(name: "", value: "x"), Header(name: "Long", value: String(repeating: "y", count: 70_000)),
        ]
        let headers = Headers(written)
        #expect(Array(headers) == written)
        #expect(headers.count == written.count)
        #expect(written.indices.map { headers[$0] } == written)
        #expect(headers.count(of: "host") == 2)
        #expect(headers.contains("long"))
        #expect(!headers.contains("lon"))
        // A name of nothing but blanks is none, as that of the field after it.
        #expect(headers.values(of: "") == [" ", "x"])
        #expect(headers == Headers(written))
        #expect(headers != Headers(written.dropLast()))
        #expect(Headers().isEmpty)
    }

    @Test("a token has only token characters, and at least one")
    func tokens() {
        #expect("permessage-deflate".isToken)
        #expect("!#$%&'*+-.^_`|~09azAZ".isToken)
        for text in ["", "a b", "a,b", "a/b", "(a)", "é", "\u{7F}", "\"a\""] { #expect(!text.isToken, "\(text)") }
    }
}
