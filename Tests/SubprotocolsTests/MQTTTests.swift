import Testing
import WebSocket
import TestSupport

@testable import Subprotocols

@Suite struct MQTTTests {
    /// CONNECT of a client "me", SUBSCRIBE 1 to a/#, PUBLISH 2 of QoS 2 to a/b, PUBREL 2, PINGREQ.
    private static let client: [UInt8] =
        [0x10, 14, 0, 4] + Array("MQTT".utf8) + [4, 2, 0, 60, 0, 2] + Array("me".utf8) + [0x82, 8, 0, 1, 0, 3] + Array("a/#".utf8) + [1]
        + [0x34, 9, 0, 3] + Array("a/b".utf8) + [0, 2, 0x68, 0x69] + [0x62, 2, 0, 2] + [0xC0, 0]
    private static let said = [
        "setup CONNECT me", "request SUBSCRIBE a/# #1", "request PUBLISH a/b #2", "response PUBREL #2 ok", "heartbeat PINGREQ",
    ]

    @Test("packets are the same in one message, byte by byte, and cut at random")
    func chopped() {
        #expect(Script(subprotocol: "mqtt").binary(.client, Self.client) == Self.said)
        let single = Script(subprotocol: "mqtt")
        #expect(Self.plain(Self.client.flatMap { single.binary(.client, [$0]) }) == Self.said)
        var random = SeededRandom(15)
        for _ in 0..<50 {
            let script = Script(subprotocol: "mqtt")
            var rest = Self.client[...]
            var lines: [String] = []
            while !rest.isEmpty {
                let count = Int.random(in: 1...min(7, rest.count), using: &random)
                lines += script.binary(.client, Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }
            #expect(Self.plain(lines) == Self.said)
        }
    }

    /// Without the message in which a packet begins.
    private static func plain(_ lines: [String]) -> [String] {
        lines.map { line in line.split(separator: " from ").first.map(String.init) ?? line }
    }

    @Test("each step of QoS 2 answers the one before")
    func qualityTwo() {
        let script = Script(subprotocol: "mqtt")
        script.binary(.client, [0x34, 9, 0, 3] + Array("a/b".utf8) + [0, 2, 0x68, 0x69])
        #expect(script.binary(.server, [0x50, 2, 0, 2]) == ["response PUBREC a/b #2 @1 1ms ok"])
        #expect(script.binary(.client, [0x62, 2, 0, 2]) == ["response PUBREL a/b #2 @2 1ms ok"])
        #expect(script.binary(.server, [0x70, 2, 0, 2]) == ["response PUBCOMP a/b #2 @3 1ms ok"])
        #expect(script.unanswered.isEmpty)
    }

    @Test("a connection that was promised as MQTT and carries something else is given up after three messages")
    func somethingElse() {
        let script = Script(subprotocol: "mqtt")
        for _ in 0..<3 { script.binary(.client, [0x0F, 1, 2]) }
        #expect(script.states == [.abandoned])
    }
}
