import Testing
import WebSocket

@testable import Differences

@Suite("Messages of two captures, one by one")
struct MessagePairsTests {
    /// What is said of two sides of a proxy, of which the server's messages are seen by B first.
    private func proxied(_ b: [String], _ a: [String]) -> [String] {
        let near = Talk(responseTime: 9, lines: Talk.server(a).map(later))
        let far = Talk(clock: 1, lines: Talk.server(b))
        let difference = Talk.difference([near], [far])
        #expect(difference.pairs.count == 1 && difference.pairs.allSatisfy(\.isSame))
        return difference.pairs.flatMap(\.differences).map(\.shown)
    }

    private func later(_ line: Talk.Line) -> Talk.Line {
        var line = line
        // Well after all of the other side.
        line.time += 1_000
        return line
    }

    private func runs(_ a: [String], _ b: [String]) -> [String] {
        let difference = Talk.difference(
            [Talk(key: "a", lines: Talk.server(a))], [Talk(key: "b", clock: 86_400_000, lines: Talk.server(b))])
        #expect(difference.pairs.allSatisfy { !$0.isSame })
        return difference.pairs.flatMap(\.differences).map(\.shown)
    }

    @Test("what did not arrive is missing, what nobody sent is added, whoever sent it")
    func direction() {
        #expect(proxied(["one", "two", "three"], ["one", "three"]) == ["missing server two"])
        #expect(proxied(["one", "three"], ["one", "two", "three"]) == ["added server two"])
        #expect(proxied(["one"], ["one"]).isEmpty)
        #expect(proxied([], []).isEmpty)
    }

    @Test("a message that is dropped beside one that is edited is not taken for it")
    func dropBesideEdit() {
        let say = { (id: Int, text: String) in #"{"id": \#(id), "type": "say", "text": "\#(text)"}"# }
        let found = proxied(
            [say(1, "hello"), say(2, "is anybody there"), say(3, "the build is green"), say(4, "bye")],
            [say(1, "hello"), say(3, "the build is red"), say(4, "bye")])
        #expect(
            found == ["missing server \(say(2, "is anybody there"))", #"changed server json.text "the build is red" "the build is green""#])
    }

    @Test("messages that change places are neither missing nor added")
    func moved() {
        #expect(proxied(["a", "b", "c", "d"], ["a", "c", "b", "d"]).map { $0.split(separator: " ")[0] } == ["reordered"])
        #expect(proxied(["tick", "tick", "x", "tick"], ["tick", "x", "tick", "tick"]).allSatisfy { $0.hasPrefix("reordered") })
    }

    @Test("a message that comes twice is said to be repeated")
    func repeated() {
        let near = Talk(responseTime: 9, lines: Talk.server(["a", "b", "b"]).map(later))
        let found = Talk.difference([near], [Talk(clock: 1, lines: Talk.server(["a", "b"]))]).pairs[0].differences
        #expect(found.map(\.kind) == [.added] && found[0].remark == "repeated")
    }

    @Test("text that arrives as binary has changed")
    func opcode() {
        var near = Talk(responseTime: 9, lines: Talk.server(["a"]).map(later))
        near.lines[0].opcode = .binary
        let found = Talk.difference([near], [Talk(clock: 1, lines: Talk.server(["a"]))]).pairs[0].differences
        #expect(found.map(\.kind) == [.changed] && found[0].parts[0].path == "opcode")
    }

    @Test("other frames and another compression are told apart from other content")
    func frames() {
        var near = Talk(responseTime: 9, lines: Talk.server(["aaaa", "bbbb", "cccc"]).map(later))
        near.lines[0].frames = 3
        near.lines[1].wireLength = 2
        let found = Talk.difference([near], [Talk(clock: 1, lines: Talk.server(["aaaa", "bbbb", "cccc"]))]).pairs[0].differences
        #expect(found.map(\.kind) == [.refragmented, .recompressed])
        #expect(found[0].before == "3 frames" && found[0].after == "1 frame" && found[1].subject == "in A only")
    }

    @Test("bytes that the capture lacks are nobody's change")
    func incomplete() {
        var near = Talk(responseTime: 9, lines: Talk.server(["abc", "d"]).map(later))
        near.lines[0].isComplete = false
        near.lines[0].text = "a"
        let pair = Talk.difference([near], [Talk(clock: 1, lines: Talk.server(["abc", "d"]))]).pairs[0]
        #expect(pair.differences.isEmpty && pair.uncertainCount == 1)
    }

    @Test("between runs ids, times and numbers that vary are no news; a status that differs once is")
    func betweenRuns() {
        let line = { (id: Int, price: Int, status: Int) in #"{"id": \#(id), "price": \#(price), "status": \#(status)}"# }
        #expect(runs((1...9).map { line($0, $0 * 7, 200) }, (1...9).map { line($0 + 500, $0 * 11, 200) }).isEmpty)
        let found = runs((1...9).map { line($0, 5, 200) }, (1...9).map { line($0 + 500, 5, $0 == 4 ? 500 : 200) })
        #expect(found == ["changed server json.status 200 500"])
        #expect(runs([#"{"name":"Ada"}"#], [#"{"name":"Eve"}"#]) == [#"changed server json.name "Ada" "Eve""#])
    }

    @Test("a message of many that one run lacks is the only one that is missing")
    func missingInRun() {
        let load = (0..<20).map { #"{"event": "load", "cpu": \#($0 * 13 % 17)}"# }
        let found = runs([#"{"event": "ready"}"#] + load, load.reversed())
        #expect(found == [#"missing server {"event": "ready"}"#])
    }

    @Test("pings are compared through a proxy, and between runs only where that is asked for")
    func pings() {
        var ping = Talk.Line(side: .server, text: "beat", opcode: .ping, time: 15)
        let with = Talk(responseTime: 9, lines: [ping])
        #expect(Talk.difference([with], [Talk(clock: 1)]).pairs[0].differences.map(\.kind) == [.added])
        ping.time = 12
        let (one, other) = ([Talk(key: "a", lines: [ping])], [Talk(key: "b", clock: 86_400_000)])
        #expect(Talk.difference(one, other).isSame)
        var options = DifferenceOptions()
        options.isExact = true
        #expect(!Talk.difference(one, other, options).isSame)
    }

    @Test("many messages that all differ take no more than a few looks at each")
    func adversary() {
        let found = proxied((0..<8_000).map { "a\($0) x" }, (0..<8_000).map { "b\($0) y" })
        #expect(found.count <= 2 * DifferenceTally.groupLimit)
    }
}
