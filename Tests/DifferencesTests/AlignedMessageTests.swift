import Testing
import WebSocket

@testable import Differences

@Suite("Messages side by side")
struct AlignedMessageTests {
    /// `a0=b1 changed` for each message.
    private func rows(_ a: [String], _ b: [String]) -> [String] {
        var options = DifferenceOptions()
        options.keepsMessages = true
        options.relation = .runs
        let difference = Talk.difference([Talk(lines: Talk.server(a))], [Talk(lines: Talk.server(b))], options)
        return difference.pairs[0].messages.map { row in
            let place = [row.a.map { "a\($0)" }, row.b.map { "b\($0)" }].compactMap { $0 }.joined(separator: "=")
            return ([place] + row.kinds.each.map(\.rawValue)).joined(separator: " ")
        }
    }

    @Test("they come in the order of A, and what is in B only after what it follows there")
    func order() {
        #expect(rows(["one", "two", "three"], ["one", "two", "three"]) == ["a0=b0", "a1=b1", "a2=b2"])
        #expect(rows(["one", "three"], ["one", "two", "three"]) == ["a0=b0", "b1 added", "a1=b2"])
        #expect(rows(["one", "two"], ["zero", "one", "two"]) == ["b0 added", "a0=b1", "a1=b2"])
        #expect(rows(["one", "two", "three"], ["one", "three"]) == ["a0=b0", "a1 missing", "a2=b1"])
    }

    @Test("a message that moved stands where it is in A")
    func moved() {
        let found = rows(["one", "two", "three", "four"], ["one", "three", "four", "two"])
        #expect(found == ["a0=b0", "a1=b3 reordered", "a2=b1", "a3=b2"])
    }

    @Test("none are kept unless they are asked for")
    func unasked() {
        let talk = Talk(lines: Talk.server(["one"]))
        #expect(Talk.difference([talk], [talk]).pairs[0].messages.isEmpty)
    }

    private func marked(_ a: String, _ b: String, _ options: DifferenceOptions = .init()) throws -> MarkedContents {
        var options = options
        options.keepsMessages = true
        let difference = Talk.difference([Talk(lines: Talk.server([a]))], [Talk(lines: Talk.server([b]))], options)
        let pair = difference.pairs[0]
        return difference.contents(of: try #require(pair.messages.first), in: pair)
    }

    private func texts(_ bytes: [UInt8]?, _ marks: [MarkedContents.Mark]) -> [String] {
        marks.map { ($0.isNatural ? "natural " : "") + String(decoding: (bytes ?? [])[$0.range], as: UTF8.self) }
    }

    @Test("values of JSON that differ are marked, and in long ones the words")
    func marks() throws {
        let found = try marked(#"42["a",{"x":1,"y":"the build is green today"}]"#, #"42["a",{"y":"the build is red today","x":2}]"#)
        #expect(texts(found.a, found.marksA) == ["1", "green"])
        #expect(texts(found.b, found.marksB) == ["red", "2"])
        #expect(found.omittedCount == 0)
    }

    @Test("what differs by nature between runs is marked as such")
    func natural() throws {
        var options = DifferenceOptions()
        options.relation = .runs
        let found = try marked(#"{"id":1,"name":"ada"}"#, #"{"id":2,"name":"eve"}"#, options)
        #expect(texts(found.a, found.marksA) == ["natural 1", #""ada""#])
        #expect(texts(found.b, found.marksB) == ["natural 2", #""eve""#])
    }

    @Test("of other texts the words are marked, and of equal ones nothing")
    func words() throws {
        let found = try marked("say hello to Ada", "say goodbye to Ada")
        #expect(texts(found.a, found.marksA) == ["hello"] && texts(found.b, found.marksB) == ["goodbye"])
        let same = try marked("one", "one")
        #expect(same.marksA.isEmpty && same.a == Array("one".utf8))
    }
}
