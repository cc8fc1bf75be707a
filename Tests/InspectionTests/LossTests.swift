import Bytes
import Packets
import TestSupport
import Testing
import WebSocket

/// Small frames back to back in full segments, as market feeds and logs send them, and segments that the capture lacks.
@Suite struct LossTests {
    /// What the frames of a stream carry.
    enum Content: CaseIterable { case json, binary, mixed, tiny, compressedLike }

    private static func conversation(_ content: Content, _ side: Side, using random: inout SeededRandom) -> Conversation {
        var conversation = Conversation.upgraded()
        var open = false
        for number in 0..<1_000 {
            let key = random.bytes(4)
            switch content {
            case .json:
                let price = Int.random(in: 1...99_999, using: &random)
                conversation.frame(side, 0x81, Array("{\"s\":\"BTC-EUR\",\"n\":\(number),\"p\":\(price).25}".utf8), key: key)
            case .binary: conversation.frame(side, 0x82, random.bytes(.random(in: 4...160, using: &random)), key: key)
            case .tiny: conversation.frame(side, 0x82, random.bytes(.random(in: 1...9, using: &random)), key: key)
            case .compressedLike:
                let isFinal = Int.random(in: 0..<6, using: &random) > 0
                conversation.frame(
                    side, (isFinal ? 0x80 : 0) | (open ? 0 : 2), random.bytes(.random(in: 20...400, using: &random)), key: key)
                open = !isFinal
            case .mixed:
                if number % 17 == 0 { conversation.frame(side, 0x8A, random.bytes(4), key: key) }
                let text = String(repeating: "é日本語。", count: .random(in: 1...9, using: &random)) + "\(number)"
                conversation.frame(side, 0x81, Array(text.utf8), key: key)
            }
        }
        conversation.joinLast(conversation.steps.count - 2)
        return conversation
    }

    /// Frames of which all bytes are in the segments that are left, by their offset.
    private static func whole(_ frames: [SeenFrame], _ pieces: [Conversation.Piece], lost: Set<Int>, _ side: Side, start: UInt32)
        -> [SeenFrame]
    {
        var missing: [Range<UInt64>] = []
        for index in lost.sorted() {
            let first = UInt64(pieces[index].sequence &- start)
            missing.append(first..<first + UInt64(pieces[index].payload.count))
        }
        return frames.filter { frame in
            let header = FrameHeader.byteCount(forPayload: frame.length, isMasked: frame.isMasked)
            let range = frame.offset..<frame.offset + header + frame.length
            return !missing.contains { $0.overlaps(range) }
        }
    }

    @Test(
        "after a loss the next frames are found wherever they begin, and none is invented", arguments: Content.allCases,
        SeededRandom.seeds.suffix(4) + [10_162, 10_163, 3_969_041_859])
    func backToBack(content: Content, seed: UInt64) throws {
        var random = SeededRandom(seed)
        for side in [Side.client, .server] {
            let conversation = Self.conversation(content, side, using: &random)
            let pieces = conversation.pieces(closes: false)
            let head = UInt32((side == .client ? Conversation.request : Conversation.response).count)
            let start = (side == .client ? conversation.clientStart : conversation.serverStart) &+ 1 &+ head
            for (percentage, share) in [(1, 0.98), (5, 0.9)] {
                var lost: Set<Int> = []
                for index in pieces.indices.dropFirst(8) where pieces[index].side == side && !pieces[index].payload.isEmpty {
                    if Int.random(in: 0..<100, using: &random) < percentage { lost.insert(index) }
                }
                let kept = pieces.indices.filter { !lost.contains($0) }.map { pieces[$0] }
                let recording = Recording.of(conversation.packets(kept))
                let connection = try #require(recording.connections.first)
                let sent = conversation.expected[side]?.frames ?? []
                let shown = connection[side].frames.filter(\.isComplete)
                let invented = Set(shown).subtracting(sent)
                #expect(
                    invented.isEmpty, "\(side), \(percentage) %: \(invented.count) of \(lost.count) losses, at \(invented.map(\.offset))")
                let whole = Self.whole(sent, pieces, lost: lost, side, start: start)
                let found = Set(shown).intersection(whole)
                #expect(
                    Double(found.count) >= share * Double(whole.count),
                    "\(side), \(percentage) %: \(found.count) of \(whole.count) frames after \(lost.count) losses")
            }
        }
    }
}
