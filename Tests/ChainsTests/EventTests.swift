import Bytes
import Channels
import HTTP
import Packets
import TestSupport
import Testing
import Verdicts
import WebSocket

@testable import Chains
@testable import Inspection

@Suite("Chains of connections as they are reported")
struct EventTests {
    private static let server = LaneTests.server

    private static func client(_ port: UInt16) -> Endpoint { Endpoint(address: IPAddress(10, 0, 0, 1), port: port) }

    /// A connection that is granted at once, in seconds.
    private static func connection(_ number: UInt64, at second: Double, _ target: String = "/feed", agent: String = "a") -> Connection {
        let time = Timestamp(nanoseconds: Int64(second * 1e9))
        let request = RequestHead(
            method: "GET", target: target,
            headers: Headers([Header(name: "Host", value: "example.com"), Header(name: "User-Agent", value: agent)]))
        let handshake = Handshake(
            time: time, responseTime: time, fractionDigits: 6, request: request,
            response: ResponseHead(status: 101, reason: "", headers: Headers()))
        return Connection(
            number: number, client: client(UInt16(clamping: 1_000 + number)), server: server, status: .open, handshake: handshake,
            inferred: [], row: Int(number))
    }

    private static func verdict(_ second: Double, _ manner: Verdict.Manner = .finWithoutClose, by side: Side? = .server) -> Verdict {
        var verdict = Verdict(manner, text: "", time: Timestamp(nanoseconds: Int64(second * 1e9)))
        verdict.by = side
        return verdict
    }

    private static func attempt(_ flow: UInt64, at second: Double, _ outcome: TransportAttempt.Outcome = .refused) -> TransportAttempt {
        let mark = PacketMark(number: flow, time: Timestamp(nanoseconds: Int64(second * 1e9)))
        return TransportAttempt(
            flow: flow, client: client(UInt16(clamping: 2_000 + flow)), server: server, first: mark, last: mark, fractionDigits: 6,
            outcome: outcome, synCount: 1, isOver: outcome == .refused)
    }

    private static func end(_ connection: Connection, _ verdict: Verdict, _ log: inout ReconnectLog) {
        log.take(ConnectionEnd(of: connection, Conclusion(verdict)), verdict)
    }

