import Testing

@testable import Differences

@Suite("What differs in a message")
struct ContentChangeTests {
    /// `path: before|after` of each part.
    private func parts(_ a: String, _ b: String) -> [String] {
        change(a, b).parts.map { "\($0.path): \($0.before ?? "-")|\($0.after ?? "-")" }
    }

    private func change(_ a: String, _ b: String) -> ContentChange { ContentChange(Array(a.utf8), Array(b.utf8), isText: true) }

    @Test("members of JSON are named by their place")
    func members() {
        #expect(parts(#"{"a":1,"b":{"c":"x"}}"#, #"{"a":1,"b":{"c":"y"}}"#) == [#"json.b.c: "x"|"y""#])
        #expect(parts(#"{"a":1}"#, #"{"a":1,"b":[2]}"#) == ["json.b: -|[2]"])
        #expect(parts(#"{"a":1,"b":null}"#, #"{"a":1}"#) == ["json.b: null|-"])
        #expect(parts(#"{"odd name":1}"#, #"{"odd name":2}"#) == [#"json."odd name": 1|2"#])
        #expect(parts(#"{"a":{"b":1}}"#, #"{"a":[1]}"#) == [#"json.a: {"b":1}|[1]"#])
        #expect(parts(#"[1]"#, #"[2]"#) == ["json[0]: 1|2"])
    }

    @Test("an element that is inserted leaves those after it alone")
    func arrays() {
        #expect(parts(#"{"a":[1,2,3]}"#, #"{"a":[1,9,2,3]}"#) == ["json.a[1]: -|9"])
        #expect(parts(#"{"a":[1,2,3]}"#, #"{"a":[1,3]}"#) == ["json.a[1]: 2|-"])
        #expect(parts(#"[{"n":1},{"n":2}]"#, #"[{"n":1},{"n":3}]"#) == ["json[1].n: 2|3"])
    }

    @Test("blanks and the order of members are no other values")
    func form() {
        let change = change(#"{"a":1,"b":2}"#, #"{ "b": 2, "a": 1 }"#)
        #expect(change.isFormOnly && change.parts.isEmpty)
        #expect(!self.change(#"{"a":1}"#, #"{"a":2}"#).isFormOnly)
    }

    @Test("a few bytes may stand before the JSON")
    func prefix() {
        #expect(parts(#"42["news",{"n":1}]"#, #"42["news",{"n":2}]"#) == ["json[1].n: 1|2"])
        #expect(parts(#"421["news"]"#, #"427["news"]"#) == [": 421|427"])
        #expect(change(#"421["news"]"#, #"427["news"]"#).parts[0].isVolatile)
    }

    @Test("texts are compared word by word, bytes from the first that differs")
    func others() {
        #expect(parts("SEND to:/a body", "SEND to:/b body") == [": a|b"])
        #expect(parts(#"{"broken":"#, #"{"broken":1"#) == [": -|1"])
        let bytes = ContentChange([1, 2, 3, 4], [1, 9, 8, 4], isText: false)
        #expect(bytes.parts.map(\.path) == ["byte 1"])
        #expect(bytes.parts[0].before == "02 03" && bytes.parts[0].after == "09 08")
    }

    @Test("no more parts are kept than can be read")
    func limit() {
        let a = "[" + (0..<100).map { "\($0)" }.joined(separator: ",") + "]"
        let b = "[" + (0..<100).map { "\($0 + 1_000)" }.joined(separator: ",") + "]"
        let change = change(a, b)
        #expect(change.parts.count == ContentChange.partLimit && change.omittedCount == 100 - ContentChange.partLimit)
        let long = String(repeating: "é", count: 500)
        #expect(self.change("x", long).parts[0].after?.utf8.count ?? 0 < 210)
    }

    @Test("deep and broken JSON is compared as text")
    func hostile() {
        let deep = String(repeating: "[", count: 5_000)
        #expect(parts(deep, deep + "]").count == 1)
        #expect(parts(#"{"a":1,"a":2}"#, #"{"a":1,"a":3}"#).count <= 1)
    }

    @Test("names and values that differ by nature", arguments: ["id", "userId", "created_at", "requestID", "TIMESTAMP", "session-id"])
    func volatileNames(name: String) { #expect(Volatile.isName(Array(name.utf8))) }

    @Test("names that only look like it", arguments: ["idle", "paid", "update", "status", "timed", "", "i_d", "code"])
    func otherNames(name: String) { #expect(!Volatile.isName(Array(name.utf8))) }

    @Test(
        "values that say when or which",
        arguments: [
            "2026-11-27T21:58:23.631799+00:00", "2026-11-27", "14:03:07.123", "1768471200", "1768471200123", "1768471200.123456",
            "6f1b6c2e-8f4b-4b5a-9d62-7a0d0c3c5b11", "4195f84fd3eb4c8b93f72e7d14dd6994", "eyJhbGciOiJIUzI1NiJ9abc",
        ])
    func volatileValues(value: String) { #expect(Volatile.isValue(Array(value.utf8))) }

    @Test(
        "values that do not", arguments: ["hello", "12345", "deadbeef", "a-long-name-in-lower-case", "3.14159265", "200", "20260101", ""])
    func otherValues(value: String) { #expect(!Volatile.isValue(Array(value.utf8))) }
}
