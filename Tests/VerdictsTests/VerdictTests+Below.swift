import Bytes
import Channels
import Rules
import WebSocket

@testable import Verdicts

extension VerdictTests {
    /// What ends in the layer that carries the connection.
    static let givenUpBelow = [
        Case(
            "an alert that answers the end of TCP, which came first", .finWithoutClose, by: .client, nil, event(1006),
            "The client hung up without a close frame: its process ended, its code closed the socket and not the WebSocket, or a proxy on "
                + "its side cut the connection."
        ) {
            $0.client.fin = mark(16, at: 5.3)
            $0.client.lacksCloseNotify = true
            $0.server.abort = EndFacts.Abort(carrier: "TLS alert", name: "decode_error", mark: mark(17, at: 5.3001))
            $0.reset = EndFacts.Reset(by: .client, mark: mark(18, at: 5.3002))
        },
        Case(
            "an alert, and the end of TCP that answers it", .finWithoutClose, by: .server, .transportAlert, event(1006),
            "The server gave up with the TLS alert bad_record_mac, and without a close frame."
        ) {
            $0.server.abort = EndFacts.Abort(carrier: "TLS alert", name: "bad_record_mac", mark: mark(16, at: 5.3))
            $0.client.fin = mark(17, at: 5.3001)
        },
        Case(
            "a stream that is reset at once", .finWithoutClose, by: .server, .streamReset, event(1006),
            "The server reset the stream with CANCEL, and without a close frame."
        ) { resetStream(&$0, .server, "CANCEL", mark(25, at: 5.2)) },
        Case(
            "a stream that is reset because the other side has ended it", .finWithoutClose, by: .client, nil, event(1006),
            "The client hung up without a close frame: its process ended, its code closed the socket and not the WebSocket, or a proxy on "
                + "its side cut the connection."
        ) {
            $0.client.fin = mark(24, at: 5.1)
            $0.client.endKind = .stream
            resetStream(&$0, .server, "NO_ERROR", mark(25, at: 5.2))
        },
        Case(
            "a server that ends its stream right after its Close", .closeUnanswered, by: .server, nil, event(4_005, clean: true),
            "The server closed with 4005: \"so\", and ended the stream without waiting for an answer, which browsers take for a clean end."
        ) {
            closed(&$0, close(.server, 4_005, mark(24, at: 5.1), reason: "so"), isOver: false)
            $0.server.fin = mark(25, at: 5.1001)
            $0.server.endKind = .stream
            resetStream(&$0, .client, "CANCEL", mark(26, at: 5.2))
        },
        Case(
            "a client that gives up its stream at a Close, which the server ends then", .closeUnanswered, by: .server, nil, event(1_000),
            "The server closed with 1000; the client hung up without answering it."
        ) {
            closed(&$0, close(.server, 1_000, mark(24, at: 5.1)), isOver: false)
            resetStream(&$0, .client, "CANCEL", mark(25, at: 5.2))
            $0.server.fin = mark(26, at: 5.3)
            $0.server.endKind = .stream
        },
        Case(
            "TLS that a client ends after the server has, and TCP before it", .finWithoutClose, by: .server, .idleTimeout, event(1006),
            "The server, or a proxy before it, hung up after 60 s of silence and without a close frame; 60 s is a usual idle timeout "
                + "(nginx: proxy_read_timeout; AWS ALB: idle_timeout.timeout_seconds)."
        ) {
            $0.server.fin = mark(24, at: 65)
            $0.server.endKind = .closeNotify
            $0.server.laterFin = mark(27, at: 65.002)
            $0.client.fin = mark(25, at: 65.001)
            $0.client.endKind = .closeNotify
            $0.client.laterFin = mark(26, at: 65.001)
            $0.reset = EndFacts.Reset(by: .server, mark: mark(28, at: 65.003))
        },
        Case(
            "a stream that is reset after a round silence", .finWithoutClose, by: .server, .streamReset, event(1006),
            "The server, or a proxy before it, reset the stream with CANCEL after 5 s of silence and without a close frame; "
                + "5 s is a round number, which suggests an idle timeout."
        ) { resetStream(&$0, .server, "CANCEL", mark(25, at: 10.001)) },
        Case(
            "a stream that is reset after a silence of no usual length", .finWithoutClose, by: .client, .streamReset, event(1006),
            "The client reset the stream with CANCEL, and without a close frame, after 7.3 s of silence."
        ) { resetStream(&$0, .client, "CANCEL", mark(25, at: 12.3)) },
        Case(
            "a stream that is reset for want of a pong", .finWithoutClose, by: .client, .streamReset, event(1006),
            "The client reset the stream with CANCEL without a close frame because its ping had got no pong for 7 s."
        ) {
            resetStream(&$0, .client, "CANCEL", mark(25, at: 12.3))
            $0.client.pings = EndFacts.Pings(count: 1, first: mark(14, at: 5.3))
        },
        Case(
            "a stream that is reset right after a broken rule", .finWithoutClose, by: .server, .streamReset, event(1006),
            "The server reset the stream with PROTOCOL_ERROR without a close frame right after the client's frame in packet 11 (not masked)."
        ) {
            resetStream(&$0, .server, "PROTOCOL_ERROR", mark(25, at: 5.2))
            $0.client.fault = EndFacts.Fault(rule: .maskMissing, mark: mark(11, at: 4.9), until: mark(11, at: 4.9).time)
        },
    ]

    private static func resetStream(_ facts: inout EndFacts, _ side: Side, _ name: String, _ mark: PacketMark) {
        facts[side].abort = EndFacts.Abort(carrier: "RST_STREAM", name: name, mark: mark)
        facts[side].fin = mark
        facts[side].endKind = .stream
    }
}
