import Bytes
import Inspection
import Packets
import Rules
import TestSupport
import Testing
import Verdicts
import WebSocket

/// What can grow is bounded, and what a bound cuts off is told.
@Suite struct LimitTests {
    private static func options(_ change: (inout Limits) -> Void) -> Inspector.Options {
        var options = Inspector.Options()
        change(&options.limits)
        return options
    }

    private static let megabyte = [UInt8](repeating: 0x61, count: 1 << 20)

    @Test("a message beyond --limit-message is kept in part, counted whole, and leaves the next one alone")
    func message() throws {
        var conversation = Conversation.upgraded()
        conversation.frame(.server, 0x02, [UInt8](repeating: 1, count: 900))
        conversation.frame(.server, 0x80, [UInt8](repeating: 2, count: 900))
        conversation.frame(.server, 0x81, [UInt8](repeating: 0x62, count: 1_001))
        conversation.frame(.server, 0x81, [UInt8](repeating: 0x63, count: 1_000))
        let recording = Recording.of(conversation.packets(), Self.options { $0.messageByteCount = 1_000 })
        let seen = try #require(recording.connections.first)
        #expect(seen.server.messages.map(\.length) == [1_800, 1_001, 1_000])
        #expect(seen.server.messages.map(\.content.count) == [1_000, 1_000, 1_000])
        #expect(seen.server.messages.map(\.isCertain) == [true, true, true])
        #expect(seen.findings.filter { $0 == .messageLimit }.count == 2)
    }

    @Test("a head beyond --limit-head is told, and its connection is not followed", arguments: [Side.client, .server])
    func head(side: Side) {
        let filler = "X-Filler: " + String(repeating: "x", count: 3_000) + "\r\n"
        var conversation = Conversation()
        let long = Array("GET / HTTP/1.1\r\n\(filler)\r\n".utf8)
        conversation.say(.client, side == .client ? long : Conversation.request)
        conversation.say(.server, side == .server ? Array("HTTP/1.1 200 OK\r\n\(filler)\r\n".utf8) : [])
        let recording = Recording.of(conversation.packets(), Self.options { $0.headByteCount = 1_000 })
        let told = recording.findings + recording.connections.flatMap(\.findings)
        #expect(told.filter { $0 == .headLimit }.count == 1)
        #expect(recording.connections.map(\.connection.status) == (side == .client ? [] : [.unanswered]))
    }

    @Test("beyond --limit-connections the one idle for longest is forgotten, and it is told")
    func connections() {
        var packets: [[UInt8]] = []
        for port in 0..<1_200 {
            var conversation = Conversation.upgraded()
            conversation.client.port = UInt16(10_000 + port)
            conversation.frame(.client, 0x81, [0x41])
            packets += conversation.packets(conversation.pieces(closes: false))
        }
        let recording = Recording.of(packets, Self.options { $0.connectionCount = 100 })
        #expect(recording.faults == [])
        #expect(recording.connections.count == 1_200)
        #expect(recording.connections.allSatisfy { $0.client.frames.count == 1 })
        let forgotten = recording.connections.filter { $0.verdict?.manner == .forgotten }
        #expect(forgotten.count == 1_100)
        #expect(forgotten.allSatisfy { $0.findings.contains(.connectionLimit) })
        #expect(recording.connections.filter { $0.verdict?.manner == .stillOpen }.count == 100)
    }

    @Test("what waits behind a hole is bounded by --limit-reorder, and the hole is told")
    func reorder() throws {
        var conversation = Conversation.upgraded()
        for number in 0..<100 { conversation.frame(.server, 0x82, [UInt8](repeating: UInt8(number), count: 1_000)) }
        var pieces = conversation.pieces().filter { $0.side == .server || $0.flags.contains(.syn) || $0.payload.count > 100 }
        let lost = try #require(pieces.firstIndex { $0.payload.starts(with: [0x82]) })
        pieces.remove(at: lost)
        var most = 0
        let recording = Recording.of(conversation.packets(pieces), Self.options { $0.heldByteCount = 10_000 }) { most = max(most, $0) }
        #expect(most < 12_000)
        #expect(recording.connections.first?.findings.contains(.captureGap) == true)
        #expect(recording.connections.first?.server.frames.count == 99)
    }

    // MARK: --limit-memory

