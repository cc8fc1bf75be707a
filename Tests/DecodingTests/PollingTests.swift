import Inspection
import Packets
import TestSupport
import Testing
import WebSocket

/// What Engine.IO says by polling, and the WebSocket that goes on with it.
@Suite struct PollingTests {
    /// A session that opens, connects, asks and is upgraded before the answer comes; the last poll is answered while the WebSocket opens.
    private static func talk(
        version: Int = 4, coding: String? = nil, isChunked: Bool = false, change: (inout [UInt8]) -> Void = { _ in }
    ) -> PolledTalk {
        func bytes(_ packets: String...) -> [UInt8] {
            var body =
                version == 4
                ? Array(packets.joined(separator: "\u{1E}").utf8) : packets.flatMap { Array("\($0.utf16.count):\($0)".utf8) }
            change(&body)
            return body
        }
        func answer(_ packets: String...) -> [UInt8] {
            let body = packets.count == 1 ? bytes(packets[0]) : bytes(packets[0], packets[1])
            return coding == nil ? body : CaptureFileBuilder.gzip(body)
        }
        var talk = PolledTalk()
        talk.exchange(
            50_001, "GET", answer: answer(PolledTalk.opening), session: nil, version: version, coding: coding, isChunked: isChunked)
        talk.exchange(50_001, "POST", body: bytes("40", #"421["add","ü🎉"]"#), answer: Array("ok".utf8), version: version)
        talk.exchange(
            50_002, "GET", answer: answer(#"40{"sid":"x"}"#, #"42["news"]"#), version: version, coding: coding, isChunked: isChunked)
        talk.upgrade(50_003, version: version, [(.client, "2probe"), (.server, "3probe")])
        talk.exchange(50_002, "GET", answer: answer("6"), version: version, coding: coding, isChunked: isChunked)
        talk.post(50_001, version == 4 ? "422[\"ask\"]" : "10:422[\"ask\"]", version: version)
        return talk
    }

    private static func segments(
        version: Int = 4, coding: String? = nil, isChunked: Bool = false, server: Endpoint = PacketBuilder.server,
        cut: () -> Int = { .max },
        change: (inout [UInt8]) -> Void = { _ in }
    ) -> [Talk.Segment] {
        talk(version: version, coding: coding, isChunked: isChunked, change: change).segments(server: server, cut: cut)
    }

    private static func operation(
        _ role: String, _ type: String, _ name: String = "", _ detail: String = "", _ id: String = "", answers: UInt64? = nil,
        after milliseconds: Int64? = nil
    ) -> String {
        let request = answers.map { 1 << 63 + $0 } ?? 0
        let latency = milliseconds.map { $0 * 1_000_000 } ?? -1
        return "\(role) \(type) \(["", name, detail, id, "", ""]) @\(request) \(latency) \(milliseconds == nil ? "" : "ok") 0"
    }

    /// What is said of the packets that came before the upgrade, by the bytes above.
    private static let polledLines = [
        "polled 1 server \(operation("setup", "open", "", PolledTalk.session))",
        "polled 2 client \(operation("setup", "CONNECT"))",
        "polled 3 client \(operation("request", "EVENT", "add", "", "1"))",
        "polled 4 server \(operation("setup", "CONNECT", answers: 2, after: 3))",
        "polled 5 server \(operation("event", "EVENT", "news"))",
    ]

    @Test("a session that began by polling says so where its WebSocket opens", arguments: [4, 3])
    func beginning(version: Int) {
        let lines = Notes.of(Self.segments(version: version), reportsPolling: true).lines
        #expect(lines.first == "recognised socket.io url")
        #expect(lines.dropFirst().first == "polled \(PolledTalk.session) 2 3 0 0 ")
        #expect(Array(lines.dropFirst(2).prefix(5)) == Self.polledLines)
        #expect(lines.contains("polled \(PolledTalk.session) 2 4 0 0 "))
        #expect(lines.contains("polled 6 server \(Self.operation("setup", "noop"))"))
        #expect(lines.contains("polled 7 client \(Self.operation("request", "EVENT", "ask", "", "2"))"))
    }

    @Test("an answer over WebSocket is paired with the request that was polled, and a request that nothing answers is named")
    func pairing() {
        var talk = PolledTalk()
        talk.get(50_001, PolledTalk.opening, session: nil)
        talk.post(50_001, "40\u{1E}421[\"add\"]\u{1E}422[\"lost\"]")
        talk.upgrade(50_003, [(.client, "2probe"), (.server, "3probe"), (.client, "5"), (.server, "431[]")])
        let lines = Notes.of(talk.segments(), reportsPolling: true).lines
        // The request was the third write, the answer the tenth.
        #expect(lines.contains("4 server \(Self.operation("response", "ACK", "add", "", "1", answers: 3, after: 7))"))
        // Nor was the namespace connected.
        let silent = [2, 4].map { 1 << 63 + $0 as UInt64 }
        #expect(lines.last == "unanswered socket.io \(silent) 0 true")
    }

    @Test("chunked and compressed answers, and segments cut anywhere, say the same", arguments: SeededRandom.seeds)
    func cut(seed: UInt64) {
        for version in [4, 3] {
            let whole = Notes.of(Self.segments(version: version), reportsPolling: true).lines
            for (coding, isChunked) in [(nil, true), ("gzip", false), ("gzip", true)] as [(String?, Bool)] {
                let lines = Notes.of(Self.segments(version: version, coding: coding, isChunked: isChunked), reportsPolling: true).lines
                #expect(lines == whole, "\(coding ?? "-") \(isChunked)")
            }
            for largest in [1, 7, 200] {
                var random = SeededRandom(seed)
                let segments = Self.segments(
                    version: version, coding: "gzip", isChunked: true, cut: { .random(in: 1...largest, using: &random) })
                #expect(Notes.of(segments, reportsPolling: true).lines == whole, "up to \(largest), seed \(seed)")
            }
        }
    }

    @Test("without being asked for, nothing is reported of polling")
    func off() {
        let lines = Notes.of(Self.segments()).lines
        #expect(!lines.isEmpty && lines.allSatisfy { !$0.hasPrefix("polled") })
    }

    @Test("a session of another name, server or path of upgrade is not taken for the WebSocket's")
    func others() {
        var talk = PolledTalk()
        talk.get(50_001, PolledTalk.opening, session: nil)
        talk.post(50_001, "421[\"add\"]")
        talk.upgrade(50_003, session: "another", [(.client, "2probe"), (.server, "431[]")])
        let lines = Notes.of(talk.segments(), reportsPolling: true).lines
        #expect(lines.allSatisfy { !$0.hasPrefix("polled") && !$0.contains("@\(1 << 63 + 2 as UInt64)") })

        var polls = PolledTalk()
        polls.get(50_001, PolledTalk.opening, session: nil)
        var upgrade = PolledTalk()
        upgrade.upgrade(50_003, [(.client, "2probe")])
        let elsewhere = Endpoint(address: PacketBuilder.server.address, port: 8_080)
        let apart = Notes.of(polls.segments(server: elsewhere) + upgrade.segments(), reportsPolling: true).lines
        #expect(apart.allSatisfy { !$0.hasPrefix("polled") })
    }

    @Test("bodies that are not of the protocol are counted, and refused requests say nothing")
    func foreign() {
        var talk = PolledTalk()
        talk.get(50_001, PolledTalk.opening, session: nil)
        talk.get(50_001, "<html>busy</html>")
        talk.exchange(50_001, "GET", answer: Array("421[\"x\"]".utf8), status: "400 Bad Request")
        talk.exchange(50_001, "OPTIONS", answer: Array("421[\"x\"]".utf8))
        talk.exchange(50_001, "GET", answer: Array("421[\"x\"]".utf8), coding: "br")
        talk.upgrade(50_003, [(.client, "2probe")])
        let lines = Notes.of(talk.segments(), reportsPolling: true).lines
        #expect(lines.contains("polled \(PolledTalk.session) 0 1 0 2 "))
    }

    @Test("after a packet that does not fit, the WebSocket is read by itself")
    func misfit() {
        var talk = PolledTalk()
        talk.get(50_001, PolledTalk.opening, session: nil)
        talk.post(50_001, "40\u{1E}42nothing of the kind\u{1E}421[\"add\"]")
        talk.upgrade(50_003, [(.client, "2probe"), (.server, "3probe")])
        let lines = Notes.of(talk.segments(), reportsPolling: true).lines
        #expect(lines.contains("polled \(PolledTalk.session) 3 1 0 0 3"))
        #expect(lines.contains { $0.hasPrefix("2 server setup pong") })
        #expect(!lines.contains { $0.hasPrefix("abandoned") })
    }

    @Test("packets beyond the limit are counted, and so is a body that is longer than is kept")
    func limits() {
        var talk = PolledTalk()
        talk.get(50_001, PolledTalk.opening, session: nil)
        talk.post(50_001, Array(repeating: "42[\"a\"]", count: 299).joined(separator: "\u{1E}"))
        talk.upgrade(50_003, [(.client, "2probe")])
        let segments = talk.segments()
        #expect(Notes.of(segments, reportsPolling: true).lines.contains("polled \(PolledTalk.session) 299 1 44 0 "))
        var limits = Limits()
        limits.polledByteCount = PolledTalk.opening.utf8.count
        let lines = Notes.of(segments, reportsPolling: true, limits: limits).lines
        // Seven bytes and a separator each.
        #expect(lines.contains("polled \(PolledTalk.session) \(PolledTalk.opening.utf8.count / 8) 1 0 1 "))
    }

    @Test("a session whose name is far too long is none of Engine.IO", arguments: [1_000, 3_000])
    func longName(length: Int) {
        let name = String(repeating: "s", count: length)
        var talk = PolledTalk()
        talk.post(50_001, "421[\"add\"]", session: name)
        talk.upgrade(50_003, session: name, [(.client, "2probe")])
        let lines = Notes.of(talk.segments(), reportsPolling: true).lines
        #expect(lines.contains { $0.hasPrefix("polled") } == (length == 1_000))
    }

    @Test("of too many sessions the first is forgotten, and its WebSocket says so")
    func forgotten() {
        var talk = PolledTalk()
        talk.get(50_001, PolledTalk.opening, session: nil)
        for number in 0..<4_096 { talk.get(50_001, "2", session: "s\(number)") }
        talk.upgrade(50_003, [(.client, "2probe")])
        talk.upgrade(50_004, session: "s4095", [(.client, "2probe")])
        let lines = Notes.of(talk.segments(), reportsPolling: true).lines
        #expect(lines.filter { $0 == "polling forgotten" }.count == 1)
        #expect(lines.contains("polled - 0 1 0 0 "))
    }

    @Test("changed bodies never trap, and what follows over WebSocket is read all the same", arguments: SeededRandom.seeds)
    func mutations(seed: UInt64) {
        var random = SeededRandom(seed)
        for round in 0..<40 {
            let change = { (body: inout [UInt8]) in random.damage(&body, times: 0...2) }
            let segments = Self.segments(version: round % 2 == 0 ? 4 : 3, change: change)
            let lines = Notes.of(segments, reportsPolling: true).lines
            #expect(lines.contains { $0.hasPrefix("1 client setup ping") }, "seed \(seed), round \(round)")
            #expect(lines.contains { $0.hasPrefix("2 server setup pong") }, "seed \(seed), round \(round)")
        }
    }
}
