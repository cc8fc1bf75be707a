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

    @Test("of a packet that is longer than what is kept of one, the beginning is read, and what follows it")
    func long() {
        let length = 3 << 20
        let publish: [UInt8] =
            [0x32] + [0x80, 0x80, 0xC0, 1] + [0, 3] + Array("a/b".utf8) + [0, 7] + [UInt8](repeating: 0x78, count: length - 7)
        let script = Script(subprotocol: "mqtt")
        var lines: [String] = []
        for start in stride(from: 0, to: publish.count, by: 60_000) {
            lines += script.binary(.client, Array(publish[start..<min(start + 60_000, publish.count)]))
        }
        #expect(lines == ["request PUBLISH a/b #7 from 1"])
        #expect(script.binary(.server, [0x40, 2, 0, 7]).map { $0.hasPrefix("response PUBACK a/b #7") } == [true])
        #expect(script.binary(.client, [0xC0, 0]) == ["heartbeat PINGREQ"])
        #expect(script.states.isEmpty)
    }

    @Test("a request that spans messages is as old as the first of them")
    func age() {
        let script = Script(subprotocol: "mqtt")
        let publish: [UInt8] = [0x32, 7, 0, 3] + Array("a/b".utf8) + [0, 7]
        script.binary(.client, Array(publish[..<4]))
        script.binary(.client, [])
        // A request that is whole in the message where the other ends.
        script.binary(.client, publish[4...] + [0xC0, 0])
        #expect(script.binary(.server, [0x40, 2, 0, 7]) == ["response PUBACK a/b #7 @3 3ms ok"])
        #expect(script.binary(.server, [0xD0, 0]) == ["heartbeat PINGRESP @3 2ms ok"])
    }

    @Test("after a loss, a length that is more than is kept of a packet is no reason to wait for so much")
    func lengthAfterLoss() {
        let script = Script(subprotocol: "mqtt")
        script.binary(.client, [0x30, 0x80, 1, 0, 1])
        script.send(.client, [0x78], isText: false, isWhole: false)
        script.binary(.client, [0x30, 0xFF, 0xFF, 0xFF, 0x7F] + [UInt8](repeating: 0x78, count: 1 << 20))
        script.binary(.client, [UInt8](repeating: 0x78, count: 1 << 20))
        #expect(script.binary(.client, [0xC0, 0]) == ["heartbeat PINGREQ"])
    }
}
