import Bytes
import Channels
import Rules
import WebSocket

@testable import Verdicts

extension VerdictTests {
    /// How the answer to a Close frame, or the lack of a code, changes what is said.
    static let answers = [
        Case(
            "an answer with a code that must not be sent", .closed, by: .client, nil, event(1006),
            "The client closed with 1000; the server answered with 2999 (not a valid code) 2 ms later."
        ) {
            closed(&$0, close(.client, 1000, mark(20, at: 6)), close(.server, 2999, mark(21, at: 6.002)))
            let fault = EndFacts.Fault(rule: .reservedOpcode, mark: mark(21, at: 6.002), until: mark(21, at: 6.002).time)
            ($0.server.firstFault, $0.server.fault) = (fault, fault)
        },
        Case(
            "an answer that complains of nothing that is known", .closed, by: .server, nil, event(1000, clean: true),
            "The server closed with 1000; the client answered with 1002 (protocol error) 2 ms later."
        ) { closed(&$0, close(.server, 1000, mark(20, at: 6)), close(.client, 1002, mark(21, at: 6.002))) },
        Case(
            "a close without a code, right after a broken rule", .closed, by: .client, .protocolError, event(1006),
            "The client closed without a code right after the server's frame in packet 19 (reserved opcode); the server agreed 1 ms later."
        ) {
            closed(&$0, close(.client, nil, mark(20, at: 6)), close(.server, nil, mark(21, at: 6.001)))
            let fault = EndFacts.Fault(rule: .reservedOpcode, mark: mark(19, at: 5.99), until: mark(19, at: 5.99).time)
            ($0.server.firstFault, $0.server.fault) = (fault, fault)
        },
        Case(
            "a close without a code, by a client that has let worse pass", .closed, by: .client, nil, event(1006),
            "The client closed without a code; the server agreed 1 ms later."
        ) {
            closed(&$0, close(.client, nil, mark(20, at: 6)), close(.server, nil, mark(21, at: 6.001)))
            $0.server.firstFault = EndFacts.Fault(rule: .reservedOpcode, mark: mark(12, at: 1), until: mark(12, at: 1).time)
            $0.server.fault = EndFacts.Fault(rule: .reservedOpcode, mark: mark(19, at: 5.99), until: mark(19, at: 5.99).time)
        },
        Case(
            "a side that is done with sending, and may yet be answered", .closeUnanswered, by: .client, nil, event(1006),
            "The client closed with 1000, and hung up; no answer had come when the capture ended 5 ms later."
        ) {
            closed(&$0, close(.client, 1000, mark(20, at: 6)), isOver: false)
            $0.client.fin = mark(21, at: 6.001)
            $0.time = Timestamp(nanoseconds: 6_005_000_000)
        },
        Case(
            "a stream that is given up by a side of which bytes are missing", .finWithoutClose, by: .server, .streamReset, nil,
            "The server reset the stream with CANCEL; whether it sent a close frame is not known, because the capture lacks packets of it."
        ) {
            $0.server.abort = EndFacts.Abort(carrier: "RST_STREAM", name: "CANCEL", mark: mark(16, at: 5.3))
            $0.server.fin = mark(16, at: 5.3)
            $0.server.hidden = EndFacts.Hidden()
        },
        Case(
            "a reset that answers what was not captured", .closeUnanswered, by: .server, .goingAway, nil,
            "The server closed with 1001 (going away); whether the client answered is not known: the server's reset seems to answer a "
                + "packet that the capture lacks."
        ) {
            closed(&$0, close(.server, 1001, mark(20, at: 6)), isOver: false)
            $0.client.lastPacket = mark(21, at: 6.001)
            $0.server.fin = mark(22, at: 7)
            $0.reset = EndFacts.Reset(by: .server, mark: mark(23, at: 8.5), isStateless: true)
        },
    ]
}
