import Bytes
import Rules
import Testing
import WebSocket

@Suite struct ConnectionRulesTests {
    private static func at(_ seconds: Double) -> Timestamp { Timestamp(nanoseconds: Int64(seconds * 1e9)) }

    /// Both sides close, the client first, at 1 s and 2 s.
    private static func closed(_ first: CloseCode? = .normal, _ second: CloseCode? = .normal) -> ConnectionRules {
        var rules = ConnectionRules(isInferred: false)
        _ = rules.close(first, from: .client, at: at(1), isAnswer: false)
        _ = rules.close(second, from: .server, at: at(2), isAnswer: true)
        return rules
    }

    private static func end(
        first: Side?, client: Double? = nil, server: Double? = nil, knewAll: Bool = true, reset: Side? = nil
    ) -> ConnectionRules.TransportEnd {
        var end = ConnectionRules.TransportEnd()
        end.firstFin = first
        end.firstToCloseTCP = first
        end.clientFin = client.map { .init(packet: 21, time: at($0), knewAll: knewAll) }
        end.serverFin = server.map { .init(packet: 22, time: at($0), knewAll: knewAll) }
        end.reset = reset
        return end
    }

    @Test("an answer with another code is noted, unless either side broke a rule or did not know of the first close")
    func echo() {
        func answer(_ prepare: (inout ConnectionRules) -> Void = { _ in }, first: CloseCode? = .goingAway, isAnswer: Bool = true) -> Rule? {
            var rules = ConnectionRules(isInferred: false)
            prepare(&rules)
            _ = rules.close(first, from: .client, at: Self.at(1), isAnswer: false)
            return rules.close(.normal, from: .server, at: Self.at(2), isAnswer: isAnswer)?.rule
        }
        #expect(answer() == .closeCodeNotEchoed)
        #expect(answer(first: .normal) == nil)
        #expect(answer(first: nil) == nil)
        #expect(answer(isAnswer: false) == nil)
        #expect(answer { $0.breakRule(.client) } == nil)
        #expect(answer(first: CloseCode(rawValue: 1005)) == nil)
        // One that waited for missing bytes is taken late, and answers nothing that came after it.
        var late = ConnectionRules(isInferred: false)
        _ = late.close(.goingAway, from: .server, at: Self.at(2), isAnswer: false)
        #expect(late.close(.normal, from: .client, at: Self.at(1), isAnswer: true) == nil)
    }

    @Test("the server closes TCP first and at once, and the client may close it when it has waited")
    func order() {
        let rules = Self.closed()
        #expect(rules.judge(Self.end(first: .server, client: 2.2, server: 2.1)).isEmpty)
        let early = rules.judge(Self.end(first: .client, client: 2.1, server: 2.2))
        #expect(early.map(\.finding.rule) == [.closeClientFirst] && early.map(\.side) == [.client] && early[0].finding.packet == 21)
        #expect(rules.judge(Self.end(first: .client, client: 3.5, server: 3.6)).isEmpty)
        for first in Side.allCases {
            let late = rules.judge(Self.end(first: first, client: 7.1, server: 7.1))
            #expect(late.map(\.finding.rule) == [.closeServerLate] && late.map(\.side) == [.server])
        }
        #expect(rules.judge(Self.end(first: nil)).isEmpty)
        #expect(rules.judge(Self.end(first: .client, client: 2.1, reset: .server)).isEmpty)
        // The client ended TLS first, and the server TCP.
        var below = Self.end(first: .client, client: 2.1, server: 2.2)
        below.firstToCloseTCP = .server
        #expect(rules.judge(below).isEmpty)
    }

    @Test("whoever knew of a close and ended its stream first without one did not answer")
    func unanswered() {
        func judged(_ end: ConnectionRules.TransportEnd, _ prepare: (inout ConnectionRules) -> Void = { _ in }) -> [Rule] {
            var rules = ConnectionRules(isInferred: false)
            _ = rules.close(.normal, from: .client, at: Self.at(1), isAnswer: false)
            prepare(&rules)
            return rules.judge(end).map(\.finding.rule)
        }
        #expect(judged(Self.end(first: .server, client: 3, server: 2)) == [.closeUnanswered])
        #expect(judged(Self.end(first: .server, client: 3, server: 2, knewAll: false)) == [])
        #expect(judged(Self.end(first: .server, client: 3, server: 0.5)) == [])
        #expect(judged(Self.end(first: .client, client: 1.1, server: 2)) == [])
        #expect(judged(Self.end(first: nil)) == [])
        #expect(judged(Self.end(first: nil, reset: .server)) == [.closeReset])
        #expect(judged(Self.end(first: .server, server: 2)) { $0.breakRule(.server) } == [])
        // It goes on instead, for 19 s and for 20 s after the Close.
        var end = Self.end(first: nil)
        end.lastMessage = (9, Self.at(20))
        #expect(judged(end) == [])
        end.lastMessage = (9, Self.at(21))
        #expect(judged(end) == [.closeUnanswered])
        #expect(judged(end) { $0.lose(.server) } == [])
        #expect(judged(Self.end(first: .server, server: 2)) { $0.lose(.server) } == [])
    }

    @Test("TCP that ends with no close at all is told of the side that ended it")
    func missing() {
        var rules = ConnectionRules(isInferred: false)
        let end = rules.judge(Self.end(first: .server, client: 3, server: 2))
        #expect(end.map(\.finding.rule) == [.closeMissing] && end.map(\.side) == [.server])
        #expect(rules.judge(Self.end(first: .server, server: 2, reset: .client)).map(\.finding.rule) == [.closeReset])
        #expect(rules.judge(Self.end(first: nil)).isEmpty)
        // Both had ended what they send, so the reset broke nothing off.
        var late = Self.end(first: .server, client: 3, server: 2, reset: .server)
        late.resetPacket = 23
        #expect(rules.judge(late).map(\.finding.rule) == [.closeMissing])
        late.resetPacket = 20
        #expect(rules.judge(late).map(\.finding.rule) == [.closeReset])
        // §7.1.7: whoever fails the connection may leave the Close out.
        rules.breakRule(.client)
        #expect(rules.judge(Self.end(first: .server, client: 3, server: 2)).isEmpty)
    }

    @Test("everything rests on an inferred connection and after a loss")
    func resting() {
        let inferred = ConnectionRules(isInferred: true)
        #expect(inferred.judge(Self.end(first: .server, client: 3, server: 2)).isEmpty)
        #expect(inferred.judgeStrayPong(from: .client) == nil)
        #expect(!inferred.mustAnswerPing(from: .server))
        var lossy = Self.closed()
        lossy.lose(.client)
        #expect(lossy.judge(Self.end(first: .client, client: 2.1)).isEmpty)
    }

    @Test("a ping is ignored when frames come 20 s later, or when a close behind it is answered")
    func pings() {
        var rules = ConnectionRules(isInferred: false)
        #expect(rules.mustAnswerPing(from: .server))
        func judge(_ time: Double, isClosing: Bool = false) -> Rule? {
            rules.judgeWaiting(pingAt: Self.at(1), frameAt: Self.at(time), from: .client, isClosing: isClosing)?.rule
        }
        #expect(judge(20.9) == nil)
        #expect(judge(21) == .pingUnanswered)
        #expect(judge(3, isClosing: true) == nil)
        _ = rules.close(.normal, from: .server, at: Self.at(2.5), isAnswer: false)
        #expect(judge(3, isClosing: true) == .pingUnanswered)
        #expect(!rules.mustAnswerPing(from: .server))
        rules.breakRule(.client)
        #expect(judge(30) == nil)
    }
}
