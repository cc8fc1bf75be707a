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
    ]
}
