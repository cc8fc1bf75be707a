import Bytes
import Channels
import Packets
import Rules
import TestSupport
import Testing
import Verdicts
import WebSocket

@testable import Inspection

/// What the capture lacks is missing in the channels that it concerns, and nowhere else.
@Suite("Gaps go through layers") struct LayerGapTests {
    /// Texts both ways, a write each, and a good end.
    static func texts(_ name: String, count: Int = 12) -> Conversation {
        var random = SeededRandom(UInt64(name.utf8.count))
        var conversation = Conversation.upgraded()
        for number in 0..<count {
            conversation.frame(.server, 0x81, Array("\(name) says \(number)".utf8))
            conversation.frame(.client, 0x81, Array("\(name) hears \(number)".utf8), key: random.bytes(4))
        }
        conversation.frame(.client, 0x88, [3, 0xE8])
        conversation.frame(.server, 0x88, [3, 0xE8])
        return conversation
    }

    static func contents(_ messages: [SeenMessage]) -> [String] { messages.map { String(decoding: $0.content, as: UTF8.self) } }

    /// The packets without the server's segment of this index among those with data.
    static func packets(_ carried: Carried, losing index: Int, cut: () -> Int = { 1_448 }) throws -> [[UInt8]] {
        var pieces = carried.outer.pieces(cut: cut)
        let data = pieces.indices.filter { pieces[$0].side == .server && !pieces[$0].payload.isEmpty }
        try #require(index < data.count)
        pieces.remove(at: data[index])
        return carried.outer.packets(pieces)
    }

    /// Nothing is said of a peer.
    static func expectNoBlame(_ seen: LayerRecording, _ comment: Comment? = nil) {
        #expect(seen.findings.map(\.finding.rule).filter { $0.severity != .note } == [], comment)
        #expect(seen.recording.faults == [], comment)
    }

    @Test("a lost segment is a gap of bounded or unknown size in what records carry", arguments: [false, true])
    func lostRecord(isBounded: Bool) throws {
        let conversation = Self.texts("it")
        let carried = Carried.plain(conversation).scrambled()
        // The answer, five texts, and then the one that is lost.
        let packets = try Self.packets(carried, losing: 6)
        let seen = LayerRecording.of(packets, [ScrambledRecords.Factory(boundsGaps: isBounded)])
        Self.expectNoBlame(seen)
        let connection = try #require(seen.connection(0))
        var expected = conversation.expected[.server]?.messages ?? []
        expected.remove(at: 5)
        #expect(connection.server.messages == expected)
        #expect(connection.client == conversation.expected[.client])
        let gaps = seen.findings.filter { $0.finding.rule == .captureGap }.map { $0.finding.found ?? "" }
        let lost = Conversation.frame(0x81, Array("it says 5".utf8), key: nil).count + ScrambledRecords.headerByteCount
        let words = isBounded ? "at most 65,5\(35 + lost) bytes" : "an unknown number of bytes"
        #expect(gaps == ["\(words) from the server"])
        #expect(seen.findings.filter { $0.finding.rule == .resynchronized }.count == 1)
        #expect(connection.verdict?.manner == .closed)
    }

