import Bytes
import Packets
import TestSupport
import Testing
import WebSocket

@testable import Inspection

@Suite("Packets that come soon are looked at before they are taken")
struct LookaheadTests {
    /// Counts what is reported.
    private struct Counts: EventSink {
        var frames = 0
        var events = 0

        mutating func frame(
            _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
        ) { frames += 1 }

        mutating func note(_ event: Event) { events += 1 }
        var hasEnough: Bool { false }
    }

    private static let packets: [[UInt8]] = {
        var conversation = Conversation.upgraded()
        for number in 0..<100 { conversation.frame(number % 3 == 0 ? .client : .server, 0x81, [UInt8](repeating: 0x41, count: number)) }
        return conversation.packets()
    }()

    private static func inspect(lookingAhead: Bool) -> (frames: Int, events: Int) {
        var inspector = Inspector()
        var counts = Counts()
        for (index, packet) in packets.enumerated() {
            let header = PacketBuilder.header(UInt64(index + 1), of: packet)
            if lookingAhead { fetchRows(for: Array(packets[index...]), header, &inspector) }
            inspector.inspect(header, packet.span, into: &counts)
        }
        inspector.finish(into: &counts)
        return (counts.frames, counts.events)
    }

    @Test("what is reported stays the same")
    func same() {
        let (plain, ahead) = (Self.inspect(lookingAhead: false), Self.inspect(lookingAhead: true))
        #expect(ahead.frames == plain.frames)
        #expect(ahead.events == plain.events)
        #expect(plain.frames >= 100)
    }

    /// With all of them side by side.
    private static func fetchRows(for packets: [[UInt8]], _ header: PacketHeader, _ inspector: inout Inspector) {
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        for packet in packets {
            ranges.append(bytes.count..<bytes.count + packet.count)
            bytes += packet
        }
        inspector.fetchRows(for: ranges.span, of: bytes.span, like: header)
    }

    @Test("packets that are not plain are passed over, at the first places and among others")
    func others() {
        var inspector = Inspector()
        let header = PacketBuilder.header(1, of: Self.packets[0])
        let short = [[UInt8]](repeating: [0, 1, 2], count: 30)
        Self.fetchRows(for: short + Self.packets, header, &inspector)
        Self.fetchRows(for: [Self.packets[0]] + short + [[]] + Self.packets, header, &inspector)
        var counts = Counts()
        inspector.finish(into: &counts)
        #expect(counts.frames == 0)
        #expect(counts.events == 0)
    }

    @Test("with few flows it is not asked for")
    func fewFlows() {
        let looksAhead = Inspector().looksAhead
        #expect(!looksAhead)
    }
}
