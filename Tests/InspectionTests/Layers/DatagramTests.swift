import Bytes
import Channels
import Packets
import Rules
import TestSupport
import Testing
import Verdicts
import WebSocket

@testable import Inspection

/// What datagrams carry is read as if TCP carried it.
@Suite("Sessions stack on datagrams") struct DatagramTests {
    private struct Sent {
        var side: Side
        var bytes: [UInt8]
        /// From another port of the client.
        var hasMoved = false
    }

    private static func packet(_ sent: Sent) -> [UInt8] {
        var (client, server) = (PacketBuilder.client, PacketBuilder.server)
        if sent.hasMoved { client.port = 9 }
        let (from, to) = sent.side == .client ? (client, server) : (server, client)
        let header =
            PacketBuilder.bigEndian(from.port) + PacketBuilder.bigEndian(to.port) + PacketBuilder.bigEndian(UInt16(sent.bytes.count + 8))
        return PacketBuilder.ip(from: from.address, to: to.address, carrying: 17, header + [0, 0] + sent.bytes)
    }

    private static func inspect(_ sent: [Sent], finishes: Bool = true) -> LayerRecording {
        var options = Inspector.Options()
        options.datagrams = Postcards.Factory()
        var inspector = Inspector(options)
        var result = LayerRecording()
        for (index, sent) in sent.enumerated() {
            let bytes = packet(sent)
            let header = PacketBuilder.header(UInt64(index + 1), of: bytes, link: .raw, nanoseconds: Int64(index) * 1_000_000)
            inspector.inspect(header, bytes.span, into: &result)
        }
        if finishes { inspector.finish(into: &result) }
        result.recording.summary = inspector.summary
        return result
    }

    /// The client's bit is needed where its datagrams come on another path.
    private static func card(_ side: Side, _ stream: UInt8, _ kind: UInt8, at offset: Int, _ bytes: [UInt8] = []) -> Sent {
        Sent(side: side, bytes: Postcards.card(1, stream | (side == .client ? 0 : 0x80), kind, at: offset, bytes))
    }

    /// Conversations as datagrams of at most so many bytes, one step of one of them after another.
    private static func datagrams(_ talks: [Conversation], largest: Int = 700, _ random: inout SeededRandom) -> [Sent] {
        var rest = talks.map { $0.steps[...] }
        var offsets = [[Side: Int]](repeating: [:], count: talks.count)
        var sent: [Sent] = []
        while let index = rest.indices.filter({ !rest[$0].isEmpty }).randomElement(using: &random) {
            let step = rest[index].removeFirst()
            var bytes = step.bytes[...]
            while !bytes.isEmpty {
                let piece = bytes.prefix(largest)
                bytes = bytes.dropFirst(piece.count)
                sent.append(card(step.side, UInt8(index + 1), 0, at: offsets[index][step.side] ?? 0, Array(piece)))
                offsets[index][step.side, default: 0] += piece.count
            }
        }
        for index in talks.indices {
            for side in [Side.client, .server] { sent.append(card(side, UInt8(index + 1), 1, at: offsets[index][side] ?? 0)) }
        }
        return sent
    }