    @Test("a connection says which lost one it follows, and after how many attempts")
    func marks() {
        var log = ReconnectLog()
        let first = Self.connection(1, at: 0)
        #expect(log.take(opened: first) == nil)
        Self.end(first, Self.verdict(10), &log)
        #expect(
            log.take(Self.attempt(9, at: 11))
                == Reconnect(number: 1, previous: 1, after: 1_000_000_000, attempt: 1, isCertain: true))
        let second = Self.connection(2, at: 13)
        #expect(log.take(opened: second) == Reconnect(number: 1, previous: 1, after: 3_000_000_000, attempt: 2, isCertain: true))
        // What is open is not followed.
        #expect(log.take(opened: Self.connection(3, at: 14)) == nil)
        Self.end(second, Self.verdict(20), &log)
        #expect(log.take(opened: Self.connection(4, at: 21))?.number == 2)
        // Nor is another URL, nor another kind of client.
        #expect(log.take(opened: Self.connection(5, at: 22, "/other")) == nil)
        #expect(log.take(opened: Self.connection(6, at: 22, agent: "b")) == nil)
    }

    @Test("a client that said goodbye is not said to reconnect")
    func goodbye() {
        var log = ReconnectLog()
        let first = Self.connection(1, at: 0)
        _ = log.take(opened: first)
        Self.end(first, Self.verdict(10, .closed, by: .client), &log)
        #expect(log.take(opened: Self.connection(2, at: 11)) == nil)
    }

    @Test("where two of an address wait, it is said to be a guess, unless the query tells")
    func guess() {
        for (targets, isCertain) in [(["/feed", "/feed"], false), (["/feed?user=1", "/feed?user=2"], true)] {
            var log = ReconnectLog()
            let (one, two) = (Self.connection(1, at: 0, targets[0]), Self.connection(2, at: 0, targets[1]))
            _ = (log.take(opened: one), log.take(opened: two))
            Self.end(one, Self.verdict(10), &log)
            Self.end(two, Self.verdict(10), &log)
            let back = log.take(opened: Self.connection(3, at: 11, targets[1]))
            #expect(back?.isCertain == isCertain)
            #expect(back?.previous == (isCertain ? 2 : 1))
        }
    }

    @Test("at its limit everything before is forgotten, and it goes on")
    func limit() {
        var log = ReconnectLog(limit: 40)
        var last: Reconnect?
        for number in UInt64(1)...200 {
            let connection = Self.connection(number, at: Double(number) * 10, "/\(number % 3)?q=\(number % 2)")
            last = log.take(opened: connection) ?? last
            _ = log.take(Self.attempt(number, at: Double(number) * 10 + 1))
            Self.end(connection, Self.verdict(Double(number) * 10 + 5), &log)
        }
        #expect(last != nil)
    }

    @Test("chains do not depend on the order of events")
    func order() {
        var random = SeededRandom(8)
        var events: [(Connection?, Verdict?, TransportAttempt?)] = [
            (Self.connection(1, at: 0), Self.verdict(10), nil), (nil, nil, Self.attempt(7, at: 11)),
            (nil, nil, Self.attempt(8, at: 12, .unanswered)), (Self.connection(2, at: 16), Self.verdict(30, .stillOpen, by: nil), nil),
            (Self.connection(3, at: 1, "/other"), Self.verdict(30, .stillOpen, by: nil), nil),
        ]
        for _ in 0..<20 {
            events.shuffle(using: &random)
            var log = ChainLog(limit: 100)
            for (connection, verdict, attempt) in events {
                if let connection, let verdict { log.take(connection, verdict) }
                if let attempt { log.take(attempt) }
            }
            let found = log.found()
            #expect(found.chains.count == 1)
            guard let chain = found.chains.first else { return }
            #expect(chain.url == "ws://example.com/feed" && chain.connections == [1, 2] && chain.links.count == 4)
            #expect(chain.outages == [6_000_000_000] && chain.failedCount == 2)
        }
    }

    @Test("a row of another capture follows nobody before it, and losses are counted from there")
    func marksOfAnother() {
        var log = ReconnectLog()
        let first = Self.connection(1, at: 0)
        _ = log.take(opened: first)
        Self.end(first, Self.verdict(10), &log)
        log.beginAnew()
        #expect(log.take(Self.attempt(9, at: 11)) == nil)
        let second = Self.connection(2, at: 13)
        #expect(log.take(opened: second) == nil)
        Self.end(second, Self.verdict(20), &log)
        #expect(
            log.take(opened: Self.connection(3, at: 21))
                == Reconnect(number: 1, previous: 2, after: 1_000_000_000, attempt: 1, isCertain: true))
    }

    @Test("chains end where another capture begins, whether it was made later, earlier or at the same time", arguments: [100.0, -100, 0.5])
    func captures(offset: Double) {
        var log = ChainLog(limit: 100)
        for (capture, begin) in [0, offset].enumerated() {
            if capture > 0 { log.beginAnew() }
            let number = UInt64(capture * 2)
            log.take(Self.attempt(number, at: begin))
            log.take(Self.connection(number + 1, at: begin + 1), Self.verdict(begin + 5))
            log.take(Self.connection(number + 2, at: begin + 7), Self.verdict(begin + 20, .stillOpen, by: nil))
        }
        let chains = log.found().chains
        #expect(chains.map(\.connections) == [[1, 2], [3, 4]])
        #expect(chains.map(\.links.count) == [3, 3] && chains.map(\.outages) == [[2_000_000_000], [2_000_000_000]])
    }

    @Test("connections of different captures are no storm, though they ended together")
    func capturesAreNoStorm() {
        for isOne in [true, false] {
            var log = ChainLog(limit: 100)
            for number in UInt64(1)...8 {
                if number == 5, !isOne { log.beginAnew() }
                log.take(Self.connection(number, at: 0, "/\(number)"), Self.verdict(10))
            }
            #expect(log.found().storms.map(\.lossCount) == (isOne ? [8] : []))
        }
    }

    @Test("what is beyond the limit is counted")
    func overlooked() {
        var log = ChainLog(limit: 2)
        for number in UInt64(1)...5 { log.take(Self.connection(number, at: Double(number)), Self.verdict(Double(number) + 0.5)) }
        let found = log.found()
        #expect(found.overlookedCount == 3 && found.chains.map(\.links.count) == [2])
    }

    @Test("a connection on which nothing was said is no attempt, unless the server hung up")
    func silent() {
        var attempt = Self.attempt(1, at: 0, .silent)
        #expect(Link(attempt) == nil)
        attempt.endedByClient = true
        #expect(Link(attempt) == nil)
        attempt.endedByClient = false
        #expect(Link(attempt)?.fate == .failed)
    }
}
