import Packets
import Testing
import Verdicts
import WebSocket

@testable import Inspection

/// Verdicts where the capture lacks a packet of the end: nobody is blamed for what another packet shows, or none does.
@Suite struct LostEndTests {
    typealias Wire = VerdictPacketTests.Wire

    private func expect(
        _ verdict: Verdict?, _ manner: Verdict.Manner, by: Side?, _ cause: Verdict.Cause?, browser code: UInt16?,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(verdict?.manner == manner, sourceLocation: location)
        #expect(verdict?.by == by, sourceLocation: location)
        #expect(verdict?.cause == cause, sourceLocation: location)
        #expect(verdict?.browser?.code.rawValue == code, sourceLocation: location)
    }

    @Test("a FIN that only the other side's acknowledges was first", arguments: Side.allCases, [false, true])
    func unseenFIN(first: Side, isClosedAfter: Bool) {
        var wire = Wire()
        wire.send(first, flags: [.fin, .ack], at: 60.01)
        if isClosedAfter { wire.close(first.other, 1000, at: 60.011) }
        wire.send(first.other, flags: [.fin, .ack], at: 60.012)
        wire.send(first, at: 60.013)
        wire.lose(7)
        let verdict = wire.verdict
        expect(verdict, .finWithoutClose, by: first, .idleTimeout, browser: 1006)
        #expect(
            verdict?.facts.map(\.text).contains(
                "acknowledgement from the \(first.other.name) of a FIN that was not captured") == true)
    }

    @Test("a Close that only the end of TCP answers, which was not captured, is the first sign of the end")
    func unseenAnswer() {
        var wire = Wire()
        wire.close(.client, 1000, at: 1)
        wire.end(.server, at: 1.1)
        wire.lose(8)
        let verdict = wire.verdict
        expect(verdict, .closeUnanswered, by: .client, nil, browser: 1006)
        #expect(verdict?.text == "The client closed with 1000; the server hung up without answering it.")
    }

    @Test("who hangs up after receiving more than was captured may not be first", arguments: Side.allCases, [false, true])
    func hungUpSecond(first: Side, isReset: Bool) {
        var wire = Wire()
        wire.close(first, 1000, at: 1)
        wire.send(first.other, flags: isReset ? [.rst, .ack] : [.fin, .ack], at: 1.001)
        wire.lose(7)
        let verdict = wire.verdict
        // A client that got no Close and hung up reports 1006; whether it got one is not known.
        expect(verdict, isReset ? .reset : .finWithoutClose, by: nil, nil, browser: first == .client ? 1006 : nil)
        #expect(verdict?.unknown == .order)
        let lost = first == .client ? 8 : 4
        #expect(
            verdict?.text.contains(
                "whether the \(first.name) had closed or hung up before is not known, because the capture lacks the last \(lost) bytes of it"
            )
                == true)
    }

    @Test("a reset without an acknowledgement answers a packet, which may have brought the answer to a Close")
    func answeringReset() {
        var wire = Wire()
        wire.close(.client, 1000, at: 1)
        wire.send(.client, flags: [.fin, .ack], at: 1.001)
        wire.close(.server, 1000, at: 1.002)
        wire.send(.client, flags: [.rst], at: 1.003)
        wire.lose(9)
        let verdict = wire.verdict
        expect(verdict, .closeUnanswered, by: .client, nil, browser: nil)
        #expect(verdict?.unknown == .answer)
    }

    @Test("a reset acknowledges what was sent, whether it was captured or not")
    func acknowledgingReset() {
        var wire = Wire()
        wire.close(.server, 1000, at: 1)
        wire.close(.client, 1000, at: 1.001)
        wire.send(.server, flags: [.rst, .ack], at: 1.002)
        wire.lose(8)
        let verdict = wire.verdict
        expect(verdict, .closeUnanswered, by: .server, nil, browser: nil)
        #expect(
            verdict?.text
                == "The server closed with 1000; whether the client answered is not known, because the capture lacks the last 8 bytes of it."
        )
    }

    @Test("nobody ended a handshake whose answer the capture lacks")
    func lostRefusal() {
        var wire = Wire(answer: Array("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".utf8))
        wire.send(.client, at: 0.004)
        wire.end(.client, at: 1)
        wire.lose(3)
        expect(wire.verdict, .unanswered, by: nil, nil, browser: nil)
    }
}