    private static func expectAll(_ seen: LayerRecording, _ talks: [Conversation], _ comment: Comment) {
        #expect(seen.recording.faults == [], comment)
        #expect(seen.recording.connections.count == talks.count, comment)
        for (index, talk) in talks.enumerated() {
            guard let connection = seen.connection(UInt64(index + 1)) else {
                Issue.record("stream \(index + 1) is missing, \(comment)")
                continue
            }
            let carrier = Carrier(transport: "postcards", stream: UInt64(index + 1), flow: 1)
            #expect(connection.connection.carrier == carrier, comment)
            for side in Side.allCases { #expect(connection[side] == talk.expected[side], "\(side) of \(index + 1), \(comment)") }
            #expect(connection.verdict?.manner == .closed, comment)
        }
    }

    @Test("streams of datagrams in order", arguments: 0..<8 as Range<UInt64>)
    func inOrder(_ seed: UInt64) {
        var random = SeededRandom(seed)
        let talks = (0..<3).map { _ in LayerTests.talk(&random) }
        let seen = Self.inspect(Self.datagrams(talks, &random))
        Self.expectAll(seen, talks, "seed \(seed)")
        #expect(seen.recording.summary.flows == 1)
        #expect(seen.recording.summary.datagramFlows == 1)
        #expect(seen.recording.summary.otherPackets == 0)
    }

    @Test("the client's port may change", arguments: 0..<4 as Range<UInt64>)
    func migration(_ seed: UInt64) {
        var random = SeededRandom(seed)
        let talks = [LayerTests.talk(&random), LayerTests.talk(&random)]
        var sent = Self.datagrams(talks, &random)
        for index in sent.indices.dropFirst(sent.count / 2) { sent[index].hasMoved = true }
        Self.expectAll(Self.inspect(sent), talks, "seed \(seed)")
    }

    @Test("bytes that come too late are those of the packets that brought them")
    func origins() throws {
        var talk = Conversation.upgraded()
        talk.frame(.server, 0x81, Array("one".utf8))
        talk.frame(.server, 0x81, Array("two".utf8))
        var random = SeededRandom(1)
        var sent = Self.datagrams([talk], &random)
        // Request, response, two frames, two ends.
        #expect(sent.count == 6)
        sent.swapAt(2, 3)
        let seen = Self.inspect(sent)
        let connection = try #require(seen.connection(1))
        #expect(connection[.server] == talk.expected[.server])
        let packets = try #require(seen.frames[connection.connection.number]).map(\.packets.first)
        #expect(packets == [4, 3])
    }

    @Test("a datagram that never came costs its bytes")
    func loss() throws {
        var talk = Conversation.upgraded()
        for index in 0..<6 { talk.frame(.server, 0x82, [UInt8](repeating: UInt8(index), count: 300)) }
        var random = SeededRandom(2)
        var sent = Self.datagrams([talk], largest: 200, &random)
        // The second half of the first frame: its header is known, and so is where the next one begins.
        sent.remove(at: 3)
        let seen = Self.inspect(sent)
        let connection = try #require(seen.connection(1))
        #expect(connection[.server].frames.count == 6)
        #expect(connection[.server].messages.dropFirst().map(\.content) == talk.expected[.server]?.messages.dropFirst().map(\.content))
        #expect(seen.findings.contains { $0.finding.rule == .captureGap })
    }

    @Test("what ends the connection ends its streams, and the verdict says so")
    func close() throws {
        var talk = Conversation.upgraded()
        talk.frame(.client, 0x81, Array("hello".utf8))
        var random = SeededRandom(3)
        var sent = Self.datagrams([talk], &random)
        sent.removeLast(2)
        sent.append(Self.card(.server, 1, 2, at: 0))
        let seen = Self.inspect(sent, finishes: false)
        let verdict = try #require(seen.connection(1)?.verdict)
        #expect(verdict.by == .server)
        #expect(verdict.cause == .connectionClose)
        #expect(verdict.abort == "ENOUGH")
    }

    @Test("other datagrams are counted as before")
    func strangers() {
        let seen = Self.inspect([Sent(side: .client, bytes: Array("something else".utf8))])
        #expect(seen.recording.summary.flows == 0)
        #expect(seen.recording.summary.otherPackets == 1)
    }

    /// Datagrams of several connections, each with an upgrade request and a piece that waits for one that never comes.
    private static func inspect(connections: Int, pieces: Int, largest: Int, memory: Int) -> (most: Int, left: Int, result: LayerRecording)
    {
        var options = Inspector.Options()
        options.datagrams = Postcards.Factory()
        options.limits.totalByteCount = memory
        var inspector = Inspector(options)
        var result = LayerRecording()
        var (number, most): (UInt64, Int) = (0, 0)
        for piece in 0...pieces {
            for name in 0..<connections {
                number += 1
                let offset = piece == 0 ? 0 : 10_000 + piece * largest
                let bytes = piece == 0 ? Conversation.request : [UInt8](repeating: 1, count: largest)
                let packet = packet(Sent(side: .client, bytes: Postcards.card(UInt8(name), 1, 0, at: offset, bytes)))
                inspector.inspect(
                    PacketBuilder.header(number, of: packet, link: .raw, nanoseconds: Int64(number)), packet.span, into: &result)
                most = max(most, inspector.waitingByteCount)
            }
        }
        inspector.finish(into: &result)
        return (most, inspector.waitingByteCount, result)
    }

    @Test("connections take memory, and the oldest give way to new ones")
    func memoryOfConnections() {
        let seen = Self.inspect(connections: 100, pieces: 0, largest: 0, memory: 20_000)
        #expect(seen.most < 24_000)
        #expect(seen.left == 0)
        #expect(seen.result.recording.connections.count == 100)
        #expect(seen.result.findings.contains { $0.finding.rule == .memoryLimit })
    }

    @Test("a connection that keeps much where memory is full gives way")
    func memoryOfWaitingBytes() {
        let seen = Self.inspect(connections: 10, pieces: 400, largest: 1_000, memory: 400_000)
        #expect(seen.most < 500_000)
        #expect(seen.left == 0)
        let enough = Self.inspect(connections: 10, pieces: 20, largest: 1_000, memory: 400_000)
        #expect(!enough.result.findings.contains { $0.finding.rule == .memoryLimit })
    }

    @Test("many connections are forgotten like any other")
    func limit() {
        var options = Inspector.Options()
        options.datagrams = Postcards.Factory()
        options.limits.connectionCount = 4
        var inspector = Inspector(options)
        var result = LayerRecording()
        var number: UInt64 = 0
        for name in 0..<UInt8(100) {
            for (offset, bytes) in [(0, Conversation.request), (Conversation.request.count, Array("more".utf8))] {
                number += 1
                let packet = Self.packet(Sent(side: .client, bytes: Postcards.card(name, 1, 0, at: offset, bytes)))
                inspector.inspect(
                    PacketBuilder.header(number, of: packet, link: .raw, nanoseconds: Int64(number)), packet.span, into: &result)
            }
        }
        inspector.finish(into: &result)
        #expect(inspector.summary.datagramFlows == 100)
        #expect(result.recording.connections.count == 100)
    }
}
