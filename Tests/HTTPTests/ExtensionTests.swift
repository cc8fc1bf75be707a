import HTTP
import Testing

@Suite struct ExtensionTests {
    typealias Parameter = Extension.Parameter

    @Test(
        "the examples of RFC 6455 §9.1 and RFC 7692 §7.1 are read",
        arguments: [
            ("foo", [Extension(name: "foo")]), ("bar; baz=2", [Extension(name: "bar", parameters: [Parameter(name: "baz", value: "2")])]),
            ("foo, bar; baz=2", [Extension(name: "foo"), Extension(name: "bar", parameters: [Parameter(name: "baz", value: "2")])]),
            (
                "deflate-stream, mux; max-channels=4; flow-control",
                [
                    Extension(name: "deflate-stream"),
                    Extension(name: "mux", parameters: [Parameter(name: "max-channels", value: "4"), Parameter(name: "flow-control")]),
                ]
            ),
            (
                "permessage-deflate; client_max_window_bits; server_max_window_bits=10, permessage-deflate",
                [
                    Extension(
                        name: "permessage-deflate",
                        parameters: [Parameter(name: "client_max_window_bits"), Parameter(name: "server_max_window_bits", value: "10")]),
                    Extension(name: "permessage-deflate"),
                ]
            ),
        ] as [(String, [Extension])])
    func examples(value: String, extensions: [Extension]) {
        let list = list(value)
        #expect(list.extensions == extensions)
        #expect(list.malformed == [])
    }

    @Test("duplicates, quoted values and blanks between the parts are kept apart from one another")
    func lossless() {
        let list = list("a ;\tb = \"1\\0\" ;b=10;c=\"x,y;z\"; d=\"\"")
        #expect(
            list.extensions == [
                Extension(
                    name: "a",
                    parameters: [
                        Parameter(name: "b", value: "10", isQuoted: true), Parameter(name: "b", value: "10"),
                        Parameter(name: "c", value: "x,y;z", isQuoted: true), Parameter(name: "d", value: "", isQuoted: true),
                    ])
            ])
        #expect(list.extensions[0].parameter("b")?.isQuoted == true)
        #expect(list.extensions[0].parameter("B") == nil)
    }

    @Test(
        "an element outside the grammar is reported as written",
        arguments: [
            "a;", "a;;b", ";b", "a b", "a; b=", "a; b==1", "a; b c", "a; b=\"open", "a; b=\"1\"2", "a; b=\"1\\", "a; \"b\"", "\"a\"", "a/b",
            "=", "é",
        ])
    func malformed(element: String) {
        let list = list("first, , \(element)")
        #expect(list.elements == [.valid(Extension(name: "first")), .malformed(element)])
        #expect(list.extensions == [Extension(name: "first")])
        #expect(list.malformed == [element])
    }

    @Test("several fields are one list, in order")
    func severalFields() {
        let list = ExtensionList(in: [
            Header(name: "Sec-WebSocket-Extensions", value: "a"), Header(name: "sec-websocket-extensions", value: "b/, c"),
        ])
        #expect(list.elements == [.valid(Extension(name: "a")), .malformed("b/"), .valid(Extension(name: "c"))])
        #expect(ExtensionList(in: []).elements == [])
    }

    private func list(_ value: String) -> ExtensionList {
        ExtensionList(in: [Header(name: "Sec-WebSocket-Extensions", value: value)])
    }
}
