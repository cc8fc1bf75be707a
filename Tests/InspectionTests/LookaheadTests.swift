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
            if lookingAhead {
                for next in packets[index...] where !inspector.foresee(next.span, like: header) { break }
                inspector.fetchUpcoming()
            }
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

    @Test("sixteen packets are noted at most, and those that are not plain cost none of them")
    func limit() {
        var inspector = Inspector()
        let packet = Self.packets[0]
        let header = PacketBuilder.header(1, of: packet)
        let short: [UInt8] = [0, 1, 2]
        var noted = 0
        for _ in 0..<100 where inspector.foresee(short.span, like: header) { noted += 1 }
        #expect(noted == 100)
        noted = 0
        while inspector.foresee(packet.span, like: header) { noted += 1 }
        #expect(noted == 16)
        inspector.fetchUpcoming()
        let isNoted = inspector.foresee(packet.span, like: header)
        #expect(isNoted)
    }

    @Test("with few flows it is not asked for")
    func fewFlows() {
        let looksAhead = Inspector().looksAhead
        #expect(!looksAhead)
    }
}
