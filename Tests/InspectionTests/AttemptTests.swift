import Packets
import TestSupport
import Testing
import WebSocket

@testable import Inspection

/// TCP connections on which nothing was said.
@Suite struct AttemptTests {
    private static let opening = Conversation().pieces(closes: false)

    /// One that is established at once, and then ends with these segments.
    private static func attempt(_ ends: [(side: Side, flags: TCPFlags, second: Double)]) throws -> TransportAttempt {
        let client = opening[2].sequence
        let server = opening[2].acknowledgment
        var hasEnded: Set<Side> = []
        var pieces = opening
        for end in ends {
            let other = end.side.other
            let sequence = (end.side == .client ? client : server) &+ (hasEnded.contains(end.side) ? 1 : 0)
            let acknowledgment = (end.side == .client ? server : client) &+ (hasEnded.contains(other) ? 1 : 0)
            pieces.append(.init(side: end.side, sequence: sequence, acknowledgment: acknowledgment, flags: end.flags))
            if end.flags.contains(.fin) { hasEnded.insert(end.side) }
        }
        let recording = Recording.of(Conversation().packets(pieces), at: [0, 0.0001, 0.0002] + ends.map(\.second))
        #expect(recording.faults == [])
        #expect(recording.attempts.count == 1)
        return try #require(recording.attempts.first)
    }

    @Test("a side that hangs up did so when it sent its FIN, and one that is long in following is said to be")
    func halfClosed() throws {
        let attempt = try Self.attempt([
            (.client, [.fin, .ack], 0.0005), (.server, [.ack], 0.008), (.server, [.fin, .ack], 60.0605), (.client, [.ack], 60.0606),
        ])
        #expect(
            attempt.text
                == "TCP was established, but neither side sent a byte; the client hung up after 500 µs, and the server took 1 min 0 s to do the same."
        )
        let prompt = try Self.attempt([(.client, [.fin, .ack], 0.0005), (.server, [.fin, .ack], 0.001), (.client, [.ack], 0.002)])
        #expect(prompt.text == "TCP was established, but neither side sent a byte; the client hung up after 500 µs.")
    }

    @Test("a reset that answers a FIN came second, and one that follows nothing was first")
    func reset() throws {
        let second = try Self.attempt([(.client, [.fin, .ack], 0.0005), (.server, [.ack], 0.008), (.server, [.rst, .ack], 30)])
        #expect(second.endedByClient == true && !second.isReset)
        #expect(second.text.hasSuffix("the client hung up after 500 µs, and the server took 30 s to do the same."))
        let first = try Self.attempt([(.server, [.rst, .ack], 30)])
        #expect(first.endedByClient == false && first.isReset)
        #expect(first.text.hasSuffix("the server, or a proxy before it, hung up after 30 s."))
    }
}
