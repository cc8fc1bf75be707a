import Bytes
import JSON
import TestSupport
import Testing

/// Objects and arrays that are passed over sixteen bytes at a time.
@Suite struct JSONPassingTests {
    private static let pieces: [String] = [
        "{", "}", "[", "]", "{}", "[[", "]]", "\"", "\"\"", "\\", "\\\\", "\\\"", "\"a\"", "\"{\\\"}\"", "\"]", ":", ",", " ", "12", "true",
        "\"some longer text without a sign\"", "é", "\u{7F}",
    ]

    /// Where an object or array ends that begins at `start`, found byte by byte: one bracket closes any, and texts have none.
    private static func end(of bytes: [UInt8], from start: Int) -> Int? {
        var (depth, isText, isEscaped) = (0, false, false)
        for index in start..<bytes.count {
            let sign = Character(Unicode.Scalar(bytes[index]))
            if isEscaped {
                isEscaped = false
            } else if sign == "\"" {
                isText.toggle()
            } else if isText {
                isEscaped = sign == "\\"
            } else if "{[".contains(sign) {
                depth += 1
            } else if "}]".contains(sign) {
                depth -= 1
                if depth == 0 { return index + 1 }
            }
        }
        return nil
    }

    @Test("an object or array ends where it does byte by byte, wherever it begins and whatever stands in it", arguments: SeededRandom.seeds)
    func ends(seed: UInt64) {
        var random = SeededRandom(seed)
        var foundCount = 0
        for _ in 0..<3_000 {
            let name = String(repeating: "n", count: Int.random(in: 0...20, using: &random))
            let inner = (0..<Int.random(in: 0...40, using: &random)).map { _ in Self.pieces.randomElement(using: &random)! }.joined()
            let start = name.utf8.count + 4
            let bytes = Array(#"{"\#(name)":\#(Bool.random(using: &random) ? "{" : "[")\#(inner)]]]"z":1}"#.utf8)
            var members = JSONMembers(bytes.span)
            #expect(members.next(bytes.span) != nil)
            let value = members.value(bytes.span)
            #expect(value?.range.lowerBound == (value == nil ? nil : start))
            #expect(value?.range.upperBound == Self.end(of: bytes, from: start), "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
            if value != nil { foundCount += 1 }
        }
        #expect(foundCount > 500)
    }

    @Test("names and values are the same however they are spaced, and however near the end they stand")
    func spacing() {
        let members = [
            ("id", "7"), ("id", "0"), ("longer-than-a-block", "\"text\""), ("n", "\"a longer text than fits a block\""), ("", "-1.5"),
        ]
        for (name, value) in members {
            for (comma, colon) in [(",", ":"), (", ", ": "), (" ,", " :"), (",\n\t", ":\r\n")] {
                for rest in ["}", " }", #","z":"padding, so that there is enough of it"}"#] {
                    let bytes = Array("{\"a\":1\(comma)\"\(name)\"\(colon)\(value)\(rest)".utf8)
                    var members = JSONMembers(bytes.span)
                    #expect(members.next(bytes.span).map { bytes.span.has($0, "a") } == true)
                    let found = members.next(bytes.span)
                    #expect(found.map { String(decoding: bytes[$0.range], as: UTF8.self) } == name)
                    let number = members.value(bytes.span)
                    #expect(number.map { String(decoding: bytes[$0.range], as: UTF8.self) } == value.filter { $0 != "\"" })
                }
            }
        }
    }

    @Test("an expected member is taken only as it is written, and nothing is lost where it is not")
    func expected() {
        let bytes = Array(#"{"a":1,"id":2,"method":"m"}"#.utf8)
        var members = JSONMembers(bytes.span)
        _ = members.next(bytes.span)
        let tooEarly = members.take(#","id":"#, bytes.span)
        #expect(!tooEarly)
        _ = members.value(bytes.span)
        let other = members.take(#","method":"#, bytes.span)
        #expect(!other)
        let own = members.take(#","id":"#, bytes.span)
        #expect(own)
        #expect(members.value(bytes.span)?.range == 12..<13)
        #expect(members.next(bytes.span).map { bytes.span.has($0, "method") } == true)
        #expect(members.next(bytes.span) == nil)
        #expect(members.isWhole)
    }
}
