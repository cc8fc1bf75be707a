import Bytes
import Channels
import Inspection
import Packets
import TestSupport
import Testing
import Verdicts
import WebSocket

@Suite("A connection whose first packets stand in another order in the file")
struct GatheringTests {
    /// Packets, and when each was captured.
    private typealias File = (packets: [[UInt8]], seconds: [Double])

    private static func conversation(_ seed: UInt64) -> Conversation {
        var random = SeededRandom(seed)
        var conversation = Conversation.upgraded()
        conversation.chat(30, using: &random)
        return conversation
    }

    /// Half of the packets stand up to so many places after where they belong, with the times that they have.
    private static func shuffled(_ packets: [[UInt8]], by reach: Double, _ seed: UInt64, isClockRight: Bool = true) -> File {
        var random = SeededRandom(seed)
        let places = packets.indices.map { place in
            (place: place, order: Double(place) + (Bool.random(using: &random) ? Double.random(in: 0...reach, using: &random) : 0))
        }
        let order = places.sorted { ($0.order, $0.place) < ($1.order, $1.place) }.map(\.place)
        return (order.map { packets[$0] }, order.map { Double(isClockRight ? $0 + 1 : 1 + ($0 * 7) % 13) / 1_000 })
    }

    @Test("is shown whole where its packets are at most 50 places too late", arguments: 1...30 as ClosedRange<UInt64>, [true, false])
    func late(seed: UInt64, isClockRight: Bool) throws {
        let conversation = Self.conversation(seed)
        let file = Self.shuffled(conversation.packets(), by: 50, seed, isClockRight: isClockRight)
        let recording = Recording.of(file.packets, at: file.seconds, looks: true)
        #expect(recording.faults == [])
        let seen = try #require(recording.connections.first)
        #expect(recording.connections.count == 1)
        #expect(seen.connection.status == .open)
        for side in [Side.client, .server] { #expect(seen[side] == conversation.expected[side]) }
        #expect(seen.verdict?.manner == .closed)
        guard isClockRight else { return }
        let inOrder = Recording.of(conversation.packets())
        #expect(seen.verdict?.time == inOrder.connections.first?.verdict?.time)
    }

    @Test("shows nothing that was not said where the packets that come next cannot be looked at", arguments: 1...20 as ClosedRange<UInt64>)
    func withoutLooks(seed: UInt64) {
        let conversation = Self.conversation(seed)
        let file = Self.shuffled(conversation.packets(), by: 50, seed)
        let recording = Recording.of(file.packets, at: file.seconds)
        #expect(recording.faults == [])
        for seen in recording.connections {
            for side in [Side.client, .server] {
                let said = Set(conversation.expected[side]?.messages.map { $0.content } ?? [])
                #expect(seen[side].messages.allSatisfy { !$0.isCertain || said.contains($0.content) })
            }
        }
    }

    @Test("is not waited for where the capture begins in the middle of it")
    func midway() {
        let packets = Self.conversation(7).packets()
        let later = Array(packets[(packets.count / 3)...])
        let (plain, looking) = (Recording.of(later), Recording.of(later, looks: true))
        #expect(looking.sides == plain.sides)
        #expect(looking.faults == [])
        #expect(looking.frameCount > 10)
    }

    @Test("is not mixed up with the connection before it on the same ports")
    func portsUsedAgain() {
        let first = Self.conversation(3)
        var second = Self.conversation(4)
        second.clientStart = 900_000_000
        second.serverStart = 1_900_000_000
        let end = Array(first.packets().suffix(20))
        let recording = Recording.of(end + second.packets(), looks: true)
        #expect(recording.faults == [])
        #expect(recording.spoken.last?.client == second.expected[.client])
        #expect(recording.spoken.last?.server == second.expected[.server])
    }

    /// Pieces of a connection on which nothing is said, and of one that is refused.
    private static let silent = Conversation().pieces()
    private static let refused = [
        silent[0], Conversation.Piece(side: .server, sequence: 0, acknowledgment: silent[0].sequence &+ 1, flags: [.rst, .ack]),
    ]

    @Test("is the same attempt that came to nothing where its RST or a FIN stands first", arguments: [refused, silent])
    func attempts(pieces: [Conversation.Piece]) throws {
        let packets = Conversation().packets(pieces)
        let inOrder = try #require(Recording.of(packets, looks: true).attempts.first)
        for first in packets.indices where !pieces[first].flags.isDisjoint(with: [.rst, .fin]) {
            let order = [first] + packets.indices.reversed().filter { $0 != first }
            let recording = Recording.of(order.map { packets[$0] }, at: order.map { Double($0 + 1) / 1_000 }, looks: true)
            #expect(recording.attempts.count == 1 && recording.connections.isEmpty)
            let attempt = try #require(recording.attempts.first)
            #expect(attempt.outcome == inOrder.outcome && attempt.endedByClient == inOrder.endedByClient)
            #expect(attempt.first.time == inOrder.first.time)
        }
    }
}
