import HTTP
import TestSupport
import Testing
import WebSocket

@testable import Differences

@Suite("Two captures")
struct CaptureDifferenceTests {
    private func matches(_ a: [Talk], _ b: [Talk]) -> [String] {
        let matching = ConnectionMatching(Talk.capture(a).connections, Talk.capture(b).connections)
        return matching.matches.map { "\($0.a)=\($0.b) \($0.basis.rawValue)" } + matching.onlyA.map { "\($0)=" }
            + matching.onlyB.map { "=\($0)" }
    }

    // MARK: Matching

    @Test("connections belong together by key, by messages, by path, in that order")
    func matching() {
        let one = Talk(path: "/a", key: "1", lines: Talk.server(["x", "y"]))
        let two = Talk(path: "/b", key: "2")
        #expect(matches([one, two], [two, one]) == ["0=1 key", "1=0 key"])
        #expect(matches([Talk(path: "/a", key: "3", lines: Talk.server(["x", "y"])), two], [two, one]) == ["0=1 messages", "1=0 key"])
        #expect(
            matches([Talk(path: "/a?x=1", key: "3")], [Talk(path: "/a?x=2", key: "4"), Talk(path: "/c", key: "5")]) == ["0=0 path", "=1"])
        #expect(matches([Talk(path: "/a", key: "3")], [Talk(path: "/z", key: "4")]) == ["0=0 order"])
        #expect(matches([], [one]) == ["=0"])
    }

    @Test("connections with most messages in common belong together, whatever their order")
    func similar() {
        let talks = (0..<6).map { number in
            Talk(path: "/same", key: nil, lines: Talk.server((0..<8).map { "news \(number) \($0)" }))
        }
        let others = talks.map { talk -> Talk in
            var other = talk
            other.lines.remove(at: 3)
            return other
        }
        #expect(matches(talks, others.reversed()) == (0..<6).map { "\($0)=\(5 - $0) messages" })
    }

    @Test("many connections that all look the same are looked up a few times each")
    func adversary() {
        let talks = (0..<3_000).map { Talk(path: "/\($0 % 2)", key: "same", lines: Talk.server(["x", "y", "\($0 % 3)"])) }
        let captures = (Talk.capture(talks), Talk.capture(talks.dropLast(1).reversed()))
        let matching = ConnectionMatching(captures.0.connections, captures.1.connections)
        #expect(matching.matches.count == 2_999 && matching.stepCount < 10 * 6_000)
        var random = SeededRandom(1)
        let keyless = Talk.capture(
            talks.map { talk in
                var other = talk
                (other.key, other.lines[0].text) = (nil, "\(Int.random(in: 0..<5, using: &random))")
                return other
            })
        let hard = ConnectionMatching(captures.0.connections, keyless.connections)
        #expect(hard.stepCount < 3_000 * (2 * 128 + 20))
    }

    // MARK: What they are to each other

    @Test("the same key at another day is another run")
    func sameKey() {
        #expect(Talk.difference([Talk()], [Talk(clock: 500)]).pairs[0].isSame)
        #expect(!Talk.difference([Talk()], [Talk(clock: 86_400_000)]).pairs[0].isSame)
        var options = DifferenceOptions()
        options.relation = .proxy
        #expect(Talk.difference([Talk()], [Talk(clock: 86_400_000)], options).pairs[0].isSame)
    }

    @Test("what would arrive before it was sent by any clock is another run")
    func impossible() {
        let near = Talk(
            responseTime: 20, lines: [Talk.Line(side: .client, text: "a", time: 100), Talk.Line(side: .server, text: "b", time: 110)])
        var far = near
        far.responseTime = 15
        (far.lines[0].time, far.lines[1].time) = (90, 130)
        #expect(!Talk.difference([near], [far]).pairs[0].isSame)
    }

    @Test("over HTTP/2 there is no key: the same messages at the same time are one connection")
    func translated() {
        let near = Talk(isHTTP2: true, responseTime: 9, lines: Talk.server(["a", "b", "c"]))
        let pair = Talk.difference([near], [Talk(clock: 1, lines: Talk.server(["a", "b", "c"]))]).pairs[0]
        #expect(pair.isSame && pair.differences.map(\.kind) == [.request])
    }

    // MARK: Handshakes and ends

    private func headers(_ a: [Header], _ b: [Header], _ options: DifferenceOptions = .init(), areRuns: Bool = false) -> [String] {
        let pair = Talk.difference(
            [Talk(requestHeaders: a, responseTime: 9)], [Talk(requestHeaders: b, clock: areRuns ? 86_400_000 : 1)], options
        ).pairs[0]
        return pair.differences.map { "\($0.subject) \($0.before ?? "-") \($0.after ?? "-")" }
    }

    @Test("headers that were added, dropped and changed are named; case, order and lines of names are nothing")
    func headers() {
        #expect(
            headers(
                [Header(name: "A", value: "1"), Header(name: "B", value: "2")],
                [Header(name: "b", value: "2"), Header(name: "a", value: "1")]
            ).isEmpty)
        #expect(headers([Header(name: "A", value: "1")], []) == ["A 1 -"])
        #expect(headers([], [Header(name: "A", value: "1")]) == ["A - 1"])
        #expect(headers([Header(name: "A", value: "1")], [Header(name: "A", value: "2")]) == ["A 1 2"])
        #expect(headers([Header(name: "A", value: "1"), Header(name: "A", value: "2")], [Header(name: "A", value: "1, 2")]).isEmpty)
        #expect(headers([Header(name: "Connection", value: "Upgrade")], [Header(name: "Connection", value: "upgrade")]).isEmpty)
        var options = DifferenceOptions()
        options.ignoredHeaders = ["a"]
        #expect(headers([Header(name: "A", value: "1")], [], options).isEmpty)
    }

    @Test("between runs, headers that say which request it was are no news; that a cookie is missing is")
    func headersOfRuns() {
        let one = [
            Header(name: "Cookie", value: "sid=1; theme=dark"), Header(name: "Traceparent", value: "1"), Header(name: "Date", value: "1"),
        ]
        let other = [
            Header(name: "Cookie", value: "sid=2; theme=dark"), Header(name: "Traceparent", value: "2"), Header(name: "Date", value: "2"),
        ]
        #expect(headers(one, other, areRuns: true).isEmpty)
        #expect(headers(one, other) == ["Cookie sid=1; theme=dark sid=2; theme=dark", "Traceparent 1 2"])
        #expect(headers(one, [Header(name: "Cookie", value: "theme=dark")], areRuns: true) == ["Cookie sid=1; theme=dark theme=dark"])
    }

    @Test("another answer and another end are told")
    func ends() {
        #expect(Talk.difference([Talk()], [Talk(clock: 1, status: 403)]).pairs[0].differences.first?.kind == .status)
        let pair = Talk.difference([Talk(responseTime: 9)], [Talk(clock: 1, end: "server closed 1011")]).pairs[0]
        #expect(pair.differences.map(\.kind) == [.end] && pair.differences[0].before == "client closed 1000")
    }

    // MARK: Times

    @Test("delays are measured for each direction, and one that is far beyond the others is late")
    func delays() {
        func talk(_ client: [Int], _ server: [Int], answer: Int, start: Int) -> Talk {
            let lines = client.enumerated().map { Talk.Line(side: .client, text: "c\($0)", time: $1) }
            let answers = server.enumerated().map { Talk.Line(side: .server, text: "s\($0)", time: $1) }
            return Talk(clock: start, responseTime: answer, lines: lines + answers)
        }
        let near = talk([100, 200, 300], [150, 250, 350], answer: 30, start: 0)
        let far = talk([102, 502, 304], [147, 246, 345], answer: 20, start: 0)
        let pair = Talk.difference([near], [far]).pairs[0]
        #expect(pair.clock == .same && !pair.isReversed)
        #expect(pair.fromClient?.minimum == 2_000_000 && pair.fromClient?.maximum == 302_000_000)
        #expect(pair.fromServer?.median == 4_000_000 && pair.responseDelay == 10_000_000)
        #expect(pair.differences.map(\.kind) == [.late] && pair.differences[0].delay == 298_000_000)
        let turned = Talk.difference([far], [near]).pairs[0]
        #expect(turned.isReversed && turned.fromClient?.maximum == 302_000_000 && turned.fromServer == pair.fromServer)
        // The same with clocks an hour... a minute apart: the delays are the same but for what cannot be known.
        var ahead = far
        ahead.clock = 60_000
        let skewed = Talk.difference([near], [ahead]).pairs[0]
        #expect(skewed.clock != .same && skewed.differences.map(\.kind) == [.late])
        #expect(skewed.isSame && (skewed.fromClient?.minimum ?? -1) >= 0 && (skewed.fromServer?.minimum ?? -1) >= 0)
    }

    @Test("between runs an answer that took a second longer is late, and one that took less is sooner")
    func pauses() {
        let quick = Talk(
            key: "a", lines: [Talk.Line(side: .client, text: "ask", time: 10), Talk.Line(side: .server, text: "answer", time: 20)])
        var slow = quick
        (slow.key, slow.clock, slow.lines[1].time) = ("b", 86_400_000, 1_500)
        let found = Talk.difference([quick], [slow]).pairs[0].differences
        #expect(found.map(\.kind) == [.late] && found[0].delay == 1_480_000_000 && found[0].remark == nil)
        #expect(Talk.difference([slow], [quick]).pairs[0].differences.first?.remark == "sooner")
    }

    // MARK: Limits

    @Test("what is beyond a limit is counted, and not compared")
    func limits() {
        var limits = ComparedCapture.Limits()
        limits.messageCount = 2
        let capture = Talk.capture([Talk(lines: Talk.server(["a", "b", "c"]))], limits)
        #expect(capture.omittedMessageCount == 1 && capture.keptMessageCount == 2)
        limits = ComparedCapture.Limits()
        limits.contentByteCount = 0
        let without = Talk.capture([Talk(responseTime: 9, lines: Talk.server(["aaa", "bbb"]))], limits)
        #expect(without.unkeptCount == 2)
        let other = Talk.capture([Talk(clock: -1, responseTime: 13, lines: Talk.server(["aaa", "bbc"]))], limits)
        let found = CaptureDifference(other, without).pairs[0].differences
        #expect(found.count == 1 && found[0].kind == .changed, "that it differs is known by the digest")
    }
}
