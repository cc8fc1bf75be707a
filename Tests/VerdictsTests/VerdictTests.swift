import Bytes
import Rules
import Channels
import Testing
@testable import Verdicts
import WebSocket

/// Verdicts made from facts that a test states, without packets.
@Suite struct VerdictTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var facts: EndFacts
        var manner: Verdict.Manner
        var by: Side?
        var cause: Verdict.Cause?
        var browser: Verdict.CloseEvent?
        var text: String

        init(
            _ name: String, _ manner: Verdict.Manner, by: Side?, _ cause: Verdict.Cause?, _ browser: Verdict.CloseEvent?,
            _ text: String, _ state: (inout EndFacts) -> Void
        ) {
            testDescription = name
            self.manner = manner
            self.by = by
            self.cause = cause
            self.browser = browser
            self.text = text
            facts = VerdictTests.talk()
            state(&facts)
        }
    }

    static func mark(_ number: UInt64, at seconds: Double) -> PacketMark {
        PacketMark(number: number, time: Timestamp(nanoseconds: Int64(seconds * 1_000_000_000)))
    }

    /// A Close frame and its reason.
    typealias Close = (frame: CloseLog.Close, reason: String)

    static func close(_ side: Side, _ code: UInt16?, _ mark: PacketMark, reason: String = "", knewAll: Bool = true) -> Close {
        (CloseLog.Close(from: side, code: code.map { CloseCode(rawValue: $0) }, mark: mark, knewAll: knewAll, frameCount: 1), reason)
    }

    /// Two frames each way; the server's last in packet 12 at second 5 is the last of all.
    static func talk() -> EndFacts {
        var facts = EndFacts(time: Timestamp(nanoseconds: 100_000_000_000))
        facts.asked = mark(4, at: 0)
        facts.answer = EndFacts.Answer(status: 101, reason: "Switching Protocols", mark: mark(6, at: 0.001))
        facts.client.frameCount = 2
        facts.client.spoke = mark(11, at: 4)
        facts.client.lastPacket = mark(13, at: 5.001)
        facts.server.frameCount = 2
        facts.server.spoke = mark(12, at: 5)
        facts.server.lastPacket = mark(12, at: 5)
        return facts
    }

    /// The same, closed by a frame.
    static func closed(_ facts: inout EndFacts, _ closes: Close..., isOver: Bool = true) {
        for close in closes { facts.closes.note(close.frame, reason: close.reason, client: mark(11, at: 4), server: mark(12, at: 5)) }
        guard isOver, let last = closes.last?.frame else { return }
        facts.server.fin = PacketMark(number: last.mark.number + 1, time: last.mark.time)
        facts.client.fin = PacketMark(number: last.mark.number + 2, time: last.mark.time)
        facts.transport = .finished
    }

    static func event(_ code: UInt16, clean: Bool = false) -> Verdict.CloseEvent {
        Verdict.CloseEvent(code: CloseCode(rawValue: code), wasClean: clean)
    }

    static let cases = [
        // MARK: Both closed
        Case(
            "agreed", .closed, by: .client, nil, event(1000, clean: true),
            "Closed cleanly: the client asked with 1000, the server agreed 400 µs later."
        ) { closed(&$0, close(.client, 1000, mark(20, at: 6)), close(.server, 1000, mark(21, at: 6.0004))) },
        Case(
            "going away, with a reason", .closed, by: .server, .goingAway, event(1001, clean: true),
            "Closed cleanly: the server asked with 1001 (going away), the client agreed 2 ms later."
        ) { closed(&$0, close(.server, 1001, mark(20, at: 6), reason: "so"), close(.client, 1001, mark(21, at: 6.002))) },
        Case(
            "no code, answered with one", .closed, by: .server, nil, event(1005, clean: true),
            "Closed cleanly: the server asked without a code, the client answered with 1000 2 ms later."
        ) { closed(&$0, close(.server, nil, mark(20, at: 6)), close(.client, 1000, mark(21, at: 6.002))) },
        Case(
            "both at once", .closed, by: .client, nil, event(1001, clean: true),
            "Closed cleanly: the client asked with 1000, the server's own close with 1001 (going away) crossed it on the way."
        ) { closed(&$0, close(.client, 1000, mark(20, at: 6)), close(.server, 1001, mark(21, at: 6.002), knewAll: false)) },
        Case(
            "a protocol error, with the frame", .closed, by: .server, .protocolError, event(1002, clean: true),
            "The server closed with 1002 (protocol error) right after the client's frame in packet 12 (not masked); "
                + "the client agreed 1 ms later."
        ) {
            closed(&$0, close(.server, 1002, mark(20, at: 6)), close(.client, 1002, mark(21, at: 6.001)))
            $0.client.fault = EndFacts.Fault(rule: .maskMissing, mark: mark(12, at: 5.99), until: mark(12, at: 5.99).time)
        },
        Case(
            "a protocol error that nobody else sees", .closed, by: .server, .protocolError, event(1002, clean: true),
            "The server closed with 1002 (protocol error), though nothing that wsray checks is wrong with what the client sent; "
                + "the client agreed 1 ms later."
        ) { closed(&$0, close(.server, 1002, mark(20, at: 6)), close(.client, 1002, mark(21, at: 6.001))) },
        Case(
            "the server broke a rule: a browser fails the connection", .closed, by: .client, .protocolError, event(1006),
            "The client closed with 1002 (protocol error) right after the server's frame in packet 19 (reserved opcode); "
                + "the server agreed 1 ms later."
        ) {
            closed(&$0, close(.client, 1002, mark(20, at: 6)), close(.server, 1002, mark(21, at: 6.001)))
            let fault = EndFacts.Fault(rule: .reservedOpcode, mark: mark(19, at: 5.99), until: mark(19, at: 5.99).time)
            ($0.server.firstFault, $0.server.fault) = (fault, fault)
        },
        Case(
            "an application's own code, which only its reason explains", .closed, by: .server, nil, event(4001, clean: true),
            "The server closed with 4001: \"token expired\"; the client agreed 1 ms later."
        ) { closed(&$0, close(.server, 4001, mark(20, at: 6), reason: "token expired"), close(.client, 4001, mark(21, at: 6.001))) },
        Case(
            "of broken frames in a row, the first is what the other side answers", .closed, by: .client, .protocolError, event(1006),
            "The client closed with 1002 (protocol error) right after the server's frame in packet 18 (masked by the server); "
                + "the server agreed 1 ms later."
        ) {
            closed(&$0, close(.client, 1002, mark(20, at: 6)), close(.server, 1002, mark(21, at: 6.001)))
            let first = EndFacts.Fault(rule: .maskUnexpected, mark: mark(18, at: 5.98), until: mark(18, at: 5.98).time)
            let last = EndFacts.Fault(rule: .reservedBits, mark: mark(19, at: 5.99), until: mark(19, at: 5.99).time)
            ($0.server.firstFault, $0.server.runFault, $0.server.fault) = (first, first, last)
        },
        Case(
            "a close that follows the other side's end of TCP was not first", .finWithoutClose, by: .client, nil, event(1006),
            "The client hung up without a close frame; the server closed with 1001 (going away) 2.5 s later."
        ) {
            closed(&$0, close(.server, 1001, mark(22, at: 8)), isOver: false)
            $0.client.fin = mark(20, at: 5.5)
            $0.server.fin = mark(23, at: 8.001)
        },
        Case(
            "an application's own code after a usual silence", .closed, by: .server, .idleTimeout, event(4000, clean: true),
            "The server closed with 4000 after 30 s of silence; 30 s is a usual idle timeout; the client agreed 1 ms later."
        ) { closed(&$0, close(.server, 4000, mark(20, at: 35.02), reason: "so"), close(.client, 4000, mark(21, at: 35.021))) },
        Case(
            "a client that is done after a round number of seconds", .closed, by: .client, nil, event(1000, clean: true),
            "Closed cleanly: the client asked with 1000, the server agreed 1 ms later."
        ) { closed(&$0, close(.client, 1000, mark(20, at: 35.02)), close(.server, 1000, mark(21, at: 35.021))) },

        Case(
            "a close that was handed on late, since bytes before it were missing, was first all the same", .closed, by: .client, nil,
            event(4000, clean: true), "The client closed with 4001: \"mine\"; the server answered with 4000 400 µs later."
        ) {
            closed(
                &$0, close(.server, 4000, mark(21, at: 6.0004), reason: "theirs"), close(.client, 4001, mark(20, at: 6), reason: "mine"),
                isOver: false)
            $0.server.fin = mark(22, at: 6.001)
            #expect($0.closes.reason(from: .server) == "theirs")
        },
        Case(
            "a protocol error among bytes that the capture lacks", .closed, by: .server, .protocolError, event(1002, clean: true),
            "The server closed with 1002 (protocol error), and the capture lacks some of what the client sent, which may be the reason; "
                + "the client agreed 1 ms later."
        ) {
            closed(&$0, close(.server, 1002, mark(20, at: 6)), close(.client, 1002, mark(21, at: 6.001)))
            $0.client.isIncomplete = true
        },

        // MARK: One closed
        Case(
            "a protocol error, or an answer, in the last bytes, which the capture lacks", .closeUnanswered, by: .server, .protocolError,
            nil,
            "The server closed with 1002 (protocol error); the capture lacks the last 11 bytes of the client, which may be the reason, "
                + "or an answer."
        ) {
            closed(&$0, close(.server, 1002, mark(20, at: 6)), isOver: false)
            $0.server.fin = mark(21, at: 6.001)
            $0.client.fin = mark(22, at: 6.002)
            $0.client.hidden = EndFacts.Hidden(byteCount: 11, mark: mark(23, at: 6.003))
            $0.client.isIncomplete = true
        },
        Case(
            "a protocol error in what nothing decrypts", .closeUnanswered, by: nil, .protocolError, nil,
            "The server closed with 1002 (protocol error); why, and whether the client answered, is not known, because the capture lacks "
                + "the secrets of it."
        ) {
            closed(&$0, close(.server, 1002, mark(20, at: 6)), isOver: false)
            $0.server.fin = mark(21, at: 6.001)
            $0.client.hidden = EndFacts.Hidden(isEncrypted: true)
            $0.client.isIncomplete = true
        },
        Case(
            "a protocol error that was captured, and bytes after it that were not", .closeUnanswered, by: .server, .protocolError,
            nil,
            "The server closed with 1002 (protocol error) right after the client's frame in packet 12 (not masked); whether the client "
                + "answered is not known, because the capture lacks the last 11 bytes of it."
        ) {
            closed(&$0, close(.server, 1002, mark(20, at: 6)), isOver: false)
            $0.server.fin = mark(21, at: 6.001)
            $0.client.fault = EndFacts.Fault(rule: .maskMissing, mark: mark(12, at: 5.99), until: mark(12, at: 5.99).time)
            $0.client.hidden = EndFacts.Hidden(byteCount: 11, mark: mark(23, at: 6.003))
            $0.client.isIncomplete = true
        },
        Case(
            "not waited for", .closeUnanswered, by: .client, .goingAway, event(1006),
            "The client closed with 1001 (going away), and hung up without waiting for an answer."
        ) {
            closed(&$0, close(.client, 1001, mark(20, at: 6)), isOver: false)
            $0.client.fin = mark(21, at: 6.001)
            $0.server.fin = mark(22, at: 6.002)
        },
        Case(
            "not answered", .closeUnanswered, by: .server, nil, event(1000),
            "The server closed with 1000; the client hung up without answering it."
        ) {
            closed(&$0, close(.server, 1000, mark(20, at: 6)), isOver: false)
            $0.client.fin = mark(21, at: 6.001)
        },
        Case(
            "a heartbeat that got no pong from a machine that is gone", .closeUnanswered, by: .server, .pingTimeout, event(1006),
            "The server closed with 1011 (internal error) because its ping had got no pong for 20 s; "
                + "the client had stopped answering: 8 retransmissions from the server over 29.8 s got no reply."
        ) {
            closed(&$0, close(.server, 1011, mark(20, at: 40), reason: "so"), isOver: false)
            $0.server.fin = mark(30, at: 50)
            $0.isServerCloseDelivered = false
            $0.server.pings = EndFacts.Pings(count: 1, first: mark(15, at: 20))
            $0.server.repeats = EndFacts.Repeats(count: 8, first: mark(16, at: 20.2), last: mark(29, at: 50))
        },

        // MARK: Nobody closed
        Case(
            "an idle proxy", .finWithoutClose, by: .server, .idleTimeout, event(1006),
            "The server, or a proxy before it, hung up after 60 s of silence and without a close frame; "
                + "60 s is a usual idle timeout (nginx: proxy_read_timeout; AWS ALB: idle_timeout.timeout_seconds)."
        ) { $0.server.fin = mark(45, at: 65.012) },
        Case(
            "a proxy that listens to one side only", .finWithoutClose, by: .server, .idleTimeout, event(1006),
            "The server, or a proxy before it, hung up after 60 s without a word from the server and without a close frame; "
                + "60 s is a usual idle timeout (nginx: proxy_read_timeout; AWS ALB: idle_timeout.timeout_seconds)."
        ) {
            $0.client.spoke = mark(44, at: 61)
            $0.server.fin = mark(45, at: 65.012)
        },
        Case(
            "a silence of no usual length", .finWithoutClose, by: .client, nil, event(1006),
            "The client hung up without a close frame, after 45.7 s of silence: its process ended, its code closed the socket and not the "
                + "WebSocket, or a proxy on its side cut the connection."
        ) { $0.client.fin = mark(45, at: 50.7) },
        Case(
            "a silence that is only round", .finWithoutClose, by: .server, .idleTimeout, event(1006),
            "The server, or a proxy before it, hung up after 45 s of silence and without a close frame; "
                + "45 s is a round number, which suggests an idle timeout."
        ) { $0.server.fin = mark(45, at: 49.9996) },
        Case(
            "amid a frame", .finWithoutClose, by: .server, nil, event(1006),
            "The server hung up without a close frame, in the middle of a frame."
        ) {
            $0.server.fin = mark(45, at: 5.1)
            $0.server.cutOff = .payload(1_234)
        },
        Case(
            "a heartbeat, over a network that works", .finWithoutClose, by: .client, .pingTimeout, event(1006),
            "The client hung up without a close frame because its last 2 pings had got no pong for 40 s."
        ) {
            $0.client.fin = mark(45, at: 60)
            $0.client.pings = EndFacts.Pings(count: 2, first: mark(30, at: 20))
        },
        Case(
            "right after a broken rule", .reset, by: .server, .protocolError, event(1006),
            "The server reset the connection without a close frame right after the client's frame in packet 11 (not masked)."
        ) {
            $0.reset = EndFacts.Reset(by: .server, mark: mark(14, at: 4.01))
            $0.client.fault = EndFacts.Fault(rule: .maskMissing, mark: mark(11, at: 4), until: mark(11, at: 4).time)
        },
        Case(
            "data that may be unread", .reset, by: .server, nil, event(1006),
            "The server reset the connection without a close frame, after 1 s of silence: its process died, or "
                + "closed the socket by force or with data unread; its machine had received the client's last 58 bytes and sent no data since."
        ) { $0.reset = EndFacts.Reset(by: .server, mark: mark(20, at: 6), unanswered: 58) },
        Case(
            "a reset out of the blue", .reset, by: .client, nil, event(1006),
            "The client reset the connection without a close frame: its code closed the socket by force, or a proxy or firewall on the "
                + "way cut the connection."
        ) { $0.reset = EndFacts.Reset(by: .client, mark: mark(20, at: 5.5)) },
        Case(
            "nobody there", .reset, by: .server, .noAnswer, event(1006),
            "The client stopped answering: 5 retransmissions from the server over 11 s got no reply, and the server gave up with a reset."
        ) {
            $0.reset = EndFacts.Reset(by: .server, mark: mark(30, at: 20))
            $0.server.repeats = EndFacts.Repeats(count: 5, since: mark(13, at: 5.9).time, first: mark(14, at: 6), last: mark(29, at: 16.9))
        },
        Case(
            "a window that stayed closed", .finWithoutClose, by: .server, .notReading, event(1006),
            "The server hung up without a close frame when the client had stopped reading."
        ) {
            $0.server.fin = mark(45, at: 20)
            $0.client.stall = EndFacts.Stall(since: mark(20, at: 8), until: nil)
        },
        Case(
            "the capture lacks what came before the FIN", .finWithoutClose, by: .server, nil, nil,
            "TCP was closed by the server; whether it sent a close frame is not known, because the capture lacks the last 120 bytes of it."
        ) {
            $0.server.fin = mark(45, at: 65.012)
            $0.server.hidden = EndFacts.Hidden(byteCount: 120, mark: mark(44, at: 65))
        },

        // MARK: Not over
        Case("open", .stillOpen, by: nil, nil, nil, "Still open when the capture ended, with nothing said for 1 min 35 s.") { _ in },
        Case(
            "idle beyond what both ends allow", .stillOpen, by: nil, nil, nil,
            "Still open when the capture ended, but no packet came for 30 s: both ends have given the QUIC connection up by then, without a word."
        ) { $0.givenUpAfter = 30_000_000_000 },
        Case(
            "half open", .stillOpen, by: nil, .noAnswer, nil,
            "Still open when the capture ended, but the client had stopped answering: 3 retransmissions from the server over 1 s got no reply."
        ) { $0.server.repeats = EndFacts.Repeats(count: 3, first: mark(14, at: 6), last: mark(29, at: 7.001)) },
        Case(
            "two retransmissions are everyday loss", .stillOpen, by: nil, nil, nil,
            "Still open when the capture ended, with nothing said for 1 min 35 s."
        ) { $0.server.repeats = EndFacts.Repeats(count: 2, first: mark(14, at: 6), last: mark(29, at: 7.001)) },
    ]

    @Test("the facts make the verdict", arguments: cases + answers + upgrades + givenUpBelow)
    func judge(example: Case) {
        let verdict = Verdict(example.facts)
        #expect(verdict.manner == example.manner)
        #expect(verdict.by == example.by)
        #expect(verdict.cause == example.cause)
        #expect(verdict.browser == example.browser)
        #expect(verdict.text == example.text)
        let packets = verdict.facts.map(\.packet)
        #expect(packets == packets.sorted() && !packets.contains(0))
    }

    @Test(
        "a silence is as long as a usual timeout within the tolerance of timers",
        arguments: [
            (59.59, nil), (59.61, 60), (60.0, 60), (61.4, 60), (61.6, nil), (29.7, 30), (55.01, 55), (100, 100), (120, 120), (300.2, 300),
            (600, 600), (3_601, 3_600), (1, nil), (45, 45), (45.3, nil), (4.9996, 5), (350.1, 350), (240, 240), (0, nil),
        ] as [(Double, Int?)])
    func timeouts(seconds: Double, expected: Int?) {
        #expect(IdleTimeout.matching(Int64(seconds * 1_000_000_000))?.seconds == expected)
    }

    @Test("a verdict tells the silence, the timeout, and the echo")
    func figures() {
        var facts = Self.talk()
        facts.server.fin = Self.mark(45, at: 65.012)
        var verdict = Verdict(facts)
        #expect(verdict.idle == 60_012_000_000)
        #expect(verdict.timeout == 60)
        #expect(verdict.silent == nil)
        #expect(verdict.facts.map(\.text) == ["last data from the server before the end", "FIN from the server"])
        #expect(verdict.evidence == [12, 45])

        facts = Self.talk()
        Self.closed(&facts, Self.close(.client, 1000, Self.mark(20, at: 6)), Self.close(.server, 1001, Self.mark(21, at: 6.0025)))
        verdict = Verdict(facts)
        #expect(verdict.code == .normal)
        #expect(verdict.echo == Verdict.Echo(code: .goingAway, after: 2_500_000))
        #expect(verdict.evidence == [20, 21, 22, 23])
    }
}
