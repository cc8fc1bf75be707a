import Bytes
import Channels
import Packets
import Rules
import TestSupport
import Testing
import Verdicts
import WebSocket

@testable import Inspection

/// What layers carry is read as if TCP carried it.
@Suite("Sessions stack on layers") struct LayerTests {
    /// A way in which conversations are carried.
    enum Stack: String, CaseIterable, Sendable {
        case records, streams, both

        var transport: String {
            switch self {
            case .records: "scrambled"
            case .streams: "streams"
            case .both: "streams+scrambled"
            }
        }
    }

    static func talk(_ random: inout SeededRandom, count: Int = 25, largest: Int = 1_500) -> Conversation {
        var conversation = Conversation.upgraded()
        conversation.chat(count, largest: largest, using: &random)
        return conversation
    }

    static func carried(_ stack: Stack, _ random: inout SeededRandom, count: Int = 25, largest: Int = 1_500) -> Carried {
        let talks = (0..<(stack == .records ? 1 : 3)).map { _ in talk(&random, count: count, largest: largest) }
        var cuts = SeededRandom(random.next())
        let cut = { Int.random(in: 0..<4, using: &cuts) == 0 ? Int.random(in: 1...40, using: &cuts) : 0xFFFF }
        switch stack {
        case .records: return Carried.plain(talks[0]).scrambled(cut: cut)
        case .streams: return .streams(talks, cut: cut, using: &random)
        case .both: return Carried.streams(talks, cut: cut, using: &random).scrambled(cut: cut, join: true)
        }
    }

    /// Expects everything that was said, in the packets in which it came, whether or not layers hand over ordinary units.
    static func expectAll(_ carried: Carried, _ stack: Stack, _ pieces: [Conversation.Piece], _ comment: Comment) {
        expectAll(carried, stack, pieces, Inspector.Options.allLayers, comment)
        expectAll(carried, stack, pieces, Inspector.Options.layersWithOrdinaryUnits, "\(comment), ordinary units")
    }

