import HTTP
import Testing

@testable import Replay

@Suite("What is put in the place of captured values")
struct ValuesTests {
    private func text(_ text: String) -> [UInt8] { Array(text.utf8) }
    private func string(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(
        "a substitution changes text anywhere, and a path what stands there in JSON",
        arguments: [
            ("ada=bob", #"{"user":"ada","at":"adabad"}"#, #"{"user":"bob","at":"bobbad"}"#),
            ("ada=", "ada and ada", " and "),
            ("aa=b", "aaaa a", "bb a"),
            ("a=b=c", "a", "b=c"),
            ("$.token=x\"y", #"{"token": "old", "deep": {"token": "old"}}"#, #"{"token": "x\"y", "deep": {"token": "old"}}"#),
            ("$.id=7", #"{"id": 3}"#, #"{"id": 7}"#),
            ("$.id=7", #"{"id": "3"}"#, #"{"id": "7"}"#),
            ("$.id=none", #"{"id": 3}"#, #"{"id": "none"}"#),
            ("$.id={\"a\":1}", #"{"id": [1, 2]}"#, #"{"id": {"a":1}}"#),
            ("$.list[1].name=z", #"{"list":[{"name":"a"},{"name":"b"}]}"#, #"{"list":[{"name":"a"},{"name":"z"}]}"#),
            ("$.list[*].name=z", #"{"list":[{"name":"a"},{"name":"b"}]}"#, #"{"list":[{"name":"z"},{"name":"z"}]}"#),
            ("$[1][\"a.b\"]=z", #"42["say",{"a.b":"c"}]"#, #"42["say",{"a.b":"z"}]"#),
            ("$.missing=z", #"{"id": 3}"#, #"{"id": 3}"#),
            ("$.id=z", "no JSON", "no JSON"),
        ])
    func substitutions(written: String, content: String, expected: String) throws {
        #expect(string(Values([try Substitution(written)]).replaced(in: text(content))) == expected)
    }

    @Test("what cannot be read is refused", arguments: ["", "=new", "nothing", "$.=1", "$.a[=1", "$.a[x]=1", "$.a..b=1"])
    func mistakes(written: String) { #expect(throws: Substitution.Mistake.self) { try Substitution(written) } }

    @Test("only text is put into path and fields")
    func fields() throws {
        let values = Values([try Substitution("abc=xyz"), try Substitution("$.abc=no")])
        #expect(values.replaced(in: "/chat?token=abc") == "/chat?token=xyz")
    }

    @Test("ids and tokens that the peer chose anew are carried over; what only looks the same is not")
    func carrying() {
        let values = Values()
        let session = "d97ddca3-2fbd-41bb-a663-a3c3a7d0e8a1"
        values.learn(
            from: text(#"{"session":{"id":"SESSION"},"seat":{"id":4},"role":"editor","count":10}"#.replacing("SESSION", with: session)),
            and: text(#"{"session":{"id":"0f4f2f4a-11aa-4b4c-8f00-0a1b2c3d4e5f"},"seat":{"id":5},"role":"viewer","count":11}"#))
        let sent = values.replaced(
            in: text(#"{"s":"SESSION","id":4,"n":4,"count":10,"role":"editor"}"#.replacing("SESSION", with: session)))
        #expect(string(sent) == #"{"s":"0f4f2f4a-11aa-4b4c-8f00-0a1b2c3d4e5f","id":5,"n":4,"count":10,"role":"editor"}"#)
        #expect(values.replaced(in: "/ws?session=\(session)") == "/ws?session=0f4f2f4a-11aa-4b4c-8f00-0a1b2c3d4e5f")
        #expect(string(values.replaced(in: text("no JSON \(session)"))) == "no JSON \(session)")
    }

    @Test("other shapes of JSON, and none at all, teach nothing")
    func shapes() {
        let values = Values()
        for (captured, received) in [
            (#"{"id":1}"#, #"[{"id":2}]"#), (#"{"id":1}"#, #"{"id":"2"}"#), (#"{"id":1}"#, #"{"id":{"id":2}}"#), ("id 1", "id 2"),
            ("{", "{}"),
            (#"{"id":1}"#, #"{"id":null}"#),
        ] { values.learn(from: text(captured), and: text(received)) }
        #expect(values.count == 0)
    }
}
