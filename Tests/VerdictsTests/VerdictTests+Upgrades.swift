import Bytes
import Channels
import Rules
import WebSocket

@testable import Verdicts

extension VerdictTests {
    /// Upgrades that were not granted, or not accepted.
    static let upgrades = [
        Case(
            "refused", .refused, by: .server, nil, event(1006), "The server refused the upgrade: 403 Forbidden."
        ) {
            $0.status = .refused
            $0.answer = EndFacts.Answer(status: 403, reason: "Forbidden", mark: mark(6, at: 0.1))
        },
        Case(
            "given up", .unanswered, by: .client, nil, event(1006),
            "The server did not answer the upgrade request, and the client gave up after 10 s."
        ) {
            $0.status = .unanswered
            $0.client.fin = mark(8, at: 10)
        },
        Case(
            "still waiting", .unanswered, by: nil, nil, nil,
            "The server did not answer the upgrade request; the client was still waiting when the capture ended 1 min 40 s later."
        ) { $0.status = .unanswered },
        Case(
            "answer rejected", .failed, by: .client, .handshakeError, event(1006),
            "The upgrade failed: the server's answer must not be accepted (wrong Sec-WebSocket-Accept), and the client rejected it."
        ) {
            $0.handshakeFault = EndFacts.Fault(rule: .acceptWrong, mark: mark(6, at: 0.001), until: mark(6, at: 0.001).time)
            $0.client.frameCount = 0
            $0.client.fin = mark(7, at: 0.002)
        },
        Case(
            "answer rejected by a strict client", .failed, by: .client, .handshakeError, event(1006),
            "The upgrade failed: the client rejected the server's answer, which strict clients do not accept (parameter not confirmed)."
        ) {
            $0.handshakeFlaw = EndFacts.Fault(rule: .deflateIgnored, mark: mark(6, at: 0.001), until: mark(6, at: 0.001).time)
            $0.client.frameCount = 0
            $0.client.fin = mark(7, at: 0.002)
        },
        Case(
            "a flaw that the client accepted", .finWithoutClose, by: .client, nil, event(1006),
            "The client hung up without a close frame: its process ended, its code closed the socket and not the WebSocket, or a proxy on "
                + "its side cut the connection."
        ) {
            $0.handshakeFlaw = EndFacts.Fault(rule: .deflateIgnored, mark: mark(6, at: 0.001), until: mark(6, at: 0.001).time)
            $0.client.frameCount = 0
            $0.client.fin = mark(7, at: 1.2)
        },
    ]
}
