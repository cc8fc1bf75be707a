import Bytes
import TestSupport
import Testing

@testable import Subprotocols

/// Bodies in which Engine.IO polls, as its protocol describes them.
@Suite struct EngineIOTests {
    private func packets(_ body: [UInt8], isOld: Bool = false, isWhole: Bool = true) -> (packets: [String], isRead: Bool) {
        var packets: [String] = []
        let isRead = EngineIOPayload(isOld: isOld).forEachPacket(in: body.span, isWhole: isWhole) { packet, isText in
            packets.append(isText ? String(decoding: packet.copied(), as: UTF8.self) : "\(packet.copied())")
        }
        return (packets, isRead)
    }

    private func packets(_ body: String, isOld: Bool = false, isWhole: Bool = true) -> (packets: [String], isRead: Bool) {
        packets(Array(body.utf8), isOld: isOld, isWhole: isWhole)
    }

    @Test("version 4 separates packets, and writes binary ones in base64")
    func separated() {
        #expect(packets("4hello\u{1E}2\u{1E}4world") == (["4hello", "2", "4world"], true))
        #expect(packets("451-[\"a\"]\u{1E}bAQIDBA==") == (["451-[\"a\"]", "[1, 2, 3, 4]"], true))
        #expect(packets("6") == (["6"], true))
        #expect(packets("") == ([], true))
    }

    @Test("version 3 writes the length before each packet, in units of UTF-16")
    func lengths() {
        #expect(packets("2:40", isOld: true) == (["40"], true))
        // From the protocol's document: a string of six, and one of two.
        #expect(packets("6:4hello2:4€", isOld: true) == (["4hello", "4€"], true))
        #expect(packets("3:4🎉1:2", isOld: true) == (["4🎉", "2"], true))
        #expect(packets("10:b4AQIDBA==", isOld: true) == (["[4, 1, 2, 3, 4]"], true))
    }

    @Test("version 3 counts characters or bytes where a body comes out even only so")
    func otherLengths() {
        #expect(packets("2:4🎉1:2", isOld: true) == (["4🎉", "2"], true))
        #expect(packets("4:4€1:2", isOld: true) == (["4€", "2"], true))
    }

    @Test("version 3 has binary bodies, with digits as bytes")
    func binary() {
        let text: [UInt8] = [0, 1, 2, 0xFF] + Array("42[\"€\"]....".utf8.prefix(12))
        #expect(Array("42[\"€\"]...".utf8).count == 12)
        #expect(packets(text, isOld: true) == (["42[\"€\"]..."], true))
        #expect(packets([1, 3, 0xFF, 4, 0xFF, 7], isOld: true) == (["[4, 255, 7]"], true))
        #expect(packets([0, 2, 0xFF] + Array("40".utf8) + [1, 2, 0xFF, 4, 1], isOld: true) == (["40", "[4, 1]"], true))
    }

    @Test(
        "what is no such body is not read",
        arguments: [
            "<html>busy</html>", "ok", "{\"code\":1}", "___eio[0](\"4:40{}\");", "d=2:40", "\u{1E}", "7", "b!", "9999999999:4", ":40", "2",
            "5:40",
            "-1:40",
        ])
    func foreign(body: String) {
        #expect(packets(body, isOld: true) == ([], false))
        if body.first.map({ !"0123456".contains($0) }) ?? false { #expect(packets(body) == ([], false)) }
    }

    @Test("of a body that is cut, the packets that are whole are read")
    func part() {
        #expect(packets("4hello\u{1E}4wor", isWhole: false) == (["4hello"], false))
        #expect(packets("6:4hello6:4wor", isOld: true, isWhole: false) == (["4hello"], false))
        #expect(packets([0, 2, 0xFF] + Array("400".utf8), isOld: true, isWhole: false) == (["40"], false))
    }

    @Test("between packets that are none, others are read")
    func between() {
        #expect(packets("40\u{1E}x\u{1E}2") == (["40", "2"], false))
        #expect(packets("40\u{1E}\u{1E}2") == (["40", "2"], false))
    }

    @Test("changed bodies never trap, and no packet is longer than they are", arguments: SeededRandom.seeds)
    func mutations(seed: UInt64) {
        let bodies: [[UInt8]] = [
            Array("40\u{1E}421[\"add\",1]\u{1E}bAQIDBA==".utf8), Array("2:4012:421[\"add\",1]3:4🎉".utf8),
            [0, 1, 2, 0xFF] + Array("421[\"add\",1]".utf8) + [1, 3, 0xFF, 4, 1, 2],
        ]
        var random = SeededRandom(seed)
        for _ in 0..<2_000 {
            var body = bodies.randomElement(using: &random)!
            random.damage(&body, times: 1...4)
            for isOld in [false, true] {
                var total = 0
                _ = EngineIOPayload(isOld: isOld).forEachPacket(in: body.span, isWhole: Bool.random(using: &random)) { packet, _ in
                    total += packet.count
                }
                #expect(total <= body.count, "seed \(seed)")
            }
        }
    }

    @Test("a million packets, lengths or separators take linear time")
    func bombs() {
        let many = Array(String(repeating: "1:2", count: 300_000).utf8)
        #expect(packets(many, isOld: true).packets.count == 300_000)
        // It comes out even in no unit.
        #expect(packets(many + Array("9:🎉".utf8), isOld: true).packets.count == 300_000)
        #expect(packets(Array(repeating: 0x1E, count: 1_000_000)) == ([], false))
        #expect(packets(Array(String(repeating: "2\u{1E}", count: 300_000).utf8)).packets.count == 300_000)
    }

    @Test("the packet that opens a session says its name, and when pings are due")
    func opening() throws {
        func opening(_ text: String) -> EngineIOOpening? { EngineIOOpening(Array(text.utf8).span) }
        let opened = try #require(opening(#"0{"sid":"abc","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}"#))
        #expect(opened.session == "abc" && opened.pingInterval == 25_000 && opened.pingTimeout == 20_000)
        #expect(opening(#"0{"sid":"abc"}"#)?.pingInterval == nil)
        for text in [#"4{"sid":"abc"}"#, "0", "0{", #"0{"sid":1}"#, #"0{"sid":""}"#, #"0{"pingInterval":1}"#, "6"] {
            #expect(opening(text) == nil, "\(text)")
        }
    }
}