    @Test("a segment within a record takes the whole record with it, and no more", arguments: [1, 3, 6])
    func lostPart(part: Int) throws {
        let conversation = Self.around([UInt8](repeating: 0x78, count: 400))
        let carried = Carried.plain(conversation).scrambled()
        var pieces = carried.outer.pieces { 64 }
        // Seven segments, of which the first has the mark.
        let start = try #require(
            pieces.lastIndex { $0.side == .server && $0.payload.count == 64 && $0.payload.starts(with: ScrambledRecords.mark) })
        let data = pieces.indices.filter { $0 >= start && pieces[$0].side == .server && !pieces[$0].payload.isEmpty }
        pieces.remove(at: data[part])
        let seen = LayerRecording.of(carried.outer.packets(pieces), Inspector.Options.allLayers)
        Self.expectNoBlame(seen)
        let connection = try #require(seen.connection(0))
        let expected = (conversation.expected[.server]?.messages ?? []).filter { $0.length != 400 }
        #expect(connection.server.messages == expected)
    }

    /// A long text in the middle.
    private static func around(_ long: [UInt8]) -> Conversation {
        var random = SeededRandom(8)
        var conversation = Conversation.upgraded()
        for number in 0..<4 { conversation.frame(.server, 0x81, Array("before \(number)".utf8)) }
        conversation.frame(.server, 0x81, long)
        for number in 0..<8 {
            conversation.frame(.server, 0x81, Array("after \(number)".utf8))
            conversation.frame(.client, 0x81, Array("yes \(number)".utf8), key: random.bytes(4))
        }
        conversation.frame(.client, 0x88, [3, 0xE8])
        conversation.frame(.server, 0x88, [3, 0xE8])
        return conversation
    }

    @Test("a segment lost in the payload of one stream touches no other one", arguments: ThreeStreams.GapReport.allCases)
    func lostInOneStream(report: ThreeStreams.GapReport) throws {
        let long = [UInt8](repeating: 0x79, count: 1_200)
        let conversations = [Self.texts("one"), Self.around(long), Self.texts("three")]
        var random = SeededRandom(9)
        let carried = Carried.streams(conversations, using: &random)
        var pieces = carried.outer.pieces { 200 }
        // The third segment of the long text: nothing but its payload.
        let lost = try #require(pieces.firstIndex { $0.payload == [UInt8](repeating: 0x79, count: 200) })
        pieces.remove(at: lost)
        let seen = LayerRecording.of(carried.outer.packets(pieces), [ThreeStreams.Factory(gaps: report)])
        Self.expectNoBlame(seen)
        for stream in [1, 3] as [UInt64] {
            let connection = try #require(seen.connection(stream))
            for side in Side.allCases { #expect(connection[side] == conversations[Int(stream) - 1].expected[side]) }
            #expect(!connection.findings.contains(.captureGap))
        }
        let connection = try #require(seen.connection(2))
        #expect(connection.client == conversations[1].expected[.client])
        let certain = connection.server.messages.filter(\.isCertain)
        #expect(certain == (conversations[1].expected[.server]?.messages ?? []).filter { $0.length != 1_200 })
        let words: String =
            switch report {
            case .exact: "200 bytes"
            case .bounded: "at most 200 bytes"
            case .unknown: "an unknown number of bytes"
            }
        #expect(seen.findings.filter { $0.finding.rule == .captureGap }.map { $0.finding.found } == ["\(words) from the server"])
        #expect(connection.findings.contains(.resynchronized) == (report != .exact))
        #expect(connection.verdict?.manner == .closed)
    }

    @Test("a lost frame of the multiplexer is a gap of unknown size in all streams", arguments: [false, true])
    func lostHeader(inRecords: Bool) throws {
        let conversations = ["one", "two", "three"].map { Self.texts($0) }
        for seed in SeededRandom.seeds {
            var random = SeededRandom(seed)
            let streams = Carried.streams(conversations, using: &random)
            let carried = inRecords ? streams.scrambled() : streams
            let index = 12
            let packets = try Self.packets(carried, losing: index)
            let seen = LayerRecording.of(packets, Inspector.Options.allLayers)
            Self.expectNoBlame(seen, "seed \(seed)")
            // Which message it was: those of the server's writes after the first bytes of the multiplexer.
            var lostCount = 0
            for (index, conversation) in conversations.enumerated() {
                let connection = try #require(seen.connection(UInt64(index + 1)), "seed \(seed)")
                #expect(connection.client == conversation.expected[.client], "seed \(seed)")
                let expected = Self.contents(conversation.expected[.server]?.messages ?? [])
                let shown = Self.contents(connection.server.messages)
                #expect(connection.server.messages.allSatisfy { $0.isCertain }, "seed \(seed)")
                let missing = expected.filter { !shown.contains($0) }
                lostCount += missing.count
                #expect(shown == expected.filter { !missing.contains($0) }, "seed \(seed)")
            }
            #expect(lostCount <= 1, "seed \(seed)")
            let gaps = seen.findings.filter { $0.finding.rule == .captureGap }
            #expect(gaps.count <= 3 && !gaps.isEmpty, "seed \(seed)")
            #expect(gaps.allSatisfy { $0.finding.found == "an unknown number of bytes from the server" }, "seed \(seed)")
        }
    }

    @Test("a Close that may be among bytes of unknown number is not said to be missing")
    func hiddenClose() throws {
        var conversation = Conversation.upgraded()
        for number in 0..<4 { conversation.frame(.server, 0x81, Array("text \(number)".utf8)) }
        conversation.frame(.server, 0x88, [3, 0xE8])
        let carried = Carried.plain(conversation).scrambled()
        let packets = try Self.packets(carried, losing: 5)
        let seen = LayerRecording.of(packets, Inspector.Options.allLayers)
        Self.expectNoBlame(seen)
        let text = try #require(seen.connection(0)?.verdict?.text)
        #expect(text.contains("whether it sent a close frame is not known, because the capture lacks packets of it"))
    }

    @Test("whatever is lost, what is called complete is true", arguments: LayerTests.Stack.allCases, SeededRandom.seeds)
    func loss(stack: LayerTests.Stack, seed: UInt64) {
        var random = SeededRandom(seed)
        for rate in [40, 8] {
            let carried = LayerTests.carried(stack, &random, count: 50)
            var cuts = random
            let all = carried.outer.pieces { .random(in: 1...1_448, using: &cuts) }
            let kept = all.filter { $0.payload.isEmpty || Int.random(in: 0..<rate, using: &random) > 0 }
            for isBounded in [false, true] {
                let layers: [any LayerFactory] = [
                    ScrambledRecords.Factory(boundsGaps: isBounded), ThreeStreams.Factory(gaps: isBounded ? .bounded : .unknown),
                ]
                let seen = LayerRecording.of(carried.outer.packets(kept), layers)
                #expect(seen.recording.faults == [])
                for connection in seen.recording.spoken {
                    let blame = connection.findings.filter { $0.severity != .note }
                    #expect(blame == [], "1 of \(rate) lost")
                    let conversation = carried.conversations[connection.connection.carrier.stream ?? 0]
                    for side in Side.allCases {
                        let truth = conversation?.expected[side]?.messages ?? []
                        let shown = connection[side].messages.filter(\.isCertain)
                        #expect(isPart(shown, of: truth), "1 of \(rate) lost, \(side)")
                    }
                }
            }
        }
    }

    /// Everything of `part` is in `whole`, in this order.
    private func isPart(_ part: [SeenMessage], of whole: [SeenMessage]) -> Bool {
        var rest = whole[...]
        for message in part {
            guard let index = rest.firstIndex(of: message) else { return false }
            rest = rest[(index + 1)...]
        }
        return true
    }
}
