import Bytes
@testable import Filter
import System
import Testing

@Suite struct PatternTests {
    private func matches(_ expression: String, in bytes: [UInt8], flags: String = "", isText: Bool = true) throws -> Bool {
        let pattern = try Pattern(expression, flags: flags, isText: isText)
        var matcher = PatternMatcher()
        return matcher.matches(pattern, bytes.span)
    }

    @Test("bytes that are not UTF-8 are no problem, and match no character")
    func notUTF8() throws {
        let bytes: [UInt8] = [0xFF, 0xFE] + Array("grüße".utf8) + [0xC3]
        #expect(try matches("GRÜ.E", in: bytes, flags: "i"))
        #expect(try !matches("^.gr", in: bytes))
        #expect(try matches("\\xff\\xfe", in: bytes, isText: false))
    }

    @Test("nothing at all can match")
    func empty() throws {
        #expect(try matches("^$", in: []))
        #expect(try !matches(".", in: []))
    }

    @Test("an expression that explodes is given up and counted")
    func explosion() throws {
        let pattern = try Pattern("(a+)+$", flags: "", isText: true)
        var matcher = PatternMatcher()
        let hostile = [UInt8](repeating: UInt8(ascii: "a"), count: 5_000) + [UInt8(ascii: "b")]
        let isMatch = matcher.matches(pattern, hostile.span)
        let count = matcher.givenUpCount
        #expect(!isMatch && count == 1)
    }

    @Test(
        "contains looks at every place",
        arguments: [("abc", true), ("bca", false), ("aab", true), ("c", true), ("aabcd", false), ("aabc", true)])
    func contains(wanted: String, isThere: Bool) {
        let found = Array("aabc".utf8).span.contains(Array(wanted.utf8))
        #expect(found == isThere)
    }
}
