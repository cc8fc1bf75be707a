import Bytes
import Testing
import Verdicts
import WebSocket

@testable import Viewer

@Suite("Searching payloads")
struct SearchTests {
    private func places(_ needle: String, in text: String, ignoresCase: Bool = false) -> [Int] {
        let search = ByteSearch(Array(needle.utf8), ignoresCase: ignoresCase)
        let bytes = Array(text.utf8)
        var places: [Int] = []
        var from = 0
        while let match = search.firstMatch(in: bytes.span, from: from) {
            places.append(match.lowerBound)
            from = match.lowerBound + 1
        }
        return places
    }

    @Test("every place is found, in the wide loop and at its edges")
    func everyPlace() {
        for length in [1, 2, 3, 31, 32, 33, 64, 65, 100, 200] {
            for place in 0..<length {
                var text = [Character](repeating: "x", count: length)
                text[place] = "y"
                #expect(places("y", in: String(text)) == [place])
                if place + 1 < length { #expect(places("yx", in: String(text)) == [place]) }
            }
        }
        #expect(places("aa", in: "aaaa") == [0, 1, 2])
        #expect(places("ab", in: String(repeating: "a", count: 70) + "b") == [69])
        #expect(places("", in: "abc").isEmpty)
        #expect(places("abcd", in: "abc").isEmpty)
    }

    @Test("the same as looking at each place, for many random texts")
    func naive() {
        var state: UInt64 = 77_777
        func dice(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        for _ in 0..<500 {
            let text = (0..<dice(150)).map { _ in UInt8(ascii: "a") + UInt8(dice(3)) }
            let needle = (0..<1 + dice(4)).map { _ in UInt8(ascii: "a") + UInt8(dice(3)) }
            let wanted =
                text.count < needle.count ? [] : (0...text.count - needle.count).filter { Array(text[$0..<$0 + needle.count]) == needle }
            #expect(places(String(decoding: needle, as: UTF8.self), in: String(decoding: text, as: UTF8.self)) == wanted)
        }
    }

    @Test("case is ignored for letters only")
    func ignoringCase() {
        #expect(places("hello", in: "Hello HELLO hellO", ignoresCase: true) == [0, 6, 12])
        // "[" and "{" differ in the same bit as letters do.
        #expect(places("[a", in: "{a [A", ignoresCase: true) == [3])
        #expect(places("ü", in: "Ü ü", ignoresCase: true) == [3])
    }

    @Test("hex is read with blanks, colons and commas, and complained about otherwise")
    func hex() throws {
        _ = try SearchPattern("de:ad be,EF", .hex)
        for wrong in ["abc", "xy", "", "0x12", "٣٣"] {
            #expect(throws: SearchPattern.Fault.self) { try SearchPattern(wrong, .hex) }
        }
        #expect(throws: SearchPattern.Fault.self) { try SearchPattern("(", .regex) }
    }

    private func run(_ text: String, _ form: SearchForm = .text, in stage: Stage, from origin: Int = 0) throws -> SearchRun {
        var run = SearchRun(try SearchPattern(text, form), .all, origin: origin, originRow: UInt32(origin))
        while !run.isDone {
            run.step(frameCount: stage.transcript.rows.count, stage.transcript, Payloads(reader: stage)) { UInt32($0) }
        }
        return run
    }

    @Test("a match does not reach from one payload into the next")
    func boundaries() throws {
        let stage = Stage([
            [(.server, 0x81, Array("one".utf8)), (.server, 0x81, Array("two".utf8)), (.server, 0x81, Array("xonetwo".utf8))]
        ])
        #expect(try run("onetwo", in: stage).behind == [2])
        #expect(try run("one", in: stage).behind == [0, 2])
        #expect(try run("e$", .regex, in: stage).behind == [0])
        #expect(try run("^t", .regex, in: stage).behind == [1])
    }

    @Test("it begins where one is and goes round, and each row is found once")
    func order() throws {
        let stage = Stage([(0..<50).map { (.server, 0x81, Array("number \($0)".utf8)) }])
        let found = try run("number", in: stage, from: 30)
        #expect(found.behind == (30..<50).map { UInt32($0) })
        #expect(found.before == (0..<30).map { UInt32($0) })
        #expect(found.next(from: 49, isForward: true) == nil)
        #expect(found.next(from: 29, isForward: true) == 30)
        #expect(found.next(from: 30, isForward: false) == 29)
        #expect(found.next(from: 0, isForward: false) == nil)
        #expect(found.extreme(isFirst: true) == 0)
        #expect(found.extreme(isFirst: false) == 49)
    }

    @Test("content of compressed messages is searched, not what was on the wire")
    func compressed() throws {
        let stage = Stage([everything])
        #expect(try run("Hello", in: stage).behind == [7])
        #expect(try run("f2 48 cd", .hex, in: stage).count == 0)
    }

    @Test("a search that is stopped finds nothing more")
    func stopped() throws {
        var run = SearchRun(try SearchPattern("x", .text), .all, origin: 0, originRow: 0)
        run.stop()
        let stage = Stage([[(.server, 0x81, Array("x".utf8))]])
        run.step(frameCount: 1, stage.transcript, Payloads(reader: stage)) { UInt32($0) }
        #expect(run.count == 0 && run.isStopped)
    }
}