    @Test("content stops growing at --limit-memory, and it is told once for a connection")
    func content() throws {
        var conversation = Conversation.upgraded()
        for _ in 0..<3 { conversation.frame(.server, 0x81, Self.megabyte) }
        conversation.frame(.server, 0x81, Array("small".utf8))
        var most = 0
        let recording = Recording.of(conversation.packets(), Self.options { $0.totalByteCount = 100_000 }) { most = max(most, $0) }
        let seen = try #require(recording.connections.first)
        #expect(most <= 100_000)
        #expect(seen.server.messages.map(\.length) == [1 << 20, 1 << 20, 1 << 20, 5])
        #expect(seen.server.messages.map(\.content.count) == [100_000, 100_000, 100_000, 5])
        #expect(seen.findings.filter { $0 == .memoryLimit } == [.memoryLimit])
        #expect(!seen.findings.contains(.messageLimit))
    }

    @Test("content that was cut has no later bytes behind the cut")
    func cutForGood() throws {
        // Two connections take turns; when the first lets go, the second's message has a hole already.
        var first = Conversation.upgraded()
        var second = Conversation.upgraded()
        second.client.port = 50_000
        let text = Array("0123456789".utf8)
        let long = (0..<6_000).flatMap { _ in text }
        first.frame(.server, 0x82, [UInt8](repeating: 1, count: 50_000))
        second.frame(.server, 0x81, long)
        let one = first.packets(first.pieces(closes: false))
        let two = second.packets(second.pieces(closes: false))
        let half = one.count - 2
        let packets = Array(one[..<half]) + two[..<(two.count / 2)] + one[half...] + two[(two.count / 2)...]
        let recording = Recording.of(packets, Self.options { $0.totalByteCount = 60_000 })
        let message = try #require(recording.connections.last?.server.messages.first)
        #expect(message.length == 60_000)
        #expect(message.content.count < 60_000)
        #expect(message.content == Array(long.prefix(message.content.count)))
    }

    @Test("holes are passed over at --limit-memory, in the connection that grows")
    func holes() {
        var packets: [[UInt8]] = []
        for port in 0..<20 {
            var conversation = Conversation.upgraded()
            conversation.client.port = UInt16(40_000 + port)
            for number in 0..<20 { conversation.frame(.server, 0x82, [UInt8](repeating: UInt8(number), count: 1_000)) }
            var pieces = conversation.pieces(closes: false).filter {
                $0.side == .server || $0.flags.contains(.syn) || $0.payload.count > 100
            }
            if let lost = pieces.firstIndex(where: { $0.payload.starts(with: [0x82]) }) { pieces.remove(at: lost) }
            packets += conversation.packets(pieces)
        }
        var most = 0
        let recording = Recording.of(packets, Self.options { $0.totalByteCount = 100_000 }) { most = max(most, $0) }
        #expect(most < 110_000)
        #expect(recording.connections.count == 20)
        #expect(recording.connections.allSatisfy { $0.server.frames.count == 19 })
        #expect(recording.connections.filter { $0.findings.contains(.memoryLimit) }.count >= 10)
        #expect(recording.connections.allSatisfy { seen in seen.findings.filter { $0 == .memoryLimit }.count <= 1 })
    }

    @Test("undecided bytes are dropped at --limit-memory")
    func undecided() {
        var packets: [[UInt8]] = []
        for port in 0..<40 {
            var conversation = Conversation()
            conversation.client.port = UInt16(40_000 + port)
            conversation.say(.client, Conversation.request)
            conversation.say(.client, [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 1, 2, 3, 4] + [UInt8](repeating: 9, count: 20_000))
            packets += conversation.packets(conversation.pieces(closes: false).filter { $0.side == .client })
        }
        var most = 0
        let recording = Recording.of(packets, Self.options { $0.totalByteCount = 100_000 }) { most = max(most, $0) }
        // A little is free for each connection.
        #expect(most < 100_000 + 40 * 3_000)
        #expect(recording.connections.count == 40)
        #expect(recording.findings.filter { $0 == .memoryLimit } == [.memoryLimit])
    }

    @Test("a window of single bytes takes no time by its square")
    func singleBytes() {
        let growth = Growth(to: 60_000) { count in
            var conversation = Conversation()
            conversation.say(.client, [0x82, 0xFE, 0xFF, 0x00, 1, 2, 3, 4] + [UInt8](repeating: 9, count: count))
            let packets = conversation.packets(conversation.pieces(opens: false, closes: false, cut: { 1 }).filter { !$0.payload.isEmpty })
            return processorTime { #expect(Recording.of(packets).connections.isEmpty) }
        }
        #expect(growth.isLinear, "\(growth)")
    }
}