    private static func expectAll(
        _ carried: Carried, _ stack: Stack, _ pieces: [Conversation.Piece], _ layers: [any LayerFactory], _ comment: Comment
    ) {
        let seen = LayerRecording.of(carried.outer.packets(pieces), layers)
        #expect(seen.recording.faults == [], comment)
        #expect(seen.recording.connections.count == carried.conversations.count, comment)
        #expect(seen.recording.findings == [], comment)
        let numbers = Carried.packetNumbers(pieces)
        for (stream, conversation) in carried.conversations {
            guard let connection = seen.connection(stream) else {
                Issue.record("stream \(stream) is missing, \(comment)")
                continue
            }
            #expect(connection.connection.status == .open, comment)
            let carrier = Carrier(transport: stack.transport, stream: stack == .records ? nil : stream, flow: 1)
            #expect(connection.connection.carrier == carrier, comment)
            for side in Side.allCases { #expect(connection[side] == conversation.expected[side], "\(side) of \(stream), \(comment)") }
            #expect(connection.findings.map(\.rawValue).filter { !$0.hasPrefix("ping.") && !$0.hasPrefix("close.") } == [], comment)
            #expect(connection.verdict?.manner == .closed, comment)
            expectPackets(seen.frames[connection.connection.number] ?? [], stream, carried, numbers, comment)
            let handshake = connection.connection.packets
            let asked = carried.packets(of: 0..<Conversation.request.count, .client, of: stream, numbers)
            let answered = carried.packets(of: 0..<Conversation.response.count, .server, of: stream, numbers)
            #expect([handshake.first] + handshake.rest == (asked + answered).map { UInt64($0) }, comment)
        }
    }

    private static func expectPackets(
        _ frames: [Frame], _ stream: UInt64, _ carried: Carried, _ numbers: [Side: [Int]], _ comment: Comment
    ) {
        var wrong: [String] = []
        for frame in frames {
            let start = Int(frame.offset) + (frame.from == .client ? Conversation.request.count : Conversation.response.count)
            let range = start..<start + frame.header.byteCount + Int(frame.header.length)
            let packets = carried.packets(of: range, frame.from, of: stream, numbers)
            // The first byte is there with its record's first packet, the last with its record's last.
            let isRight =
                [frame.packets.first] + frame.packets.rest == packets.map { UInt64($0) }
                && frame.time.nanoseconds == Int64(packets.first ?? 0) * 1_000_000
                && frame.endTime.nanoseconds == Int64(packets.last ?? 0) * 1_000_000
            if !isRight { wrong.append("frame \(frame.number) of \(stream): \(frame.packets) and not \(packets)") }
        }
        #expect(wrong == [], comment)
    }

    @Test("every frame and message with its packets and times, however segments are cut", arguments: Stack.allCases, SeededRandom.seeds)
    func chopped(stack: Stack, seed: UInt64) {
        var random = SeededRandom(seed)
        let carried = Self.carried(stack, &random)
        Self.expectAll(carried, stack, carried.outer.pieces(), "whole")
        for largest in [20, 300, 20_000] {
            var cuts = random
            Self.expectAll(carried, stack, carried.outer.pieces { .random(in: 1...largest, using: &cuts) }, "up to \(largest)")
        }
    }

    @Test("byte by byte", arguments: Stack.allCases)
    func singleBytes(stack: Stack) {
        var random = SeededRandom(11)
        let carried = Self.carried(stack, &random, count: 12, largest: 400)
        Self.expectAll(carried, stack, carried.outer.pieces { 1 }, "single bytes")
    }

    @Test("several records in one segment, and several frames in one record")
    func joined() {
        var random = SeededRandom(5)
        var conversation = Conversation.upgraded()
        for number in 0..<6 { conversation.frame(.server, 0x81, Array("message \(number)".utf8)) }
        conversation.joinLast(6)
        for first in [0x01, 0x00, 0x80] as [UInt8] {
            conversation.frame(.client, first, random.bytes(30).map { $0 % 95 + 32 }, key: random.bytes(4))
        }
        conversation.joinLast(3)
        conversation.frame(.client, 0x88, [3, 0xE8])
        conversation.frame(.server, 0x88, [3, 0xE8])
        for size in [1, 7, 40, 0x4000] {
            let carried = Carried.plain(conversation).scrambled(cut: { size })
            for cut in [1_448, 11] { Self.expectAll(carried, .records, carried.outer.pieces { cut }, "records of \(size), cut at \(cut)") }
        }
    }

    @Test("the packets of a fragmented message are named once each, whatever its frames share")
    func messagePackets() throws {
        var conversation = Conversation.upgraded()
        for first in [0x01, 0x00, 0x80] as [UInt8] { conversation.frame(.server, first, Array("fragment".utf8)) }
        conversation.joinLast(3)
        let carried = Carried.plain(conversation).scrambled()
        var packets: [PacketList] = []
        struct Messages: EventSink {
            var lists: [PacketList] = []
            mutating func frame(_: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of _: Connection) {
                if let message { lists.append(message.packets) }
            }
            mutating func note(_ event: Event) {}
            var hasEnough: Bool { false }
        }
        var sink = Messages()
        var options = Inspector.Options()
        options.layers = Inspector.Options.allLayers
        var inspector = Inspector(options)
        let pieces = carried.outer.pieces(cut: { 10 })
        for (index, packet) in carried.outer.packets(pieces).enumerated() {
            inspector.inspect(PacketBuilder.header(UInt64(index + 1), of: packet), packet.span, into: &sink)
        }
        packets = sink.lists
        let list = try #require(packets.first)
        let numbers = [list.first] + list.rest
        #expect(numbers == numbers.sorted())
        #expect(Set(numbers).count == numbers.count)
        #expect(numbers.count == 4)
    }

    @Test("compressed messages with their window, and fragments", arguments: Stack.allCases)
    func compressed(stack: Stack) throws {
        // RFC 7692 §7.2.3: "Hello" twice with one window, and a block that is stored.
        let offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
        var conversation = Conversation()
        conversation.say(.client, Array(Conversation.request.dropLast(2)) + Array(offer.utf8))
        conversation.say(.server, Array(Conversation.response.dropLast(2)) + Array(offer.utf8))
        conversation.frame(.server, 0xC1, [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00])
        conversation.frame(.server, 0xC1, [0xF2, 0x00, 0x11, 0x00, 0x00])
        conversation.frame(.client, 0x41, [0xF2, 0x48, 0xCD])
        conversation.frame(.client, 0x80, [0xC9, 0xC9, 0x07, 0x00])
        conversation.frame(.server, 0xC1, [0x00, 0x05, 0x00, 0xFA, 0xFF] + Array("Hello".utf8) + [0x00])
        var random = SeededRandom(3)
        let carried: Carried =
            switch stack {
            case .records: Carried.plain(conversation).scrambled(cut: { 3 })
            case .streams: .streams([conversation, conversation, conversation], cut: { 5 }, using: &random)
            case .both: Carried.streams([conversation, conversation, conversation], cut: { 5 }, using: &random).scrambled(cut: { 9 })
            }
        for cut in [1_448, 4] {
            let seen = LayerRecording.of(carried.outer.packets(carried.outer.pieces { cut }), Inspector.Options.allLayers)
            #expect(seen.recording.faults == [])
            #expect(seen.recording.connections.count == carried.conversations.count)
            for connection in seen.recording.connections {
                #expect(connection.server.messages.map { String(decoding: $0.content, as: UTF8.self) } == ["Hello", "Hello", "Hello"])
                #expect(connection.client.messages.map { String(decoding: $0.content, as: UTF8.self) } == ["Hello"])
                #expect((connection.server.messages + connection.client.messages).allSatisfy { $0.isCertain })
            }
        }
    }

    @Test("messages through layers are those without them, and so is everything else that is found", arguments: SeededRandom.seeds)
    func metamorphic(seed: UInt64) {
        var random = SeededRandom(seed)
        let conversations = (0..<3).map { _ in Self.talk(&random) }
        let plain = conversations.map { Recording.of($0.packets()) }
        let streams = Carried.streams(conversations, cut: { 700 }, using: &random)
        for carried in [streams, streams.scrambled(cut: { 333 }), streams.scrambled().scrambledAgain()] {
            let seen = LayerRecording.of(carried.outer.packets(), Inspector.Options.allLayers)
            for (index, expected) in plain.enumerated() {
                let connection = seen.connection(UInt64(index + 1))
                #expect(connection.map { [$0.client, $0.server] } == expected.sides.first)
                #expect(connection?.verdict?.manner == expected.connections.first?.verdict?.manner)
            }
        }
    }

    @Test("a layer that nobody asked for is not read, and its bytes harm nothing")
    func withoutFactories() {
        var random = SeededRandom(2)
        for stack in Stack.allCases {
            let carried = Self.carried(stack, &random)
            let seen = LayerRecording.of(carried.outer.packets(), [])
            #expect(seen.recording.connections.isEmpty)
            #expect(seen.recording.faults == [])
        }
    }
}

extension Carried {
    /// Records in records.
    func scrambledAgain() -> Carried { scrambled(cut: { 1_000 }) }
}
