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
            "a stream that is reset because the other side has ended it", .finWithoutClose, by: .client, nil, event(1006),
            "The client hung up without a close frame: its process ended, its code closed the socket and not the WebSocket, or a proxy on "
                + "its side cut the connection."
        ) {
            $0.client.fin = mark(24, at: 5.1)
            $0.client.endsStream = true
            resetStream(&$0, .server, "NO_ERROR", mark(25, at: 5.2))
        },
    ]

    private static func resetStream(_ facts: inout EndFacts, _ side: Side, _ name: String, _ mark: PacketMark) {
        facts[side].abort = EndFacts.Abort(carrier: "RST_STREAM", name: name, mark: mark)
        facts[side].fin = mark
        facts[side].endsStream = true
    }
}
