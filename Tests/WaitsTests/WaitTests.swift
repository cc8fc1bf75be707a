import Testing
import Waits
import WebSocket

/// Milliseconds.
private func ms(_ count: Int64) -> Int64 { count * 1_000_000 }

@Suite struct WaitTests {
    /// A request that takes from 0 to 1 ms, and an answer from 299 to 300 ms.
    private func evidence(_ change: (inout WaitEvidence) -> Void = { _ in }) -> WaitEvidence {
        var evidence = WaitEvidence(
            asker: .client, requestStart: 0, requestEnd: ms(1), answerStart: ms(299), answerEnd: ms(300))
        evidence.roundTrip = ms(20)
        evidence.acknowledged = (ms(21), 7)
        change(&evidence)
        return evidence
    }

    private func hindrance(_ cause: Wait.Cause, of side: Side, _ start: Int64, _ end: Int64) -> Hindrance {
        Hindrance(cause, of: side, from: ms(start), to: ms(end))
    }

    /// Causes and milliseconds, and that they add up.
    private func causes(_ evidence: WaitEvidence, _ hindrances: [Hindrance] = []) -> [String] {
        let wait = Wait(evidence, hindrances)
        #expect(wait.parts.reduce(0) { $0 + $1.nanoseconds } == max(0, evidence.answerEnd - evidence.requestStart))
        #expect(wait.parts.allSatisfy { $0.nanoseconds > 0 })
        return wait.parts.map { "\($0.cause.name) \($0.nanoseconds / ms(1))" }
    }

    @Test("what is neither the way nor the bytes themselves is the peer's")
    func peer() {
        #expect(causes(evidence()) == ["peer 278", "network 20", "transfer 2"])
        let part = Wait(evidence(), []).parts[0]
        #expect(part.side == .server && part.firstPacket == 7)
    }

    @Test("without a round trip, the time up to the acknowledgement is not known")
    func withoutRoundTrip() {
        #expect(causes(evidence { $0.roundTrip = nil }) == ["peer 278", "unknown 20", "transfer 2"])
        #expect(causes(evidence { ($0.roundTrip, $0.acknowledged) = (nil, nil) }) == ["unknown 298", "transfer 2"])
    }

    @Test("the network takes no more than there is between request and answer")
    func fastAnswer() {
        #expect(causes(evidence { $0.roundTrip = ms(400) }) == ["network 298", "transfer 2"])
    }

    @Test("the way to the peer begins when the request is sent for the last time")
    func resentRequest() {
        let resent = hindrance(.resent, of: .client, 0, 200)
        #expect(causes(evidence { $0.acknowledged = (ms(220), 9) }, [resent]) == ["resent 200", "peer 79", "network 20", "transfer 1"])
    }

    @Test("what was sent again after it was acknowledged is not in the way")
    func lateRepetition() {
        #expect(causes(evidence(), [hindrance(.resent, of: .client, 50, 200)]) == ["peer 278", "network 20", "transfer 2"])
    }

    @Test("what the peer sends again keeps the answer back, whatever it belongs to")
    func resentAnswer() {
        #expect(causes(evidence(), [hindrance(.resent, of: .server, 100, 290)]) == ["resent 190", "peer 88", "network 20", "transfer 2"])
    }

    @Test("nothing comes through a closed window, whatever else there is; the peer's is in the way of the request alone")
    func window() {
        let both = [hindrance(.window, of: .client, 50, 250), hindrance(.headOfLine, of: .server, 30, 260)]
        #expect(causes(evidence(), both) == ["window 200", "peer 48", "head-of-line 30", "network 20", "transfer 2"])
        #expect(causes(evidence(), [hindrance(.window, of: .server, 50, 250)]) == ["peer 278", "network 20", "transfer 2"])
        let longRequest = evidence { $0.requestEnd = ms(200) }
        #expect(
            causes(longRequest, [hindrance(.window, of: .server, 50, 150)]) == ["transfer 101", "window 100", "peer 79", "network 20"])
    }

    @Test("hindrances that overlap count once")
    func overlapping() {
        let two = [hindrance(.headOfLine, of: .server, 100, 200), hindrance(.headOfLine, of: .server, 150, 250)]
        #expect(causes(evidence(), two) == ["head-of-line 150", "peer 128", "network 20", "transfer 2"])
    }

    @Test("the message that took longest is named, and the connection where it is another")
    func naming() {
        var (short, long) = (hindrance(.headOfLine, of: .server, 100, 110), hindrance(.headOfLine, of: .server, 110, 250))
        (short.message, short.connection) = (4, 1)
        (long.message, long.connection) = (5, 2)
        let part = Wait(evidence { $0.connection = 1 }, [short, long]).parts[0]
        #expect(part.message == 5 && part.connection == 2)
    }

    @Test("what lies before all that is known is unknown")
    func forgotten() {
        #expect(causes(evidence { $0.knownSince = ms(100) }) == ["peer 179", "unknown 100", "network 20", "transfer 1"])
    }

    @Test("a clock that was set back explains nothing")
    func clock() {
        #expect(causes(evidence { $0.answerEnd = -1 }) == [])
    }

    @Test("extreme times do not overflow")
    func extremes() {
        var extreme = evidence()
        extreme.requestStart = .min / 2
        extreme.requestEnd = .max / 2 - 1
        extreme.answerStart = .min
        extreme.answerEnd = .max / 2 - 1
        extreme.roundTrip = .max
        _ = Wait(extreme, [Hindrance(.window, of: .client, from: .min, to: .max)])
    }
}
